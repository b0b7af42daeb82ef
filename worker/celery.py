"""The worker's Celery application: ``celery -A worker worker``."""

import gc
from typing import Any

import torch
from celery import Celery
from celery.signals import worker_init, worker_process_init

from musicai.celery_settings import worker_config
from musicai.config import Settings

app = Celery("musicai", include=["worker.classify", "worker.control", "worker.train"])
app.conf.update(worker_config(Settings.from_env()))


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
    """Keep torch to the process that was forked for it.

    Processes share the cores already; and libgomp deadlocks in a child when it has ever run with more
    threads before the fork (pytorch#17199).
    """
    torch.set_num_threads(1)
