"""Which track a path means, and what is known about it."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from musicai.catalogue.session import reading, transaction
from musicai.config import Settings
from musicai.errors import TRACK_ERRORS, NotFoundError, TrackError
from musicai.services.advice import ADVICE
from musicai.services.show import Portrait, show_track
from tests.songs import add_collection, add_library, add_model, add_prediction, add_track

NAME = b"caf\xe9\n1.wav"


@pytest.fixture
def catalogue_url(sqlite_catalogue_url: str) -> str:
    return sqlite_catalogue_url


def _show(engine: Engine, path: object, **options: object) -> Portrait:
    settings = Settings(home=Path("/nowhere"), mounts=options.pop("mounts", {}))  # type: ignore[arg-type]
    with reading(engine) as session:
        return show_track(session, settings, str(path), **options)  # type: ignore[arg-type]


@pytest.fixture
def music(engine: Engine, tmp_path: Path) -> Path:
    """A folder with files, a library of it, and another library inside."""
    folder = tmp_path / "real" / "music"
    (folder / "inner").mkdir(parents=True)
    for name in ("one.wav", "inner/two.wav", "unseen.wav"):
        (folder / name).touch()
    with transaction(engine) as session:
        outer = add_library(session, "outer", str(folder))
        inner = add_library(session, "inner", str(folder / "inner"))
        add_track(session, outer, "one.wav")
        add_track(session, inner, "two.wav")
        add_track(session, outer, NAME)
        add_track(session, inner, "one.wav")
    return folder


def test_a_file_is_found_in_the_deepest_library(engine: Engine, music: Path) -> None:
    assert _show(engine, music / "one.wav").row.library == "outer"
    assert _show(engine, music / "inner" / "two.wav").row.library == "inner"
    assert _show(engine, "inner:two.wav").row.path == "two.wav"
    assert _show(engine, "two.wav").row.library == "inner"


def test_a_file_is_found_through_links_and_relative_paths(
    engine: Engine, music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(music)
    assert _show(engine, tmp_path / "link" / "one.wav").row.library == "outer"
    monkeypatch.chdir(music / "inner")
    assert _show(engine, "../one.wav").row.library == "outer"


def test_a_file_is_found_where_this_node_mounts_it(engine: Engine, music: Path, tmp_path: Path) -> None:
    portrait = _show(engine, "/mnt/x/two.wav", mounts={"inner": Path("/mnt/x")})
    assert portrait.row.file == "/mnt/x/two.wav"


def test_names_that_are_not_utf_8_are_found(engine: Engine, music: Path) -> None:
    assert _show(engine, music / NAME.decode(errors="surrogateescape")).row.library == "outer"
    assert _show(engine, NAME.decode(errors="surrogateescape")).row.file_base64 is not None


def test_what_is_not_there_says_what_to_do(engine: Engine, music: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"'outer:one\.wav' or 'inner:one\.wav'"):
        _show(engine, "one.wav")
    with pytest.raises(NotFoundError, match=r"not found yet in library 'outer'.*musicai enqueue"):
        _show(engine, music / "unseen.wav")
    with pytest.raises(NotFoundError, match=r"in no library.*musicai enqueue"):
        _show(engine, tmp_path)
    for absent in ("nothing.wav", "x" * 5000, "/" + "x" * 300):
        with pytest.raises(NotFoundError, match="neither a track nor a file"):
            _show(engine, absent)


def test_scores_and_excerpts_come_with_the_row(engine: Engine) -> None:
    excerpts = [{"start_s": 10.0, "duration_s": 30.0, "scores": {"jazz": 0.7}}]
    with transaction(engine) as session:
        library, model = add_library(session), add_model(session, calibration={"threshold": 0.4})
        track = add_track(session, library, "a.wav", duration_s=50.0)
        add_prediction(session, track, model, jazz=0.7, blues=0.2, rock=0.1, excerpts=excerpts)
    shown = _show(engine, "a.wav").to_json()
    assert list(shown["scores"].items()) == [("jazz", 0.7), ("blues", 0.2), ("rock", 0.1)]
    assert shown["excerpts"] == excerpts
    assert shown["threshold"] == 0.4
    assert {"library", "path", "genre", "confidence", "model", "state"} <= set(shown)


def test_tracks_without_an_answer_say_so(engine: Engine) -> None:
    with transaction(engine) as session:
        add_collection(session)
    assert _show(engine, "new.flac").row.state == "pending"
    failed = _show(engine, "cut.mp3")
    assert failed.row.state == "failed"
    assert "Copy it again" in (failed.advice or "")
    assert _show(engine, "changed.flac").scores == {}
    assert _show(engine, "gone.flac").row.genre == "rock"
    with pytest.raises(NotFoundError, match="small"):
        _show(engine, "hum.wav", model="lagre")


def test_every_error_has_an_advice() -> None:
    assert set(ADVICE) == set(TRACK_ERRORS) - {TrackError.code}
