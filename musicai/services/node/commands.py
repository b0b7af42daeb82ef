"""The commands and the environment of each service: what `musicai up` runs and the thin wrappers become."""

import ipaddress
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from musicai import names
from musicai.broker import broker_url
from musicai.config import Settings
from musicai.errors import ConfigError

# Celery would take its broker, and Flower its access rules, from these before it asks us
_FOREIGN = (
    "CELERY_BROKER_URL",
    "CELERY_BROKER_READ_URL",
    "CELERY_BROKER_WRITE_URL",
    "CELERY_RESULT_BACKEND",
    "FLOWER_BASIC_AUTH",
    "FLOWER_UNAUTHENTICATED_API",
)
# a pool process computes on one core: threads below it would fight over the same cores, and an OpenMP
# pool that opened before the fork hangs its children
_ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
WORKER_QUEUES = (names.CLASSIFY_QUEUE, names.CONTROL_QUEUE)


def worker(settings: Settings, queues: Sequence[str] = WORKER_QUEUES) -> list[str]:
    """Return the command of a classify worker."""
    return [
        *_celery("worker"),
        "worker",
        # threads and solo know no time limit, and a decoder that crashes takes the whole worker along
        *("--pool", "prefork"),
        *("--concurrency", str(settings.concurrency)),
        *("--queues", ",".join(queues)),
        "--task-events",
        # workers here never talk to each other; gossip leaves queues behind in Redis, mingle costs a second
        "--without-gossip",
        "--without-mingle",
        *("--hostname", f"musicai-{os.getpid()}@%h"),
        *("--loglevel", settings.log_level),
    ]


def trainer(settings: Settings) -> list[str]:
    """Return the command of a training worker: one run at a time, beside whatever is classified."""
    return [
        *worker(replace(settings, concurrency=1), (names.TRAIN_QUEUE,)),
        # the name of the other worker would be taken for it in Flower
        *("--hostname", f"trainer-{os.getpid()}@%h"),
    ]


def scheduler(settings: Settings) -> list[str]:
    """Return the command of the scheduler."""
    return [
        *_celery("scheduler"),
        "beat",
        # its own lock is a file that a killed beat leaves behind and a container inherits
        "--pidfile=",
        *("--loglevel", settings.log_level),
    ]


def flower(settings: Settings) -> list[str]:
    """Return the command of Flower.

    Raises
    ------
    ConfigError: it would listen beyond this machine and ask for no password.
    """
    _check_flower(settings)
    return [
        # the scheduler's app: Flower needs the broker and no task code, and so no torch
        *_celery("scheduler"),
        "flower",
        f"--address={settings.flower_address}",
        f"--port={settings.flower_port}",
        # a page that anybody on this machine opens shows, and neither stops workers nor sends tasks
        "--read_only=True",
        # the default of 100 000 tasks is half a gigabyte of memory
        "--max_tasks=10000",
    ]


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment of every service: ours in full, and nothing that overrules it."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MUSICAI_") and k not in _FOREIGN}
    return {
        **kept,
        **settings.to_env(),
        "MUSICAI_BROKER_URL": broker_url(settings),
        **dict.fromkeys(_ONE_THREAD, "1"),
        **_importable(kept.get("PYTHONPATH", "")),
    }


def flower_environment(settings: Settings) -> dict[str, str]:
    """Return Flower's environment. The password travels here: everybody can read a command line."""
    auth = {"FLOWER_BASIC_AUTH": settings.flower_auth} if settings.flower_auth else {}
    return {**environment(settings), **auth}


def _celery(app: str) -> list[str]:
    return [sys.executable, "-m", "celery", "--app", app]


def _importable(python_path: str) -> dict[str, str]:
    """Return a PYTHONPATH that finds the packages in a checkout that is not installed.

    Services do not run in the current folder, where somebody's `worker.py` would be taken for ours.
    """
    root = Path(__file__).resolve().parents[3]
    given = [os.path.abspath(p) for p in python_path.split(os.pathsep) if p]  # noqa: PTH100 - no links followed
    if root.name not in ("site-packages", "dist-packages"):
        given = [str(root), *given]
    return {"PYTHONPATH": os.pathsep.join(dict.fromkeys(given))} if given else {}


def _check_flower(settings: Settings) -> None:
    user, colon, password = settings.flower_auth.partition(":")
    if settings.flower_auth and not (user and colon and password):
        raise ConfigError("MUSICAI_FLOWER_AUTH must look like USER:PASSWORD")
    if "," in settings.flower_auth:
        raise ConfigError("MUSICAI_FLOWER_AUTH must not contain a comma: Flower takes it for two accounts")
    if not settings.flower_auth and not _is_loopback(settings.flower_address):
        raise ConfigError(
            f"MUSICAI_FLOWER_ADDRESS={settings.flower_address!r} can be reached from other machines: "
            "set MUSICAI_FLOWER_AUTH=USER:PASSWORD, or use 127.0.0.1"
        )


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
