"""The base of every task: what is retried, and what a process keeps from task to task."""

import logging
import os
from functools import cached_property
from typing import Any

from celery import Task
from celery.exceptions import Reject
from sqlalchemy import Engine

from musicai.catalogue.claims import Holder
from musicai.config import Settings
from musicai.dispatch import Dispatcher
from musicai.errors import CatalogueOutdatedError, TransientError
from musicai.logs import bound
from musicai.process import ProcessIdentity
from musicai.services.catalogue import open_catalogue
from worker.stopping import stop_outdated

log = logging.getLogger(__name__)


class CatalogueTask(Task):  # type: ignore[misc]
    """A task on the catalogue. Only faults that pass are retried, for as long as they last."""

    abstract = True
    autoretry_for = (TransientError,)
    max_retries = None
    # 2, 4, 8 .. 30 s: below the visibility timeout, for a waiting retry is an unacknowledged message
    retry_backoff = 2
    retry_backoff_max = 30

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run, and give all that is logged meanwhile the number of the task.

        When the catalogue was upgraded the message is left to workers of another version.
        """
        with bound(task=self.name, task_id=self.request.id):
            try:
                return self.run(*args, **kwargs)
            except CatalogueOutdatedError as err:
                log.critical("this worker ends: %s", err)
                stop_outdated()
                raise Reject(str(err), requeue=True) from err

    @cached_property
    def settings(self) -> Settings:
        """The settings of this node."""
        return Settings.from_env()

    @cached_property
    def engine(self) -> Engine:
        """The catalogue; opened in the process that was forked, never before."""
        return open_catalogue(self.settings, serving=True)

    @cached_property
    def holder(self) -> Holder:
        """Who claims: this process, and the worker that it belongs to."""
        return Holder(ProcessIdentity.current(), ProcessIdentity.of(os.getppid()))

    @cached_property
    def dispatcher(self) -> Dispatcher:
        """What wakes the next one."""
        return Dispatcher(self.app, self.settings.window)
