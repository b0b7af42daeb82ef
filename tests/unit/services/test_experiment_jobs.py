"""Experiments as jobs: asked for once, and tabulated from what their runs found."""

import json
import os
from dataclasses import asdict, replace

import pytest

from musicai.catalogue import runs
from musicai.catalogue.session import transaction
from musicai.cli.progress import JobProgress
from musicai.errors import NotFoundError, StateError
from musicai.process import ProcessIdentity
from musicai.services import jobs
from musicai.services.experiment_jobs import enqueue_experiments, has_jobs, with_jobs
from musicai.services.experiments import read_views
from musicai.training.experiments.file import read_experiments
from musicai.training.experiments.order import Order, request_of
from musicai.training.request import TrainRequest
from tests.songs import add_model

US = ProcessIdentity.of(os.getpid())
REPORT = read_experiments("report").at_size(64)


def order(out, numbers=(7, 8), size=64, **others):
    return Order("report", "spectrograms:/data", str(out), numbers, size, **others)


def ask(engine, out, numbers=(7, 8)):
    return enqueue_experiments(engine, order(out, numbers))


def views(engine, out, numbers=(7, 8)):
    return list(with_jobs(engine, REPORT, read_views(REPORT, numbers, out), out))


def test_a_trainer_is_asked_for_what_is_done_here(tmp_path):
    wanted = order(tmp_path, limit={"pop": 45}, front_end="report", skip_unreadable=True)
    request = request_of(wanted, wanted.experiments(), 8)
    assert (request.data, request.front_end, request.skip_unreadable) == (
        ("spectrograms:/data",),
        "report",
        True,
    )
    assert request.plan.members == (REPORT.rows[7].recipe(64),)
    assert request.plan.front_end == REPORT.front_end
    assert (request.split.kind, request.split.ratios, request.split.seed) == (
        "ratio",
        (0.8, 0.1, 0.1),
        1337,
    )
    assert (request.seed, request.limit) == (0, {"pop": 45})
    assert TrainRequest.from_json(json.loads(json.dumps(request.to_json()))) == request


def test_a_row_is_asked_for_once_until_its_job_is_over(engine, tmp_path):
    first = ask(engine, tmp_path)
    assert [job.run.name for job in first] == ["report-7-mini-alexnet-64", "report-8-mini-alexnet-64"]
    assert [job.id for job in ask(engine, tmp_path)] == [job.id for job in first]
    jobs.cancel(engine, first[0].id)
    again = ask(engine, tmp_path)
    assert again[0].id > first[1].id
    assert again[1].id == first[1].id


def test_the_table_has_what_the_runs_found(engine, tmp_path):
    job, _ = ask(engine, tmp_path)
    with transaction(engine) as session:
        model = add_model(session, "report-7-mini-alexnet-64-1", active=False).id
    with transaction(engine) as session:
        claimed = runs.claim(session, US, 60, only=job.run.id)
    epoch = {"train_loss": 0.5, "train_accuracy": 0.9, "test_loss": 1.0, "rate": 0.001, "seconds": 1.0}
    with transaction(engine) as session:
        runs.set_plan(session, claimed.id, US, epochs=400, folder="/runs/1")
        runs.add_epoch(session, claimed.id, US, {"epoch": 3, "test_accuracy": 0.7, **epoch})
    assert views(engine, tmp_path)[0].state == "running, epoch 3 of 400"
    sides = {side: {"accuracy": 0.71, "low": 0.6, "high": 0.8, "clips": 67} for side in ("train", "valid")}
    facts = {"accuracy": 0.64, "accuracy_interval_95": [0.5, 0.8], "held_out": 78, "sides": sides}
    with transaction(engine) as session:
        runs.add_facts(session, claimed.id, US, facts)
        runs.finish(session, claimed.id, US, model)
    done, waiting = views(engine, tmp_path)
    assert (done.state, done.job) == ("done", job.id)
    assert (done.result["train"], done.result["valid"]) == (sides["train"], sides["valid"])
    assert (done.result["best_valid"], done.result["best_epoch"], done.result["seconds"]) == (0.7, 3, 1.0)
    assert done.result["test"] == {"accuracy": 0.64, "low": 0.5, "high": 0.8, "clips": 78}
    assert (waiting.state, waiting.result) == ("waiting", None)
    assert [view.number for view in views(engine, tmp_path)] == [7, 8]
    assert json.loads(json.dumps(asdict(done)))


def test_leaks_that_a_trainer_finds_are_told_once_before_it_learns(engine, tmp_path, capsys):
    job, _ = ask(engine, tmp_path)
    with transaction(engine) as session:
        claimed = runs.claim(session, US, 60, only=job.run.id)
        runs.add_facts(session, claimed.id, US, {"leaks": {"audio_hash": 0, "sound": 2, "artist": 1}})
    with JobProgress(live=False) as progress:
        for _ in range(2):
            progress.viewed(jobs.read(engine, job.id))
    assert capsys.readouterr().err.splitlines() == [
        "warning: 2 times nearly the same sound stands on two sides of the split: the figures flatter",
        "warning: 1 time the same artist stands on two sides of the split: the figures flatter",
    ]


def test_a_folder_without_jobs_needs_no_catalogue(engine, tmp_path):
    assert not has_jobs(REPORT, (1, 2), tmp_path)
    ask(engine, tmp_path, (2,))
    assert has_jobs(REPORT, (1, 2), tmp_path)


@pytest.mark.parametrize("others", [{"skip_unreadable": True}, {"front_end": "report"}])
def test_a_job_that_waits_is_not_taken_for_what_was_not_asked_of_it(engine, tmp_path, others):
    first, second = ask(engine, tmp_path)
    (name,) = others
    told = f"job {first.id} is experiment 7 with other {name}; .* `musicai jobs cancel {first.id}` first"
    with pytest.raises(StateError, match=told):
        enqueue_experiments(engine, order(tmp_path, (6, 7), **others))
    with pytest.raises(NotFoundError):  # nor was experiment 6 asked for
        jobs.read(engine, second.id + 1)
    jobs.cancel(engine, first.id)
    (again,) = enqueue_experiments(engine, order(tmp_path, (7,), **others))
    assert again.run.request[name] == others[name]


def test_a_job_that_is_done_is_not_taken_for_one_on_other_data(engine, tmp_path):
    job, _ = ask(engine, tmp_path)
    with transaction(engine) as session:
        model = add_model(session, "report-7-mini-alexnet-64-1", active=False).id
        claimed = runs.claim(session, US, 60, only=job.run.id)
        runs.finish(session, claimed.id, US, model)
    assert [view.id for view in ask(engine, tmp_path, (7,))] == [job.id]
    wanted = replace(order(tmp_path, (7,)), data="spectrograms:/others")
    told = f"job {job.id} was experiment 7 with other data; give another --out$"
    with pytest.raises(StateError, match=told):
        enqueue_experiments(engine, wanted)


def test_a_job_of_other_settings_is_not_taken_for_these(engine, tmp_path):
    ask(engine, tmp_path)
    with pytest.raises(StateError, match="other settings"):
        enqueue_experiments(engine, order(tmp_path, (7,), size=128))
    (tmp_path / "08-mini_alexnet" / "job.json").write_text("[")
    with pytest.raises(StateError, match="cannot be read"):
        ask(engine, tmp_path)
