"""Examines the broker and who listens to it: workers, scheduler, Flower, exporter."""

import urllib.error
import urllib.request

import redis
from celery import Celery

from musicai import names
from musicai.broker import PrivateBroker, amqp, broker_url, is_answering
from musicai.broker.health import connect
from musicai.broker.server import find_server
from musicai.celery_settings import client_config
from musicai.config import Settings, masked
from musicai.dispatch import broker_errors
from musicai.errors import BrokerUnavailableError
from musicai.services.doctor.storage import runs_waiting
from musicai.services.finding import Finding, fault, ok, warning

_PATIENCE_S = 1.5


def examine_queue(settings: Settings) -> list[Finding]:
    """Say whether the broker answers and which services do."""
    broker = _private(settings) if settings.has_private_broker else _configured(settings)
    if not _answers(settings):
        unknown = (_unknown(settings, name) for name in ("workers", "scheduler"))
        return [broker, *unknown, *onlookers(settings)]
    queues = _listeners(settings)
    beats = [name for name in queues if name.startswith("celerybeat@")]
    trainers = [name for name, taken in queues.items() if names.TRAIN_QUEUE in taken]
    # a worker may train besides, and one that does not say what it takes is a worker, too
    workers = [name for name in queues if name not in beats and queues[name] != {names.TRAIN_QUEUE}]
    return [
        broker,
        _present("workers", workers, "musicai worker"),
        _trainers(settings, trainers),
        _present("scheduler", beats, "musicai scheduler"),
        *onlookers(settings),
    ]


def _private(settings: Settings) -> Finding:
    try:
        program = find_server()
    except BrokerUnavailableError as err:
        return fault("broker", "no server program for the private broker", str(err))
    broker = PrivateBroker(settings)
    pid = broker.pid()
    if broker.is_alive():
        return _running(broker)
    if pid is not None:
        return fault("broker", f"private, process {pid} runs but does not answer", f"end it: kill {pid}")
    return ok("broker", f"private, does not run; started when needed: {program}")


def _running(broker: PrivateBroker) -> Finding:
    detail = f"private, process {broker.pid()}, {broker.socket}"
    if broker.is_in_use():
        return ok("broker", detail)
    advice = "the next `musicai up` or `enqueue --wait` takes it over and stops it in the end"
    return warning("broker", f"{detail}, left behind by a process that was killed", advice)


def _configured(settings: Settings) -> Finding:
    where = masked(settings.broker_url)
    if amqp.is_amqp(settings.broker_url):
        refusal = amqp.refusal(settings.broker_url, _PATIENCE_S)
        advice = "start it, or check MUSICAI_BROKER_URL"
        return ok("broker", where) if refusal is None else fault("broker", f"{where}: {refusal}", advice)
    try:
        with connect(settings.broker_url) as client:
            client.ping()
            return _policy(where, client)
    except (redis.RedisError, ValueError) as err:
        return fault("broker", f"{where}: {err}", "start it, or check MUSICAI_BROKER_URL")


def _policy(where: str, client: redis.Redis) -> Finding:
    """Warn of a server that may throw queues away; one that does not tell is believed."""
    try:
        policy = client.config_get("maxmemory-policy").get("maxmemory-policy", "noeviction")
    except redis.ResponseError:
        return ok("broker", where)
    if policy != "noeviction":
        return warning("broker", f"{where} evicts keys ({policy})", "set maxmemory-policy noeviction")
    return ok("broker", where)


def _answers(settings: Settings) -> bool:
    try:
        return is_answering(broker_url(settings))
    except ValueError:
        return False


def _listeners(settings: Settings) -> dict[str, set[str]]:
    """Return the names of all that answer a ping through the broker, and which queues each takes."""
    app = Celery("musicai-doctor", set_as_current=False)
    app.config_from_object(client_config(settings))
    try:
        inspect = app.control.inspect(timeout=_PATIENCE_S)
        answering = sorted(inspect.ping() or {})
        taken = inspect.active_queues() or {} if answering else {}
        return {name: {queue["name"] for queue in taken.get(name) or ()} for name in answering}
    except broker_errors(app):
        return {}
    finally:
        app.close()


def _trainers(settings: Settings, answering: list[str]) -> Finding:
    """Say whether a trainer answers; where none does, nothing is wrong unless a run waits for one."""
    advice = "run `musicai trainer`, or `musicai up` for everything here"
    if answering:
        return ok("trainers", ", ".join(answering))
    if count := runs_waiting(settings):
        what = "a run waits" if count == 1 else f"{count} runs wait"
        return warning("trainers", f"none answers, and {what}", advice)
    return ok(
        "trainers", "none answers; `musicai trainer` does what `train --enqueue` and schedules ask for"
    )


def _present(subject: str, answering: list[str], command: str) -> Finding:
    if answering:
        return ok(subject, ", ".join(answering))
    return warning(subject, "none answers", f"run `{command}`, or `musicai up` for everything here")


def _unknown(settings: Settings, subject: str) -> Finding:
    if settings.has_private_broker:
        return ok(subject, "not running; `musicai up` starts it")
    return warning(subject, "cannot be asked while the broker does not answer", "repair the broker first")


def onlookers(settings: Settings) -> list[Finding]:
    """Say whether Flower and the exporter answer at the configured addresses; work goes on without them."""
    return [
        _onlooker("flower", settings.flower_location, "`musicai up` or `musicai flower`"),
        _onlooker("exporter", settings.exporter_location, "`musicai up --exporter` or `musicai exporter`"),
    ]


def _onlooker(name: str, url: str, command: str) -> Finding:
    try:
        with urllib.request.urlopen(f"{url}/healthcheck", timeout=_PATIENCE_S):  # nosec B310  # noqa: S310 - http by construction
            return ok(name, url)
    except (OSError, urllib.error.URLError, ValueError):
        return ok(name, f"not running at {url}; {command} starts it")
