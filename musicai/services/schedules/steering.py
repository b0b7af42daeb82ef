"""What people do with schedules: pause, resume, remove, run now."""

from sqlalchemy import Engine

from musicai import names
from musicai.catalogue import schedules
from musicai.catalogue.schedules import Due
from musicai.catalogue.session import reading, shared_now, transaction
from musicai.catalogue.tables import Firing
from musicai.dispatch import Dispatcher
from musicai.errors import StateError
from musicai.services.audience import say_if_nobody_hears
from musicai.services.schedules import look
from musicai.services.schedules.due import timetable_of
from musicai.services.schedules.kinds import kind_of
from musicai.services.schedules.views import FiringView, ScheduleView, view_firings, view_schedule
from musicai.states import FiringCause, FiringState, ScheduleKind, ScheduleState

QUEUES = {
    ScheduleKind.RETRAIN: names.TRAIN_QUEUE,
    ScheduleKind.RESCAN: names.CONTROL_QUEUE,
    ScheduleKind.RECONCILE: names.CONTROL_QUEUE,
}
"""Where the messages of each kind go."""


def pause(engine: Engine, name: str) -> ScheduleView:
    """Let a schedule not fire until it is resumed; what it has begun goes on."""
    with transaction(engine) as session:
        schedule = schedules.named(session, name, lock=True)
        if schedule.state != ScheduleState.ACTIVE:
            raise StateError(
                f"schedule {name!r} is {schedule.state}: only one that is active can be paused"
            )
        schedule.state, schedule.next_at = ScheduleState.PAUSED, None
        return view_schedule(session, schedule)


def resume(engine: Engine, name: str) -> ScheduleView:
    """Let a paused schedule fire again, from its next instant on."""
    with transaction(engine) as session:
        schedule = schedules.named(session, name, lock=True)
        if schedule.state != ScheduleState.PAUSED:
            raise StateError(f"schedule {name!r} is {schedule.state}, not paused")
        moment = shared_now(session)
        next_at = timetable_of(schedule).first_after(moment)
        if next_at is None:
            raise StateError(
                f"the instant of schedule {name!r} passed while it was paused: `musicai schedule run-now "
                f"{name}` runs it, `musicai schedule remove {name}` takes it out"
            )
        schedule.state, schedule.next_at, schedule.reckoned_at = ScheduleState.ACTIVE, next_at, moment
        return view_schedule(session, schedule)


def remove(engine: Engine, name: str) -> ScheduleView:
    """Take a schedule and its history out; its jobs and models stay."""
    with transaction(engine) as session:
        schedule = schedules.named(session, name, lock=True)
        if name == schedules.BUILT_IN:
            raise StateError(
                f"schedule {name!r} puts right what faults leave behind and belongs to every catalogue"
            )
        view = view_schedule(session, schedule)
        session.delete(schedule)
        return view


def run_now(engine: Engine, dispatcher: Dispatcher, name: str) -> tuple[FiringView, list[str]]:
    """Fire a schedule by hand, with or without a scheduler; return the firing and what people should know.

    Raises
    ------
    StateError: what it began before is not over.
    """
    with transaction(engine) as session:
        schedule = schedules.named(session, name, lock=True)
        former = schedules.in_the_way(session, schedule.id)
        if former is not None and schedule.kind != ScheduleKind.RECONCILE:
            raise StateError(f"schedule {name!r} is still at work: {look.still_running(former)}")
        moment = shared_now(session)
        firing = schedules.add_firing(session, schedule.id, Due(moment, FiringCause.BY_HAND), moment)
        look.begin(session, schedule, firing)
    said = look.send_waiting(engine, dispatcher, [firing.id])
    with reading(engine) as session:
        schedule = schedules.named(session, name)
        (view,) = view_firings(session, schedule, [session.get_one(Firing, firing.id)])
    return view, [*said, *_who_takes_it(dispatcher, kind_of(schedule), view)]


def _who_takes_it(dispatcher: Dispatcher, kind: ScheduleKind, view: FiringView) -> list[str]:
    """Say that nobody will do it for now, if that is so."""
    if view.state == FiringState.FAILED:
        return []
    said = say_if_nobody_hears(dispatcher, QUEUES[kind])
    return [said] if said else []
