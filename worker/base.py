"""The base of every task: what is retried, and what a process keeps from task to task."""

import os
from functools import cached_property
from typing import Any

from celery import Task
from sqlalchemy import Engine

from musicai.catalogue.claims import Holder
from musicai.config import Settings
from musicai.dispatch import Dispatcher
from musicai.errors import TransientError
from musicai.logs import bound
from musicai.process import ProcessIdentity
from musicai.services.catalogue import open_catalogue


class CatalogueTask(Task):  # type: ignore[misc]
    """A task on the catalogue. Only faults that pass are retried, for as long as they last."""

    abstract = True
    autoretry_for = (TransientError,)
    max_retries = None
    # 2, 4, 8 .. 30 s: below the visibility timeout, for a waiting retry is an unacknowledged message
    retry_backoff = 2
    retry_backoff_max = 30

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run, and give all that is logged meanwhile the number of the task."""
        with bound(task=self.name, task_id=self.request.id):
            return super().__call__(*args, **kwargs)

    @cached_property
    def settings(self) -> Settings:
        """The settings of this node."""
        return Settings.from_env()

    @cached_property
    def engine(self) -> Engine:
        """The catalogue; opened in the process that was forked, never before."""
        return open_catalogue(self.settings)

    @cached_property
    def holder(self) -> Holder:
        """Who claims: this process, and the worker that it belongs to."""
        return Holder(ProcessIdentity.current(), ProcessIdentity.of(os.getppid()))

    @cached_property
    def dispatcher(self) -> Dispatcher:
        """What wakes the next one."""
        return Dispatcher(self.app, self.settings.window)
