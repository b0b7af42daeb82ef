"""The commands and the environment of each service: what `musicai up` runs and the thin wrappers become."""

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from musicai import names
from musicai.broker import broker_url
from musicai.config import Settings
from musicai.services.node import heavy_side

# Celery would take its broker, and Flower its access rules, from these before it asks us
_FOREIGN = (
    "CELERY_BROKER_URL",
    "CELERY_BROKER_READ_URL",
    "CELERY_BROKER_WRITE_URL",
    "CELERY_RESULT_BACKEND",
    "FLOWER_ADDRESS",
    "FLOWER_AUTH",
    "FLOWER_AUTH_PROVIDER",
    "FLOWER_BASIC_AUTH",
    "FLOWER_CONF",
    "FLOWER_DB",
    "FLOWER_OAUTH2_KEY",
    "FLOWER_OAUTH2_REDIRECT_URI",
    "FLOWER_OAUTH2_SECRET",
    "FLOWER_PORT",
    "FLOWER_READ_ONLY",
    "FLOWER_UNAUTHENTICATED_API",
    "FLOWER_UNIX_SOCKET",
)
# a pool process computes on one core: threads below it would fight over the same cores, and an OpenMP
# pool that opened before the fork hangs its children
_ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
WORKER_QUEUES = (names.CLASSIFY_QUEUE, names.CONTROL_QUEUE)


def worker(settings: Settings, queues: Sequence[str] = WORKER_QUEUES) -> list[str]:
    """Return the command of a classify worker.

    Raises
    ------
    ServiceError: this installation can do no heavy work.
    """
    heavy_side.insist()
    return [
        *celery(settings, "worker"),
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
        *celery(settings, "scheduler"),
        "beat",
        # its own lock is a file that a killed beat leaves behind and a container inherits
        "--pidfile=",
        *("--loglevel", settings.log_level),
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


def celery(settings: Settings, app: str) -> list[str]:
    """Return how a command of Celery begins."""
    # the banner is text, which who reads JSON line by line stumbles over
    quiet = ["--quiet"] if settings.log_format == "json" else []
    return [sys.executable, "-m", "celery", *quiet, "--app", app]


def _importable(python_path: str) -> dict[str, str]:
    """Return a PYTHONPATH that finds the packages in a checkout that is not installed.

    Services do not run in the current folder, where somebody's `worker.py` would be taken for ours.
    """
    root = Path(__file__).resolve().parents[3]
    given = [os.path.abspath(p) for p in python_path.split(os.pathsep) if p]  # noqa: PTH100 - no links followed
    if root.name not in ("site-packages", "dist-packages"):
        given = [str(root), *given]
    return {"PYTHONPATH": os.pathsep.join(dict.fromkeys(given))} if given else {}
