"""The scheduler's app. Flower uses it too: it has the broker and nothing heavy."""

from celery import Celery

from musicai import names
from musicai.celery_settings import client_config
from musicai.config import Settings

RECONCILE_EVERY_S = 60


def make_app(settings: Settings) -> Celery:
    """Return the app with its timetable."""
    app = Celery("musicai-scheduler", set_as_current=False)
    app.config_from_object(client_config(settings))
    app.conf.update(
        beat_schedule=_timetable(),
        # the timetable is fixed and short-lived: a state file would only be one more thing to corrupt
        beat_scheduler="celery.beat:Scheduler",
        # the default of 5 minutes is how long a clock that was set back would keep it asleep
        beat_max_loop_interval=5,
        # answers `celery inspect ping` while it ticks: without it nobody can tell that it hangs
        beat_enable_remote_control=True,
        # the default of 100 ends the scheduler when the broker is away for long
        broker_connection_max_retries=None,
    )
    return app


def _timetable() -> dict[str, dict[str, object]]:
    return {
        "reconcile": {
            "task": names.RECONCILE_TASK,
            "schedule": RECONCILE_EVERY_S,
            # messages that no worker took in time would run one after the other when one comes
            "options": {"queue": names.CONTROL_QUEUE, "expires": RECONCILE_EVERY_S},
        }
    }


app = make_app(Settings.from_env())
