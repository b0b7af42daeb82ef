"""`musicai query`, `stats` and `show` from the command line to what they print."""

import csv
import io
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from musicai.catalogue.session import open_engine, transaction
from musicai.cli import main
from tests.songs import add_collection


@dataclass(frozen=True)
class Done:
    """What a command printed."""

    stdout: bytes
    stderr: bytes


Run = Callable[..., Done]


@pytest.fixture
def musicai(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Run:
    """Return a function that runs the command line with nothing configured but its home."""
    for name in [name for name in os.environ if name.startswith("MUSICAI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MUSICAI_HOME", str(tmp_path))

    def run(*arguments: str, status: int = 0) -> Done:
        monkeypatch.setattr(sys, "argv", ["musicai", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        sys.stdout.flush()
        done = Done(*capfdbinary.readouterr())
        assert (ended.value.code or 0) == status, done.stderr.decode()
        return done

    return run


@pytest.fixture
def collection(sqlite_catalogue_url: str) -> None:
    engine = open_engine(sqlite_catalogue_url)
    with transaction(engine) as session:
        add_collection(session)
    engine.dispose()


KEYS = ["library", "path", "genre", "confidence", "model", "state"]


@pytest.mark.usefixtures("collection")
def test_formats_hold_the_same_rows(musicai: Run) -> None:
    rows = json.loads(musicai("query", "--format", "json").stdout)
    assert len(rows) == 9
    assert list(rows[0])[:6] == KEYS
    lines = musicai("query", "--format", "jsonl").stdout.decode().splitlines()
    assert [json.loads(line) for line in lines] == rows
    text = musicai("query", "--format", "csv").stdout.decode()
    assert text.count("\r\n") == 10
    table = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["path"] for row in table] == [row["path"] for row in rows]
    assert json.loads(musicai("query", "--json").stdout) == rows
    assert musicai("query").stdout.count(b"\n") == 9


@pytest.mark.usefixtures("collection")
def test_a_playlist_leaves_out_what_it_cannot_hold(musicai: Run) -> None:
    done = musicai("query", "--format", "m3u8", "jazz,", "caf", "--sort", "path")
    assert done.stdout.decode().splitlines() == [
        "#EXTM3U",
        "#EXTINF:225,John Coltrane - Naima (live)",
        "/music/jazz/John Coltrane/Naima (live).mp3",
        "#EXTINF:545,Miles Davis - So What",
        "/music/jazz/Miles Davis/So What.flac",
    ]
    assert b"1 left out" in done.stderr


@pytest.mark.usefixtures("collection")
def test_a_playlist_holds_nothing_that_does_not_play(musicai: Run) -> None:
    done = musicai("query", "--format", "m3u8", "failed")
    assert done.stdout.decode().splitlines() == ["#EXTM3U"]
    assert b"left out: failed or missing" in done.stderr


@pytest.mark.usefixtures("collection")
@pytest.mark.parametrize(
    ("arguments", "paths"),
    [
        (["genre:jazz confidence:0.8.."], ["jazz/Miles Davis/So What.flac"]),
        (["artist:john coltrane"], ["jazz/John Coltrane/Naima (live).mp3"]),
        (["-genre:jazz", "--sort", "confidence-", "--limit", "1"], ["Björk/Army of Me.ogg"]),
        (["-genre:jazz", "--sort", "-confidence", "--limit", "1"], ["Björk/Army of Me.ogg"]),
        (["-path:jazz", "genre:metal"], ["riff_1.wav"]),
        (["so what", "--model", "large-2"], ["jazz/Miles Davis/So What.flac"]),
    ],
)
def test_arguments_of_the_shell(musicai: Run, arguments: list[str], paths: list[str]) -> None:
    assert [row["path"] for row in json.loads(musicai("query", "--json", *arguments).stdout)] == paths


@pytest.mark.usefixtures("collection")
def test_a_wrong_expression_is_shown_with_its_place(musicai: Run) -> None:
    done = musicai("query", "jazz", "artits:x", status=2)
    assert done.stderr.decode().splitlines() == [
        "musicai: there is no field 'artits'; did you mean 'artist'?",
        "  jazz artits:x",
        "       ^",
    ]
    assert done.stdout == b""


@pytest.mark.usefixtures("collection")
def test_nothing_found_is_no_error(musicai: Run) -> None:
    done = musicai("query", "--json", "zebra")
    assert json.loads(done.stdout) == []
    assert b"No track fits" in done.stderr


def test_an_absent_catalogue_says_how_to_begin(musicai: Run) -> None:
    done = musicai("query", "--json", "genre:jazz")
    assert json.loads(done.stdout) == []
    assert b"musicai enqueue FOLDER" in done.stderr
    assert musicai("query").stdout == b""
    done = musicai("stats", "--json")
    assert json.loads(done.stdout)["tracks"] == 0
    assert b"musicai enqueue FOLDER" in done.stderr
    assert b"neither a track nor a file" in musicai("show", "x.wav", status=3).stderr


@pytest.mark.usefixtures("collection")
def test_stats_and_show(musicai: Run) -> None:
    figures = json.loads(musicai("stats", "--json").stdout)
    assert figures["states"]["classified"] == 4
    assert "9 tracks" in musicai("stats").stdout.decode()
    shown = json.loads(musicai("show", "music:jazz/Miles Davis/So What.flac", "--json").stdout)
    assert shown["scores"] == {"jazz": 0.91, "blues": 0.06, "classical": 0.03}
    assert [*KEYS, "scores", "excerpts"] == [key for key in shown if key in (*KEYS, "scores", "excerpts")]
    text = musicai("show", "jazz/Miles Davis/So What.flac").stdout.decode()
    assert "jazz with a confidence of 0.91" in text
    assert b"\x1b" not in musicai("show", "cut.mp3").stdout


@pytest.mark.usefixtures("collection")
def test_models(musicai: Run) -> None:
    models = {model["name"]: model for model in json.loads(musicai("models", "list", "--json").stdout)}
    assert models["small"]["predictions"] == 7
    shown = json.loads(musicai("models", "show", "large-2", "--json").stdout)
    # with its history and artefacts besides
    assert {**shown, **models["large-2"]} == shown
    assert b"only its answers are left" in musicai("models", "show", "large-2").stdout
    assert b"large-2\tgone\tgone\t6" in musicai("models", "list").stdout
    assert b"there are: " in musicai("models", "show", "x", status=3).stderr


@pytest.mark.usefixtures("collection")
def test_a_word_is_said_and_asked_for(musicai: Run) -> None:
    done = musicai("correct", "--where", "artist:miles davis", "--genre", "jaz")
    assert done.stdout.decode().splitlines() == ["recorded: 1 track"]
    assert b"no model knows 'jaz' yet" in done.stderr
    assert b"did you mean 'jazz'?" in done.stderr
    assert json.loads(musicai("query", "--json", "final:jaz").stdout)[0]["title"] == "So What"
    wrong = musicai("correct", "jazz", "nowhere", "--genre", "jazz", status=3)
    assert b"nothing was written, for 1 of 2 paths" in wrong.stderr
    assert b"say what is right" in musicai("correct", "jazz", status=2).stderr


@pytest.mark.usefixtures("collection")
def test_a_review_ends_with_what_to_type(musicai: Run) -> None:
    done = musicai("review")
    assert done.stdout == b""
    assert b"Nothing is doubtful; --all" in done.stderr
    done = musicai("review", "--all", "--limit", "1")
    assert done.stdout.decode().split("\t")[1:4] == ["unknown", "music", "hum.wav"]
    assert b"musicai correct music:hum.wav --genre GENRE" in done.stderr
    playlist = musicai("review", "--all", "--format", "m3u8").stdout.decode()
    assert "/music/hum.wav" in playlist
