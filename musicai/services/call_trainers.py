"""Training runs that nobody works on: taking them back from the dead, and calling trainers for them."""

from collections.abc import Callable, Sequence

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from musicai import names
from musicai.catalogue import runs
from musicai.catalogue.session import reading, transaction
from musicai.catalogue.tables import Run
from musicai.dispatch import Dispatcher
from musicai.messages import TrainCall


def take_up_runs(engine: Engine, dispatcher: Dispatcher, lease_s: float) -> tuple[int, int]:
    """Do for training runs what the reconciler does; return how many were taken back, and called for.

    Safe to run any number of times, also at once: whom a call wakes claims what waits in the catalogue.

    Raises
    ------
    BrokerUnavailableError: after the runs were taken back; the next look calls for them.
    CatalogueUnavailableError, CatalogueOutdatedError: it cannot be asked, or not by this version.
    """
    with reading(engine) as session:
        anybody_died = bool(runs.dead(session))
    released = 0
    if anybody_died:  # nearly always nobody did, and a look must not wait for who writes to SQLite
        with transaction(engine) as session:
            released = runs.release_dead(session)
    return released, call_trainers(engine, dispatcher, lambda session: runs.forgotten(session, lease_s))


def call_trainers(engine: Engine, dispatcher: Dispatcher, which: Callable[[Session], Sequence[Run]]) -> int:
    """Send a message for each of these runs, when none is in the queue: a trainer takes any of them."""
    with reading(engine) as session:
        waiting = [TrainCall(run.job_id, run.name) for run in which(session)]
    if not waiting or dispatcher.waiting(names.TRAIN_QUEUE):
        return 0
    for call in waiting:
        dispatcher.call_trainer(call)
    return len(waiting)
