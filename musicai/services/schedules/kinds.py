"""What a firing does: by the kind of its schedule, and nowhere else."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from musicai import names
from musicai.catalogue import runs
from musicai.catalogue.tables import Firing, Schedule
from musicai.dispatch import Dispatcher
from musicai.errors import ConfigError
from musicai.messages import FiringCall, TrainCall
from musicai.states import Priority, ScheduleKind
from musicai.training.request import TrainRequest

_WAITING = 16
"""Messages in the queue beyond which nobody listens: one more each minute would fill the broker."""


def kind_of(schedule: Schedule) -> ScheduleKind:
    """Return the kind of a schedule; ConfigError when another version wrote it."""
    try:
        return ScheduleKind(schedule.kind)
    except ValueError as err:
        raise ConfigError(
            f"schedule {schedule.name!r} is of kind {schedule.kind!r}, which this version does not know"
        ) from err


@dataclass(frozen=True)
class RetrainRequest:
    """What `musicai schedule add retrain` was asked.

    Parameters
    ----------
    train: what each run does.
    arguments: the words in which it was asked, to show.
    """

    train: TrainRequest
    priority: Priority = Priority.NORMAL
    arguments: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object that `from_json` reads back."""
        return {
            "request": self.train.to_json(),
            "priority": self.priority.value,
            "arguments": list(self.arguments),
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "RetrainRequest":
        """Read back `to_json`; ConfigError when another version wrote it."""
        try:
            return cls(
                TrainRequest.from_json(values["request"]),
                Priority(values["priority"]),
                tuple(values["arguments"]),
            )
        except (TypeError, KeyError, ValueError) as err:
            raise ConfigError(f"a retrain was asked for what this version does not know: {err}") from err


def begin(session: Session, schedule: Schedule, firing: Firing) -> None:
    """Write the rows of a firing that needs no worker for it, in the transaction that wrote the firing.

    Raises
    ------
    ConfigError: this version does not understand what the schedule asks for.
    """
    if kind_of(schedule) is ScheduleKind.RETRAIN:
        request = RetrainRequest.from_json(schedule.options)
        train = request.train
        run = runs.create(session, train.name, train.to_json(), request.priority, schedule.name)
        firing.job_id = run.job_id
        session.flush()


def send(dispatcher: Dispatcher, schedule: Schedule, firing: Firing) -> None:
    """Tell a worker of a firing; any number of times, for each message is only a call.

    Raises
    ------
    BrokerUnavailableError: the firing waits in the catalogue.
    ConfigError: this version does not understand what the schedule asks for.
    """
    call = FiringCall(firing.id, schedule.name)
    match kind_of(schedule):
        case ScheduleKind.RETRAIN:
            if firing.job_id is not None:
                name = RetrainRequest.from_json(schedule.options).train.name
                dispatcher.call_trainer(TrainCall(firing.job_id, name))
        case ScheduleKind.RESCAN:
            dispatcher.call_rescan(call)
        case ScheduleKind.RECONCILE:
            if dispatcher.waiting(names.CONTROL_QUEUE) < _WAITING:
                dispatcher.call_reconciler(call)
