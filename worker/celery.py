"""The worker's Celery application: ``celery -A worker worker``."""

import gc
import importlib
import resource
import sys
from pathlib import Path
from typing import Any

from celery import Celery
from celery.apps import worker as celery_worker
from celery.signals import celeryd_init, setup_logging, worker_init, worker_process_init

from musicai import names
from musicai.celery_settings import worker_config
from musicai.config import Settings
from musicai.logs import configure_service
from musicai.logs.prints import say
from musicai.models.threads import use_threads
from worker.alive import Alive
from worker.lookout import Lookout

SPARE_FILES = 256
"""Files that a pool process may open beside those that it was born with."""

app = Celery("musicai", include=["worker.classify", "worker.control", "worker.train"])
app.conf.update(worker_config(Settings.from_env()))
app.conf.worker_consumer = "worker.consumer:Consumer"
app.steps["consumer"].add(Alive)
app.steps["consumer"].add(Lookout)


# before Celery looks at who runs it, too: what it warns of then is a record like any other
@celeryd_init.connect  # type: ignore[untyped-decorator]
@setup_logging.connect  # type: ignore[untyped-decorator]
def log(loglevel: int | str | None = None, **_: Any) -> None:
    """Log as all services do; without a receiver Celery would set up its own format."""
    settings = Settings.from_env()
    configure_service(settings, _service(), loglevel)
    if settings.log_format == "json":
        # Celery writes what it says of signals to the descriptor itself, where no record is made of it
        celery_worker.safe_say = lambda line, *_: say(line)


def _service() -> str:
    """Return what the logs call this process: what works on the queue of training alone is the trainer."""
    return "trainer" if names.TRAIN_QUEUE in sys.argv else "worker"


@worker_init.connect  # type: ignore[untyped-decorator]
def import_what_trains(sender: Any, **_: Any) -> None:
    """Import it in workers that train, before they fork: the others come up a second sooner without it."""
    if names.TRAIN_QUEUE in sender.app.amqp.queues.consume_from:
        importlib.import_module("musicai.pipeline.train")


# after all imports: receivers are called in the order in which they stand here
@worker_init.connect  # type: ignore[untyped-decorator]
def keep_what_is_imported(**_: Any) -> None:
    """Hide what was imported from the collector.

    It would go through the objects of torch and SQLAlchemy again and again in every child, and
    write to each of them, so that the children share no page of it with their parent any more.
    """
    gc.collect()
    gc.freeze()


@worker_process_init.connect  # type: ignore[untyped-decorator]
def use_one_thread(**_: Any) -> None:
    """Keep torch and numpy to the process that was forked for it.

    Processes share the cores already; and libgomp deadlocks in a child when it has ever run with more
    threads before the fork (pytorch#17199).
    """
    use_threads(1)


@worker_process_init.connect  # type: ignore[untyped-decorator]
def limit_open_files(**_: Any) -> None:
    """Leave a decoder a few files to open: it needs one, and a leak must not starve the whole node."""
    spare = max(int(entry.name) for entry in Path("/dev/fd").iterdir()) + SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = spare if soft == resource.RLIM_INFINITY else min(soft, spare)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
