"""What `--json` prints has the keys that the reference promises, and those that may never go."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from musicai.catalogue import migrate
from musicai.catalogue.session import open_engine, transaction
from musicai.cli import cli
from musicai.config import Settings
from musicai.models.store import DEFAULT_MODEL
from musicai.services.enqueue import Request, create_job
from musicai.services.jobs import pause
from musicai.services.registry.active import make_active
from musicai.services.registry.lookup import named_model
from musicai.training.evaluation.evaluate import evaluate
from musicai.training.evaluation.figures import Figure
from musicai.training.evaluation.report import EvaluationReport
from musicai.training.split.leaks import Leak
from tests.songs import add_collection
from tests.unit.models.onnx_models import small_onnx

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "json.md").read_text("utf-8")
Answer = Callable[..., Any]


def promised(heading: str) -> set[str]:
    """Return the keys that the page lists below a heading."""
    section = re.split(r"^#+ ", PAGE.partition(f"# {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    return set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))


@pytest.fixture
def answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Answer:
    """A function that runs a command on a small catalogue with one paused job, and returns its JSON."""
    for name in [name for name in os.environ if name.startswith("MUSICAI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MUSICAI_HOME", str(tmp_path))
    settings = Settings.from_env()
    engine = open_engine(settings.catalogue_url)
    migrate.upgrade(engine)
    job = create_job(engine, settings, Request((os.fsencode(tmp_path),)))
    pause(engine, job.id)
    with transaction(engine) as session:
        add_collection(session)
    engine.dispose()

    def run(*arguments: str) -> Any:
        done = CliRunner().invoke(cli, [*arguments, "--json"], catch_exceptions=False)
        return json.loads(done.stdout)

    return run


def test_rows_of_a_query(answer):
    row, *_ = answer("query")
    assert set(row) == promised("Rows of `musicai query`")
    assert list(row)[:6] == ["library", "path", "genre", "confidence", "model", "state"]


def test_one_track(answer):
    row, *_ = answer("query", "genre:jazz")
    track = answer("show", f"{row['library']}:{row['path']}")
    assert set(track) == promised("Rows of `musicai query`") | promised("`musicai show PATH`")
    assert {"scores", "excerpts"} <= set(track)
    corrected = answer("show", "music:hum.wav")
    assert set(corrected["corrections"][0]) == promised("`corrections` of a track")


def test_what_came_of_a_word(answer):
    done = answer("correct", "--where", "^missing", "--from-tags", "--dry-run")
    assert set(done) == promised("`musicai correct`")
    assert all(set(left) == {"count", "first"} for left in done["left_out"].values())


def test_doubtful_answers(answer):
    doubtful, *_ = answer("review", "--all")
    assert set(doubtful) == promised("Rows of `musicai query`") | promised("`musicai review`")
    assert set(doubtful["reasons"][0]) == promised("`reasons` of a doubtful answer")


def test_statistics(answer):
    figures = answer("stats")
    assert set(figures) == promised("`musicai stats`")
    for part in ("libraries", "genres", "failures"):
        assert set(figures[part][0]) == promised(f"`{part}` of the statistics")
    assert set(figures["tags"]) == promised("`tags` of the statistics")
    assert set(figures["corrections"]) == promised("`corrections` of the statistics")


def test_jobs(answer):
    job = answer("jobs", "show", "1")
    assert set(job) == promised("Jobs")
    numbers = {"total", "done", "failed", "skipped", "cancelled", "pending"}
    assert {"id", "kind", "state"} | numbers <= set(job)
    assert answer("jobs", "list") == [job | {"elapsed_s": pytest.approx(job["elapsed_s"], abs=60)}]


def test_what_a_scan_saw(answer, tmp_path):
    seen = answer("enqueue", "--dry-run", "--model", DEFAULT_MODEL, str(tmp_path))
    assert set(seen) == promised("`report` of a job") | promised("`musicai enqueue --dry-run`")


def test_models(answer, tmp_path):
    model, *_ = answer("models", "list")
    assert set(model) == promised("Models")
    shown = answer("models", "show", DEFAULT_MODEL)
    assert set(shown) == promised("Models") | promised("`musicai models show NAME`")
    assert set(answer("models", "export", DEFAULT_MODEL, str(tmp_path / "a.tgz"))) == promised(
        "`musicai models export NAME TARGET`"
    )
    assert set(answer("models", "import", "--name", "copy-1", str(tmp_path / "a.tgz"))) == promised(
        "`musicai models import`"
    )
    compared = answer("models", "compare", "copy-1", DEFAULT_MODEL)
    assert set(compared) == promised("`musicai models compare A B`")
    assert set(compared["a"]) == promised("`a` and `b` of a comparison")
    judgement = promised("`gate` of a comparison, `judgement` of a promotion")
    assert set(compared["gate"]) == judgement
    with transaction(open_engine(Settings.from_env().catalogue_url)) as session:
        make_active(session, named_model(session, Settings.from_env(), DEFAULT_MODEL))
    promotion = answer("models", "promote", "--force", "copy-1")
    assert set(promotion) == promised("`musicai models promote NAME`")
    assert set(promotion["judgement"]) == judgement
    assert set(answer("models", "rollback")) == promised("`musicai models rollback`")
    assert set(answer("models", "archive", "copy-1")) == promised("Models")
    assert set(answer("models", "history")[0]) == promised("The audit trail of models")


def test_an_imported_model(answer, tmp_path):
    (tmp_path / "one.onnx").write_bytes(small_onnx())
    (tmp_path / "labels.txt").write_text("a\nb\nc\n")
    labels = ["--labels", str(tmp_path / "labels.txt"), "--front-end", "gtzan"]
    view = answer("models", "import", str(tmp_path / "one.onnx"), *labels)
    assert set(view) == promised("`musicai models import` of an ONNX file")


def test_an_evaluation():
    evaluation = evaluate(np.eye(2)[[0, 1, 1]], np.array([0, 1, 0]), range(3), ("a", "b"), resamples=10)
    figure = Figure(0.5, 0.0, 1.0)
    report = EvaluationReport(
        "m", "audio:x", None, None, 0.5, figure, figure, None, {}, evaluation
    ).to_json()
    assert set(report) == promised("`musicai models evaluate NAME`")
    assert set(report["evaluation"]) == promised("`evaluation` of a model")
    level = report["evaluation"]["tracks"]
    assert set(level) == promised("`excerpts` and `tracks` of an evaluation")
    assert set(level["per_genre"]["a"]) == promised("`per_genre` of an evaluation")
    assert set(level["confusion"]) == promised("`confusion` of an evaluation")
    assert set(level["reliability"]) == promised("`reliability` of an evaluation")
    assert set(level["reliability"]["bins"][0]) == promised("`bins` of the reliability")


def test_the_cache(answer):
    assert set(answer("cache", "stats")) == promised("`musicai cache`")


def test_experiments(answer, tmp_path):
    view, *_ = answer("experiments", "show", "report", "--out", str(tmp_path))
    assert set(view) == promised("Experiments")
    assert view["result"] is None


def test_data_sets(answer, tmp_path):
    for place in ("jazz/a", "jazz/b", "pop/c", "pop/d"):
        (tmp_path / "in" / place).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (9, 9), "red").save(tmp_path / "in" / f"{place}.png")
    pictures, split = f"pictures:{tmp_path / 'out'}", str(tmp_path / "split.txt")
    done = answer("dataset", "transform", str(tmp_path / "in"), str(tmp_path / "out"), "--size", "8")
    assert set(done) == promised("`musicai dataset images` and `transform`")
    assert set(answer("dataset", "stats", str(tmp_path / "out"))) == promised("`musicai dataset stats`")
    (tmp_path / "out" / "front_end.json").write_text("{}")
    view = answer("dataset", "split", pictures, split, "--ratio", "0.5/0.5")
    assert set(view) == promised("`musicai dataset split`")
    assert set(answer("dataset", "check", pictures)) == promised("`musicai dataset check SOURCE`")
    assert set(answer("dataset", "leaks", pictures, split)) == promised("`musicai dataset leaks`")
    names = {"train": ("a",), "test": ("b",)}
    assert set(Leak("sound", names, likeness=0.9).to_json()) == promised("`leaks` of a split")


def test_schedules_and_what_came_of_them(answer):
    added = answer("schedule", "add", "reconcile", "--name", "often", "--every", "1h")
    assert set(added) == promised("Schedules")
    assert "often" in [view["name"] for view in answer("schedule", "list")]
    fired = answer("schedule", "run-now", "often")
    assert set(fired) == promised("Firings")
    assert fired["outcome"].keys() <= promised("`outcome` of a firing")
    assert answer("schedule", "history", "often")[0]["id"] == fired["id"]
    assert answer("schedule", "pause", "often")["state"] == "paused"
    assert answer("schedule", "resume", "often")["next_at"] is not None
    assert answer("schedule", "remove", "often")["last"]["id"] == fired["id"]


def test_the_schema(answer):
    assert set(answer("db", "current")) == promised("`musicai db current`")
    assert set(answer("db", "tidy", "--dry-run")) == promised("`musicai db tidy`")


def test_what_the_doctor_finds(answer):
    report = answer("doctor")
    assert set(report) == promised("`musicai doctor`")
    assert set(report["findings"][0]) == promised("`findings` of the doctor")
    assert set(report["settings"][0]) == {"env", "value", "source", "help"}
