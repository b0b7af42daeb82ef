"""The services that can be asked, and how each is."""

import socket
import urllib.error
import urllib.request
from functools import partial

from musicai import names
from musicai.broker import broker_url, of_no_use
from musicai.config import Settings
from musicai.dispatch import broker_errors, open_client
from musicai.services.finding import Finding, fault, ok
from musicai.services.health.consuming import examine_worker

_PATIENCE_S = 5.0


def examine(settings: Settings, service: str, *, alive: bool = False) -> Finding:
    """Say whether a service of this machine does its work.

    With `alive`, a fault means that starting it again would help: a broker that is away is none.
    """
    examiners = {
        "worker": partial(
            examine_worker, settings, service, (names.CLASSIFY_QUEUE, names.CONTROL_QUEUE), alive=alive
        ),
        "trainer": partial(examine_worker, settings, service, (names.TRAIN_QUEUE,), alive=alive),
        "scheduler": partial(_scheduler, settings, alive=alive),
        "flower": partial(_answers, service, settings.flower_location),
        "exporter": partial(_answers, service, settings.exporter_location),
    }
    return examiners[service]()


def _scheduler(settings: Settings, *, alive: bool) -> Finding:
    """Ask beat, which stays silent when it has not looked at its schedules for some time."""
    name = f"celerybeat@{socket.gethostname()}"
    with open_client(settings) as app:
        try:
            answers = app.control.inspect(destination=[name], timeout=_PATIENCE_S, limit=1).ping()
        except broker_errors(app) as err:
            detail = of_no_use(broker_url(settings), str(err))
            return (
                ok("scheduler", detail)
                if alive
                else fault("scheduler", detail, "`musicai doctor` tells more")
            )
    if not answers:
        return fault(
            "scheduler", f"{name} does not look at its schedules", "look at the log of the scheduler"
        )
    return ok("scheduler", f"{name} looks at its schedules")


def _answers(service: str, url: str) -> Finding:
    try:
        with urllib.request.urlopen(f"{url}/healthcheck", timeout=_PATIENCE_S):  # nosec B310  # noqa: S310 - http by construction
            return ok(service, url)
    except (OSError, urllib.error.URLError, ValueError) as err:
        why = err.reason if isinstance(err, urllib.error.URLError) else err
        setting = f"MUSICAI_{service.upper()}_PORT"
        return fault(service, f"{url}: {why}", f"look at its log; {setting} says where else it may listen")
