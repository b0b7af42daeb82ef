"""MusicAI as its user has it: commands in processes of their own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import psutil
from kombu.exceptions import OperationalError
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from musicai.catalogue import ledger
from musicai.catalogue.session import open_engine, reading
from musicai.catalogue.tables import Claim, Item, Job, Prediction
from musicai.config import Settings
from musicai.dispatch import open_client
from tests.acceptance import in_process
from tests.services.network import ask_to_end
from tests.waiting import PATIENCE_S, until

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Product:
    """Commands with one environment.

    Parameters
    ----------
    environ: the settings, as MUSICAI_ variables.
    prefix: what goes before each command: how to run it on another host.
    """

    environ: Mapping[str, str]
    processes: list[subprocess.Popen[str]] = field(default_factory=list)
    prefix: Sequence[str] = ()

    @property
    def settings(self) -> Settings:
        return Settings.from_env(self.environ)

    def with_settings(self, **settings: str) -> "Product":
        """Return the same product for processes with some settings of their own, as on another node."""
        return Product({**self.environ, **settings}, self.processes, self.prefix)

    def engine(self) -> Engine:
        return open_engine(self.settings.catalogue_url)

    @contextmanager
    def look(self) -> Iterator[Session]:
        """Read its catalogue."""
        engine = self.engine()
        try:
            with reading(engine) as session:
                yield session
        finally:
            engine.dispose()

    def run(self, *arguments: str | Path, status: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; with `status`, insist on that exit status."""
        words = [os.fspath(word) for word in arguments]
        if in_process.is_quick(words) and not self.prefix:
            done = in_process.run(words, self._environment())
        else:
            process = self.start(*arguments)
            out, err = process.communicate(timeout=PATIENCE_S)
            done = subprocess.CompletedProcess(words, process.returncode, out, err)
        if status is not None:
            assert done.returncode == status, (
                f"{words} exited {done.returncode}\n{done.stdout}\n{done.stderr}"
            )
        return done

    def json(self, *arguments: str | Path) -> Any:
        """Run a command with --json and return what it printed."""
        return json.loads(self.run(*arguments, "--json").stdout)

    def start(
        self, *arguments: str | Path, stderr: int | TextIO = subprocess.PIPE
    ) -> subprocess.Popen[str]:
        """Start a command and return its process."""
        process = subprocess.Popen(
            [*self.prefix, sys.executable, "-m", "musicai", *map(os.fspath, arguments)],
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            # nobody reads before it ends: what it has to say about a dead broker must not fill the pipe
            pipesize=1 << 18,
        )
        self.processes.append(process)
        return process

    def _environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("MUSICAI_")}
        path = os.pathsep.join(filter(None, [self.environ.get("PYTHONPATH", ""), str(ROOT)]))
        return kept | dict(self.environ) | {"PYTHONPATH": path, "COLUMNS": "120"}

    def stop(self) -> None:
        """End what is left of the processes that were started here."""
        for process in self.processes:
            if process.poll() is None:
                ask_to_end(process)
        for process in self.processes:
            try:
                process.communicate(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()


def assert_classified_once(product: Product, job_id: int, *, done: int, failed: int = 0) -> None:
    """Assert that a job ended with a balanced ledger and one prediction for each of its tracks."""
    with product.look() as session:
        job = ledger.get_job(session, job_id)
        states = ledger.recount(session, job_id)
        tracks = select(Item.track_id).where(Item.job_id == job_id, Item.state == "done")
        per_track = (
            select(func.count()).where(Prediction.track_id.in_(tracks)).group_by(Prediction.track_id)
        )
        counts = session.scalars(per_track).all()
        claims = session.scalars(select(func.count()).select_from(Claim)).one()
    assert job.state == "done"
    assert (job.total, job.done, job.failed, job.pending) == (done + failed, done, failed, 0)
    assert states == {k: v for k, v in {"done": done, "failed": failed}.items() if v}
    assert list(counts) == [1] * done
    assert claims == 0


def settled(product: Product, least: int) -> bool:
    """Whether the latest job has settled at least so many tracks, and not yet all."""
    with product.look() as session:
        job = session.scalars(select(Job).order_by(Job.id.desc())).first()
        return job is not None and job.done + job.failed >= least


def progress_of(product: Product) -> int:
    """Return how many tracks of the latest job are settled."""
    with product.look() as session:
        job = session.scalars(select(Job).order_by(Job.id.desc())).first()
        return job.done + job.failed if job else 0


def at_work(product: Product) -> set[int]:
    """Return the numbers of the processes that have tracks in hand."""
    with product.look() as session:
        return set(session.scalars(select(Claim.pid).join(Item, Item.claim_id == Claim.id)))


def caught(processes: Sequence[psutil.Process], condition: Callable[[], object]) -> bool:
    """Stop processes, and say whether a condition holds just then; where it does not, they go on."""
    for process in processes:
        process.suspend()
    until(lambda: all(process.status() == psutil.STATUS_STOPPED for process in processes), "all stopped")
    if condition():
        return True
    for process in processes:
        process.resume()
    return False


def were_interrupted(product: Product) -> bool:
    """Whether tracks were taken from somebody who died: a fault that hit nobody would prove nothing."""
    with product.look() as session:
        return session.scalars(select(Item.id).where(Item.deaths > 0)).first() is not None


def answers_ping(product: Product, name: str) -> bool:
    """Whether somebody whose name contains this answers through the broker."""
    client = open_client(product.settings)
    try:
        return any(name in who for who in client.control.inspect(timeout=1.5).ping() or ())
    except OperationalError:
        return False
    finally:
        client.close()


def tracks_done(product: Product) -> int:
    """Return how many tracks of all jobs are done."""
    with product.look() as session:
        done: int = session.scalars(select(func.coalesce(func.sum(Job.done), 0))).one()
    return done
