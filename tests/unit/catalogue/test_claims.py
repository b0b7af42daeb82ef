"""Claims, deaths and the ledger: what must hold whatever happens to workers."""

import os
import random
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, update

from musicai.catalogue import claims, counters, ledger, migrate
from musicai.catalogue.claims import Handful, Holder
from musicai.catalogue.session import now, open_engine, reading, transaction
from musicai.catalogue.tables import Claim, Item, Job
from musicai.errors import StateError
from musicai.process import ProcessIdentity
from musicai.states import ItemState, JobState, Priority

NewJob = Callable[..., int]


def me() -> Holder:
    return Holder(ProcessIdentity.current(), ProcessIdentity.current())


def dead_child() -> Holder:
    """Return the identity of a process that has ended, of a worker that lives on."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    identity = ProcessIdentity.of(child.pid)
    child.communicate(b"\n")
    return Holder(identity, ProcessIdentity.current())


def take(engine: Engine, holder: Holder, size: int = 4) -> Handful | None:
    with transaction(engine) as session:
        return claims.claim(session, holder, size=lambda pending, others: size, lease_s=60)


def settle(engine: Engine, handful: Handful) -> None:
    with transaction(engine) as session:
        ids = [item for item, _ in handful.items]
        ledger.settle_done(session, handful.job_id, handful.claim_id, ids)
        claims.give_back(session, handful)
        ledger.close_if_finished(session, handful.job_id)


def release(engine: Engine, timeout_s: float = 60) -> int:
    with transaction(engine) as session:
        return claims.release_dead(session, timeout_s)


def states(engine: Engine, job_id: int) -> dict[str, int]:
    with reading(engine) as session:
        return ledger.recount(session, job_id)


def assert_balanced(engine: Engine, job_id: int) -> Job:
    with reading(engine) as session:
        job = ledger.get_job(session, job_id)
        count = ledger.recount(session, job_id)
    waiting = count.get(ItemState.PENDING, 0) + count.get(ItemState.CLAIMED, 0)
    assert (job.done, job.failed, job.cancelled, job.pending) == (
        count.get(ItemState.DONE, 0),
        count.get(ItemState.FAILED, 0),
        count.get(ItemState.CANCELLED, 0),
        waiting,
    )
    assert job.total == sum(count.values()) + job.skipped
    return job


def test_two_holders_share_a_job_without_overlap(engine: Engine, new_job: NewJob) -> None:
    job_id = new_job(10)
    first, second = take(engine, me(), 6), take(engine, me(), 6)
    assert first is not None
    assert second is not None
    assert len(first.items) == 6
    assert len(second.items) == 4
    assert not set(first.items) & set(second.items)
    settle(engine, first)
    assert assert_balanced(engine, job_id).state == JobState.RUNNING
    settle(engine, second)
    job = assert_balanced(engine, job_id)
    assert (job.state, job.done, job.pending) == (JobState.DONE, 10, 0)


def test_running_the_same_handful_twice_counts_once(engine: Engine, new_job: NewJob) -> None:
    job_id = new_job(3)
    handful = take(engine, me())
    assert handful is not None
    settle(engine, handful)
    settle(engine, handful)
    assert assert_balanced(engine, job_id).done == 3


def test_what_a_handful_did_not_reach_waits_again(engine: Engine, new_job: NewJob) -> None:
    job_id = new_job(5)
    handful = take(engine, me(), 5)
    assert handful is not None
    with transaction(engine) as session:
        ledger.settle_done(session, job_id, handful.claim_id, [handful.items[0][0]])
        claims.give_back(session, handful)
    assert states(engine, job_id) == {"done": 1, "pending": 4}
    assert_balanced(engine, job_id)


def test_the_second_death_names_the_culprit_alone(engine: Engine, new_job: NewJob) -> None:
    job_id = new_job(4)
    assert take(engine, dead_child(), 4) is not None
    assert release(engine) == 1
    assert states(engine, job_id) == {"pending": 4}

    alone = take(engine, dead_child(), 4)
    assert alone is not None
    assert (alone.alone, len(alone.items)) == (True, 1)
    assert release(engine) == 1
    with reading(engine) as session:
        culprit = session.scalars(select(Item).where(Item.state == ItemState.FAILED)).one()
    assert (culprit.id, culprit.error_code, culprit.deaths) == (alone.items[0][0], "crashed", 2)
    with reading(engine) as session:
        sums = {(total.name, total.label): total.value for total in counters.totals(session)}
    assert sums == {("tracks", "failed"): 1, ("failures", "crashed"): 1}

    while (handful := take(engine, me(), 4)) is not None:
        assert handful.alone
        settle(engine, handful)
    job = assert_balanced(engine, job_id)
    assert (job.state, job.done, job.failed) == (JobState.DONE, 3, 1)


def test_a_hang_is_told_from_a_crash(engine: Engine, new_job: NewJob) -> None:
    new_job(1)
    for _ in range(2):
        assert take(engine, dead_child()) is not None
        with transaction(engine) as session:
            session.execute(update(Claim).values(claimed_at=now() - timedelta(seconds=70)))
        release(engine, timeout_s=60)
    with reading(engine) as session:
        assert session.scalars(select(Item)).one().error_code == "timed_out"


def test_bystanders_survive_the_loss_of_whole_workers(engine: Engine, new_job: NewJob) -> None:
    job_id = new_job(2)
    for _ in range(3):
        gone = dead_child().process
        assert take(engine, Holder(gone, gone)) is not None
        assert release(engine) == 1
    assert states(engine, job_id) == {"pending": 2}
    assert_balanced(engine, job_id)


def test_a_claim_whose_end_the_database_lost_waits_again_and_nobody_is_suspected(
    engine: Engine, new_job: NewJob
) -> None:
    job_id = new_job(6)
    process = ProcessIdentity.current()
    assert take(engine, Holder(process, process)) is not None  # and its commit is lost in a crash
    with transaction(engine) as session:
        claims.return_own(session, process)
    assert states(engine, job_id) == {"pending": 6}
    again = take(engine, Holder(process, process), size=6)
    assert again is not None
    assert not again.alone
    settle(engine, again)
    assert assert_balanced(engine, job_id).done == 6


def test_a_lease_that_ran_out_is_a_death_elsewhere(engine: Engine, new_job: NewJob) -> None:
    job_id = new_job(1)
    far = ProcessIdentity("another-host", os.getpid(), 0.0)
    handful = take(engine, Holder(far, far))
    assert handful is not None
    assert release(engine) == 0
    with transaction(engine) as session:
        assert claims.renew(session, handful.claim_id, lease_s=-1)
    assert release(engine) == 1
    assert states(engine, job_id) == {"pending": 1}
    # the process was alive all the time and comes back with its answer: it counts for nothing
    settle(engine, handful)
    assert assert_balanced(engine, job_id).done == 0


def test_a_live_claim_is_left_alone(engine: Engine, new_job: NewJob) -> None:
    new_job(1)
    assert take(engine, me()) is not None
    assert release(engine) == 0


def test_the_most_urgent_job_goes_first_then_the_oldest(engine: Engine, new_job: NewJob) -> None:
    low, normal, other = new_job(1, priority=Priority.LOW), new_job(1), new_job(1)
    high = new_job(1, priority=Priority.HIGH)
    order = [handful.job_id for _ in range(4) if (handful := take(engine, me())) is not None]
    assert order == [high, normal, other, low]


def test_cancel_spares_what_is_in_hand(engine: Engine, new_job: NewJob) -> None:
    job_id = new_job(5)
    handful = take(engine, me(), 2)
    assert handful is not None
    with transaction(engine) as session:
        ledger.cancel(session, job_id)
    assert take(engine, me()) is None
    assert_balanced(engine, job_id)
    settle(engine, handful)
    job = assert_balanced(engine, job_id)
    assert (job.state, job.done, job.cancelled, job.pending) == (JobState.CANCELLED, 2, 3, 0)
    with pytest.raises(StateError, match="cancelled already"), transaction(engine) as session:
        ledger.cancel(session, job_id)


def test_a_death_in_a_cancelled_job_cancels_its_items(engine: Engine, new_job: NewJob) -> None:
    job_id = new_job(2)
    assert take(engine, dead_child()) is not None
    with transaction(engine) as session:
        ledger.cancel(session, job_id)
    release(engine)
    assert assert_balanced(engine, job_id).cancelled == 2


def test_pause_and_resume(engine: Engine, new_job: NewJob) -> None:
    job_id = new_job(2)
    with transaction(engine) as session:
        ledger.pause(session, job_id)
    assert take(engine, me()) is None
    with transaction(engine) as session:
        assert ledger.resume(session, job_id).state == JobState.RUNNING
    assert take(engine, me()) is not None


def test_retry_reopens_a_finished_job(engine: Engine, new_job: NewJob) -> None:
    job_id = new_job(1)
    handful = take(engine, me())
    assert handful is not None
    with transaction(engine) as session:
        item = handful.items[0][0]
        ledger.settle_failed(session, job_id, handful.claim_id, item, code="corrupt", reason="bad")
        claims.give_back(session, handful)
        assert ledger.close_if_finished(session, job_id)
    with transaction(engine) as session:
        assert ledger.retry(session, job_id) == 1
    assert assert_balanced(engine, job_id).state == JobState.RUNNING
    again = take(engine, me())
    assert again is not None
    settle(engine, again)
    assert assert_balanced(engine, job_id).state == JobState.DONE


def test_a_broken_off_scan_starts_over_without_counting_twice(engine: Engine, new_job: NewJob) -> None:
    job_id = new_job(2, scanned=False)
    with reading(engine) as session:
        tracks = session.scalars(select(Item.track_id).where(Item.job_id == job_id)).all()
    with transaction(engine) as session:
        ledger.add_skipped(session, job_id, 7)
        ledger.restart_scan(session, job_id)
        assert ledger.add_items(session, job_id, tracks) == 0
        ledger.add_skipped(session, job_id, 7)
    job = assert_balanced(engine, job_id)
    assert (job.total, job.skipped, job.pending) == (9, 7, 2)


@pytest.mark.parametrize("seed", range(5))
def test_any_order_of_events_keeps_the_ledger_balanced(engine: Engine, new_job: NewJob, seed: int) -> None:
    chance = random.Random(seed)
    job_id, hands, corpse = new_job(30), [], dead_child()
    for _ in range(80):
        event = chance.choice(["take", "die", "settle", "settle", "drop", "release"])
        if event in ("take", "die") and (h := take(engine, me() if event == "take" else corpse, 5)):
            hands += [h] if event == "take" else []
        elif event in ("settle", "drop") and hands:
            handful = hands.pop(chance.randrange(len(hands)))
            if event == "settle":
                settle(engine, handful)
            else:
                with transaction(engine) as session:
                    claims.give_back(session, handful)
        else:
            release(engine)
        assert_balanced(engine, job_id)


def test_a_fault_and_a_reason_may_name_what_is_not_utf_8(engine: Engine, new_job: NewJob) -> None:
    job_id = new_job(1)
    handful = take(engine, me())
    assert handful is not None
    odd = "no \udce9 here\0"
    with transaction(engine) as session:
        ledger.set_fault(session, job_id, odd)
        item_id = handful.items[0][0]
        ledger.settle_failed(session, job_id, handful.claim_id, item_id, code="internal", reason=odd)
    with reading(engine) as session:
        assert ledger.get_job(session, job_id).fault == "no ? here"
        assert session.scalars(select(Item.error_reason)).one() == "no ? here"


@pytest.mark.parametrize("catalogue_url", ["sqlite_catalogue_url"], indirect=True)
def test_whoever_opens_the_catalogue_waits_for_no_writer(engine: Engine) -> None:
    with transaction(engine) as session:
        session.scalars(select(Job.id)).all()
        other = open_engine(engine.url.render_as_string(hide_password=False))
        with other.connect().execution_options(musicai_reads=True) as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 0")
        assert migrate.current(other) == migrate.head()
        other.dispose()
