"""Classifying: claim a handful, listen to it, commit it in one transaction; again while time is left."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from musicai.cache.spectrograms import SpectrogramCache
from musicai.catalogue import claims, counters, ledger
from musicai.catalogue.claims import Handful, Holder
from musicai.catalogue.counters import CounterName, Sums
from musicai.catalogue.files import library_root
from musicai.catalogue.orders import JobOrder, TrackOrder, read_job, read_tracks
from musicai.catalogue.session import transaction
from musicai.config import Settings
from musicai.errors import CatalogueOutdatedError, CatalogueUnavailableError, ModelError, NodeFaultError
from musicai.library_file import LibraryFile
from musicai.logs import bound
from musicai.models.inference import Classifier
from musicai.models.side_car import SideCar
from musicai.pipeline.answer import Answer, Outcomes, Refused, commit_answers
from musicai.pipeline.listen import Listener
from musicai.pipeline.mounts import is_worth_another_look
from musicai.pipeline.pace import TARGET_S, Pace
from musicai.pipeline.patience import patiently
from musicai.pipeline.stopwatch import Stopwatch
from musicai.pipeline.watchdog import Watchdog, WorkerStops, never, watch
from musicai.pipeline.work_report import WorkReport
from musicai.states import Stage, TrackOutcome

T = TypeVar("T")
log = logging.getLogger(__name__)

SHUNNED_S = 10.0
"""Seconds that this process leaves a job alone which it lacks something for, so that others get a turn."""


@dataclass
class ClassifyWork:
    """What one worker process needs to classify, kept from message to message.

    Parameters
    ----------
    load: (model name, digest of all that decides its answers) -> classifier; cached by the worker.
    stopping: whether the worker is to end: what is in hand then goes back within seconds.
    """

    engine: Engine
    settings: Settings
    holder: Holder
    load: Callable[[str, str], Classifier]
    stopping: Callable[[], bool] = never
    pace: Pace = field(default_factory=Pace)
    cache: SpectrogramCache | None = field(init=False)
    stopwatch: Stopwatch = field(default_factory=Stopwatch)
    _shunned: dict[int, tuple[float, NodeFaultError]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.cache = SpectrogramCache.from_settings(self.settings)

    def run(self) -> WorkReport:
        """Work for about two seconds; return what was done, and whether anything may still wait.

        Safe to run any number of times, also at once: the catalogue decides who works on what.

        Raises
        ------
        NodeFaultError: this node lacks what a job needs. Other jobs go on, and it is tried again later.
        CatalogueOutdatedError: the catalogue was upgraded; what was in hand waits for newer workers.
        """
        report, deadline = WorkReport(), time.monotonic() + TARGET_S
        while (handful := self._next()) is not None:
            with bound(job=handful.job_id, claim=handful.claim_id):
                self._work(handful, report)
            if time.monotonic() >= deadline or self.stopping():
                report.more = True
                return report
        for _, fault in self._shunned.values():
            raise fault  # nothing else waits; the message has to come again for this one
        return report

    def release_dead(self) -> None:
        """Take back what dead processes held: a message came again, so somebody died."""
        with transaction(self.engine) as session:
            claims.release_dead(session, self.settings.item_timeout_s)

    def _next(self) -> Handful | None:
        with self.stopwatch.stage(Stage.CATALOGUE):
            return self._patiently(self._claim)

    def _claim(self) -> Handful | None:
        moment = time.monotonic()
        self._shunned = {job: pair for job, pair in self._shunned.items() if pair[0] > moment}
        with transaction(self.engine) as session:
            claims.return_own(session, self.holder.process)
            lease_s = self.settings.claim_lease_s
            shunned = tuple(self._shunned)
            return claims.claim(session, self.holder, size=self._size, lease_s=lease_s, shunned=shunned)

    def _size(self, pending: int, others: int) -> int:
        workers = max(self.settings.concurrency, others + 1)
        return self.pace.size(self.settings.handful, pending, workers)

    def _work(self, handful: Handful, report: WorkReport) -> None:
        started = time.monotonic()
        answers: list[Answer] = []
        try:
            try:
                self._answer_all(handful, answers)
            finally:
                # also when this process is told to stop: what was answered counts, the rest waits again
                counted = self._settle(handful, answers)
                library = answers[0].order.library if answers else ""
                report.add(handful.job_id, library, len(handful.items), counted)
        except WorkerStops:
            return
        except CatalogueOutdatedError:
            self._give_back(handful)
            raise
        except (ModelError, NodeFaultError) as err:
            raise self._lacking(handful.job_id, err) from err
        self.pace.record(len(answers), time.monotonic() - started)

    def _settle(self, handful: Handful, answers: list[Answer]) -> Counter[TrackOutcome]:
        """Commit what was found, and the seconds that it took; those of the commit follow with the next."""
        seconds: Sums = {
            (CounterName.SECONDS, stage): sum_ for stage, sum_ in self.stopwatch.seconds().items()
        }
        started = time.perf_counter()
        counted = self._patiently(lambda: self._commit(handful, answers, seconds))
        self.stopwatch.clear()
        self.stopwatch.add(Stage.CATALOGUE, time.perf_counter() - started)
        return Counter(
            {TrackOutcome(o): n for (name, o), n in counted.items() if name == CounterName.TRACKS}
        )

    def _give_back(self, handful: Handful) -> None:
        """Leave a handful to workers that know the tables as they are now; nothing of it is written."""
        try:
            with transaction(self.engine, any_schema=True) as session:
                claims.give_back(session, handful)
        except (CatalogueOutdatedError, CatalogueUnavailableError, SQLAlchemyError) as err:
            # not even that fits the tables any more: newer workers find the claim of a dead process
            log.warning("claim %d was not given back: %s", handful.claim_id, err)

    def _patiently(self, action: Callable[[], T]) -> T:
        return patiently(action, stopping=self.stopping)

    def _lacking(self, job_id: int, err: ModelError | NodeFaultError) -> NodeFaultError:
        """Say in the catalogue why this node cannot work on a job, and leave it alone for a while."""
        fault = NodeFaultError(f"{self.holder.process.host}: {err}")
        self._shunned[job_id] = (time.monotonic() + SHUNNED_S, fault)
        self._patiently(lambda: self._report(job_id, str(fault)))
        return fault

    def _answer_all(self, handful: Handful, answers: list[Answer]) -> None:
        with self.stopwatch.stage(Stage.CATALOGUE):
            job, orders = self._patiently(lambda: self._read(handful))
        deadline = time.monotonic() + 2 * TARGET_S
        with watch(self.settings.item_timeout_s, self.stopping) as watchdog:
            listener = self._listener(handful, job, watchdog)
            for order in orders:
                root = library_root(order.library, order.root, self.settings.mounts)
                file = LibraryFile(root, order.path, job.follow_links)
                answers.append(_answer(listener, order, file))
                if time.monotonic() >= deadline or self.stopping():
                    return  # slower than this process has been: the others share what is left

    def _read(self, handful: Handful) -> tuple[JobOrder, list[TrackOrder]]:
        with transaction(self.engine) as session:
            job = read_job(session, handful.job_id)
            return job, read_tracks(session, handful, job)

    def _listener(self, handful: Handful, job: JobOrder, watchdog: Watchdog) -> Listener:
        return Listener(
            self.load(job.model_name, SideCar.from_json(job.side_car).answers_digest),
            job,
            watchdog,
            self.settings.max_duration_s,
            self.settings.track_memory,
            self.cache,
            _Heartbeat(self.engine, handful.claim_id, self.settings.claim_lease_s, watchdog),
            self.stopwatch,
        )

    def _report(self, job_id: int, fault: str) -> None:
        with transaction(self.engine) as session:
            ledger.set_fault(session, job_id, fault)

    def _commit(self, handful: Handful, answers: list[Answer], seconds: Sums) -> Outcomes:
        with transaction(self.engine) as session:
            counted = commit_answers(session, handful, answers)
            counters.add(session, self.holder.process.host, {**counted, **seconds})
        return counted


def _answer(listener: Listener, order: TrackOrder, file: LibraryFile) -> Answer:
    answer = listener.answer(order, file)
    if isinstance(answer, Refused):
        listener.watchdog.rest()
        if is_worth_another_look(answer, order.library, file.root):
            return listener.answer(order, file)
    return answer


@dataclass
class _Heartbeat:
    """Lengthens the lease when a third of it is over."""

    engine: Engine
    claim_id: int
    lease_s: float
    watchdog: Watchdog
    renewed: float = field(default_factory=time.monotonic)

    def __call__(self) -> None:
        if time.monotonic() - self.renewed < self.lease_s / 3:
            return
        self.watchdog.rest()
        try:
            with transaction(self.engine) as session:
                claims.renew(session, self.claim_id, self.lease_s)
        except CatalogueUnavailableError as err:
            # the track goes on; a lease that runs out meanwhile costs a second look, not the track
            log.warning("lease of claim %d: %s", self.claim_id, err)
        self.renewed = time.monotonic()
