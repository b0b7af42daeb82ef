"""The scheduler's app: it has the broker and nothing heavy."""

from typing import Any

from celery import Celery
from celery.signals import setup_logging

from musicai.celery_settings import client_config
from musicai.config import Settings
from musicai.logs import configure_service


def make_app(settings: Settings) -> Celery:
    """Return the app; its timetable stands in the catalogue."""
    app = Celery("musicai-scheduler", set_as_current=False)
    app.config_from_object(client_config(settings))
    app.conf.update(
        # beat's own table is a file that no other node sees and that changes with a restart only
        beat_scheduler="scheduler.beat:CatalogueScheduler",
        # how soon a schedule that was added is seen; the default of 5 minutes is also how long a clock
        # that was set back would keep it asleep
        beat_max_loop_interval=5,
        # answers `celery inspect ping` while it ticks: without it nobody can tell that it hangs
        beat_enable_remote_control=True,
        # the default of 100 ends the scheduler when the broker is away for long
        broker_connection_max_retries=None,
    )
    return app


app = make_app(Settings.from_env())


@setup_logging.connect  # type: ignore[untyped-decorator]
def log(loglevel: int | str | None = None, **_: Any) -> None:
    """Log as all services do; without a receiver Celery would set up its own format."""
    configure_service(Settings.from_env(), "scheduler", loglevel)
