"""Asks all parts at once, each with a deadline: one that is away takes nothing else along."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from prometheus_client.metrics_core import Metric as Family

from musicai import __version__
from musicai.errors import MusicAIError
from musicai.services.exporter import metrics
from musicai.services.exporter.metrics import Reading, families

log = logging.getLogger(__name__)

DEADLINE_S = 5.0
"""Below the ten seconds after which Prometheus itself gives up by default."""


@dataclass
class Answer:
    """What a part said, and how long it took."""

    families: list[Family]
    seconds: float


@dataclass
class Part:
    """Somebody who is asked at every scrape, unless he is busy with the last question still."""

    name: str
    ask: Callable[[], Iterable[Family]]
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    _asked: "Future[Answer] | None" = None
    _complaint: str = ""

    def begin(self) -> "Future[Answer]":
        """Ask."""
        if self._asked is None or self._asked.done():
            self._asked = self.pool.submit(self._answer)
        return self._asked

    def end(self, asked: "Future[Answer]") -> Answer | None:
        """Return the answer; None when there is none, or none in time."""
        if not asked.done():
            self._complain(f"{self.name} did not answer within {DEADLINE_S:g} s")
            return None
        # as a value: what nobody has thought of must not take the other parts along
        err = asked.exception()
        if err is None:
            self._complain("")
            return asked.result()
        expected = isinstance(err, MusicAIError)
        self._complain(str(err) if expected else f"{self.name} failed: {err!r}", None if expected else err)
        return None

    def _complain(self, complaint: str, err: BaseException | None = None) -> None:
        """Log what is wrong, or that all is well again; once, not at every scrape."""
        if complaint != self._complaint:
            level = logging.WARNING if err is None else logging.ERROR
            log.log(level, "%s", complaint or f"{self.name} answers again", exc_info=err)
            self._complaint = complaint

    def _answer(self) -> Answer:
        started = time.monotonic()
        answer = list(self.ask())
        return Answer(answer, time.monotonic() - started)


class Collector:
    """What Prometheus' client calls at every scrape."""

    def __init__(self, parts: Mapping[str, Callable[[], Iterable[Family]]]) -> None:
        self._parts = [Part(name, ask) for name, ask in parts.items()]

    def collect(self) -> Iterator[Family]:
        """Yield what all parts say, and which of them do not."""
        asked = {part.name: part.begin() for part in self._parts}
        wait(asked.values(), timeout=DEADLINE_S)
        own = [Reading(metrics.BUILD, (__version__,), 1)]
        for part in self._parts:
            answer = part.end(asked[part.name])
            own.append(Reading(metrics.UP, (part.name,), int(answer is not None)))
            if answer is not None:
                own.append(Reading(metrics.SCRAPE_S, (part.name,), answer.seconds))
                yield from answer.families
        yield from families(own)
