"""Beat's clock over the schedules of the catalogue, instead of a table of its own."""

import os
import time
from functools import cached_property
from typing import Any

from celery.beat import Scheduler
from celery.utils.log import get_logger
from sqlalchemy import Engine

from musicai.config import Settings
from musicai.dispatch import Dispatcher
from musicai.errors import CatalogueOutdatedError, CatalogueUnavailableError
from musicai.logs import bound
from musicai.services.catalogue import open_catalogue
from musicai.services.schedules.look import Fired, look

log = get_logger(__name__)

_SHORTEST_S = 0.01
_SAID_AGAIN_S = 60.0


class CatalogueScheduler(Scheduler):  # type: ignore[misc]
    """Looks at the schedules whenever the next one is due, and every few seconds for new ones.

    It holds no state: who fires what is decided in the catalogue, so that two of these fire once.
    """

    def __init__(self, app: Any, **options: Any) -> None:
        self._said: dict[str, float] = {}
        super().__init__(app, **options)

    @cached_property
    def settings(self) -> Settings:
        """The settings of this node."""
        return Settings.from_env()

    @cached_property
    def engine(self) -> Engine:
        """The catalogue, once it could be opened."""
        return open_catalogue(self.settings, serving=True)

    @cached_property
    def dispatcher(self) -> Dispatcher:
        """What sends messages."""
        return Dispatcher(self.app, self.settings.window)

    def setup_schedule(self) -> None:
        """Leave beat's own table empty: the schedules stand in the catalogue."""

    def tick(self, *_: Any, **__: Any) -> float:
        """See to what is due; return the seconds until the next look."""
        try:
            found = look(self.engine, self.dispatcher)
        except CatalogueUnavailableError as err:
            # it comes back; a scheduler that died of it would have to be started by hand
            self._say(str(err))
            return float(self.max_interval)
        except CatalogueOutdatedError as err:
            log.critical("this scheduler ends: %s", err)
            # beat would take any softer way out for a wish to end well, with the status 0; it holds nothing
            os._exit(err.exit_status)
        for fired in found.fired:
            _tell(fired)
        for line in found.said:
            self._say(line)
        return self._pause_s(found.left_s)

    def _pause_s(self, left_s: float | None) -> float:
        if left_s is None:
            return float(self.max_interval)
        # never 0: beat would not sleep at all, and a schedule that cannot be fired stays due
        return float(min(max(left_s, _SHORTEST_S), self.max_interval))

    def _say(self, line: str) -> None:
        """Log a line; what holds on is said once a minute."""
        moment = time.monotonic()
        self._said = {text: at for text, at in self._said.items() if moment - at < _SAID_AGAIN_S}
        if line not in self._said:
            self._said[line] = moment
            log.warning("%s", line)


def _tell(fired: Fired) -> None:
    job = {} if fired.job is None else {"job": fired.job}
    with bound(schedule=fired.schedule, firing=fired.firing, **job):
        made = "left to a worker" if fired.job is None else f"made job {fired.job}"
        log.info("schedule %s fired: %s", fired.schedule, made)
