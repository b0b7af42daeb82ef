"""Only what is proved to be better becomes the active model, and one model is active at any time."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile
from sqlalchemy import Engine, select

from musicai.catalogue import migrate
from musicai.catalogue.session import open_engine, reading, transaction
from musicai.catalogue.tables import Model
from musicai.config import Settings
from musicai.errors import ModelError, StateError
from musicai.models.side_car import WEIGHTS_FILE
from musicai.models.store import DEFAULT_MODEL
from musicai.services.models import choose_model, find_model
from musicai.services.registry.archive import archive, restore
from musicai.services.registry.comparison import compare_models
from musicai.services.registry.judgement import Rules, judge
from musicai.services.registry.placing import Origin, place_model
from musicai.services.registry.promotion import promote
from musicai.services.registry.provenance import LEAKS_FILE
from musicai.services.registry.rollback import roll_back
from musicai.services.registry.trail import read_trail
from musicai.training.evaluation.held_out import FILE, HeldOut, write_held_out
from tests.acceptance.synth import RATE, clip
from tests.unit.services.registry.candidates import answers, write_candidate


@pytest.fixture
def light(tmp_path: Path) -> tuple[Engine, Settings]:
    """A catalogue where one database is as good as another."""
    settings = Settings(home=tmp_path / "home")
    engine = open_engine(settings.catalogue_url)
    migrate.upgrade(engine)
    return engine, settings


def add(engine: Engine, settings: Settings, folder: Path) -> str:
    return place_model(engine, settings, folder, Origin("test", {})).model.name


def active(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return list(session.scalars(select(Model.name).where(Model.active)))


def test_the_better_one_is_promoted_and_the_former_one_comes_back(light, tmp_path):
    engine, settings = light
    with pytest.raises(StateError, match="nothing to roll back"):
        roll_back(engine, settings, actor="a@b")
    for name, right in (("good-1", 72), ("fair-1", 50), ("lucky-1", 52)):
        add(engine, settings, write_candidate(tmp_path, name, right=right))
    forced = promote(engine, settings, "fair-1", actor="a@b", force=True)
    assert (forced.promoted, forced.forced, forced.former) == (True, True, DEFAULT_MODEL)
    assert "--data SOURCE" in forced.judgement.reasons[-1]
    (settings.home / "models" / "lucky-1" / FILE).write_text("{")
    damaged = promote(engine, settings, "lucky-1", actor="a@b")
    assert not damaged.promoted
    assert "is no JSON" in damaged.judgement.reasons[-1]
    write_held_out(settings.home / "models" / "lucky-1" / FILE, answers(52))
    refused = promote(engine, settings, "lucky-1", actor="a@b", rules=Rules("bootstrap", 0.01))
    assert (refused.promoted, active(engine)) == (False, ["fair-1"])
    assert "may be chance" in refused.judgement.reasons[0]
    assert promote(engine, settings, "good-1", actor="a@b").promoted
    assert active(engine) == ["good-1"]
    found = find_model(engine, settings, None)
    with transaction(engine) as session:
        assert choose_model(session, found).name == "good-1"
        with pytest.raises(StateError, match="active one"):
            archive(session, settings, "good-1", "a@b")
    compared = compare_models(engine, settings, "good-1", "fair-1")
    assert (compared.a.accuracy["value"], compared.b.accuracy["value"]) == (0.9, 0.625)
    assert compared.gate.passed
    assert sum(genre.tracks for genre in compared.genres) == 80
    assert roll_back(engine, settings, actor="a@b").model == "fair-1"
    assert active(engine) == ["fair-1"]
    with pytest.raises(StateError, match="never was active"):
        roll_back(engine, settings, actor="a@b", to="lucky-1")
    with reading(engine) as session:
        trail = [(line.model, line.event) for line in read_trail(session) if line.event != "registered"]
    assert trail == [
        ("fair-1", "promoted"),
        ("lucky-1", "refused"),
        ("lucky-1", "refused"),
        ("good-1", "promoted"),
        ("good-1", "rolled_back"),
    ]


def test_what_cannot_be_used_does_not_become_active(light, tmp_path):
    engine, settings = light
    name = add(engine, settings, write_candidate(tmp_path, "good-1", right=72))
    found = find_model(engine, settings, name)
    (settings.home / "models" / name / WEIGHTS_FILE).write_bytes(b"tampered with")
    with pytest.raises(ModelError, match="SHA-256"):
        promote(engine, settings, name, actor="a@b", force=True)
    assert active(engine) == [DEFAULT_MODEL]
    with transaction(engine) as session:
        archive(session, settings, name, "a@b")
    with transaction(engine) as session, pytest.raises(StateError, match="is archived"):
        choose_model(session, found)
    with pytest.raises(StateError, match="is archived"):
        promote(engine, settings, name, actor="a@b", force=True)
    with transaction(engine) as session, pytest.raises(ModelError, match="SHA-256"):
        restore(session, settings, name, "a@b")
    with transaction(engine) as session:
        shutil.rmtree(settings.home / "models" / name)
        with pytest.raises(StateError, match="are gone"):
            restore(session, settings, name, "a@b")
    shutil.copytree(tmp_path / name, settings.home / "models" / name)
    with transaction(engine) as session:
        restore(session, settings, name, "a@b")
        assert choose_model(session, found).name == name


def test_what_was_learned_proves_nothing(light, tmp_path):
    """The same sound on both sides stops a candidate; an artist, or sounds of the other sides, do not."""
    engine, settings = light
    add(engine, settings, write_candidate(tmp_path, "fair-1", right=50))
    promote(engine, settings, "fair-1", actor="a@b", force=True)
    leaks = {"audio_hash": 1, "sound": 1, "artist": 3}
    leaky = write_candidate(tmp_path, "leaky-1", right=72, seed=1, leaks=leaks)
    elsewhere = write_candidate(tmp_path, "elsewhere-1", right=72, seed=2, leaks=leaks)
    examples = {"train": 100, "valid": 80, "held out": 80}
    for folder, side in ((leaky, "held out"), (elsewhere, "valid")):
        found = [{"reason": reason, "names": {"train": ["a"], side: ["b"]}} for reason in leaks]
        (folder / LEAKS_FILE).write_text(json.dumps({"leaks": found, "examples": examples}))
    add(engine, settings, leaky)
    refused = promote(engine, settings, "leaky-1", actor="a@b")
    assert not refused.promoted
    assert refused.judgement.reasons[0].startswith("2 sounds stand on both sides")
    assert not compare_models(engine, settings, "leaky-1", "fair-1").gate.passed
    add(engine, settings, elsewhere)
    assert promote(engine, settings, "elsewhere-1", actor="a@b").promoted
    untold = write_candidate(tmp_path, "untold-1", right=80, seed=3, leaks=leaks)
    add(engine, settings, untold)
    assert "2 sounds" in promote(engine, settings, "untold-1", actor="a@b").judgement.reasons[0]
    assert promote(engine, settings, "untold-1", actor="a@b", force=True).promoted


def test_two_at_once_leave_one_active(engine, settings, tmp_path):
    for number in (1, 2):
        add(engine, settings, write_candidate(tmp_path, f"good-{number}", right=72, seed=number))

    def one(name: str) -> str | None:
        try:
            return promote(engine, settings, name, actor="a@b", force=True).model
        except StateError:
            return None  # the other one was faster

    with ThreadPoolExecutor(2) as pool:
        done = [name for name in pool.map(one, ("good-1", "good-2")) if name]
    with reading(engine) as session:
        promoted = [line.model for line in read_trail(session) if line.event == "promoted"]
    assert sorted(promoted) == sorted(done)
    assert active(engine) == [promoted[-1]]


def test_models_without_common_answers_do_not_pass():
    other = answers(8, tracks=10)
    other = type(other)(
        tuple("x" + n for n in other.names), other.labels, other.probabilities, other.genres
    )
    assert "in common" in judge(answers(72), other, Rules()).reasons[0]
    assert "candidate has no" in judge(None, answers(72), Rules()).reasons[0]
    assert judge(answers(72), None, Rules(), rival="'b-1'").reasons[0].startswith("'b-1' has no")
    assert "than 'b-1'" in judge(answers(50), answers(72), Rules(), rival="'b-1'").reasons[0]


def test_an_active_model_without_answers_is_asked_now(light, tmp_path):
    """It knows other genres than the candidate: only tracks of the common ones count."""
    engine, settings = light
    recordings = tmp_path / "recordings"
    for number in range(4):
        file = recordings / ("jazz", "polka")[number % 2] / f"{number}.flac"
        file.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(file, clip(number), RATE)
    folder = write_candidate(tmp_path, "polka-1")
    held_out = HeldOut(
        ("jazz/0", "polka/1", "jazz/2", "polka/3"),
        np.array([0, 1, 0, 1]),
        np.array([[0.9, 0.1], [0.2, 0.8]] * 2, dtype=np.float32),
        ("jazz", "polka"),
    )
    write_held_out(folder / FILE, held_out)
    name = add(engine, settings, folder)
    unknown = promote(engine, settings, name, actor="a@b")
    assert "--data SOURCE" in unknown.judgement.reasons[-1]
    asked = promote(engine, settings, name, actor="a@b", data=f"audio:{recordings}")
    assert not asked.promoted
    assert asked.judgement.verdict["comparison"]["tracks"] == 2
    assert "was asked for 2 tracks" in asked.judgement.reasons[-1]
    assert any("does not know polka" in reason for reason in asked.judgement.reasons)
    strange = HeldOut(held_out.names, held_out.labels, held_out.probabilities, ("geek", "speech"))
    write_held_out(settings.home / "models" / name / FILE, strange)
    (told,) = compare_models(engine, settings, name, DEFAULT_MODEL).gate.reasons
    assert told == (
        f"{DEFAULT_MODEL!r} does not know geek, speech: "
        "the models have no held-out tracks of a genre that both know"
    )
