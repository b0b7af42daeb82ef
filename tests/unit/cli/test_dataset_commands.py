"""`musicai dataset` end to end: real files, real child processes."""

import json
import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from musicai.cli import cli
from musicai.cli.dataset_tables import print_leaks, print_statistics
from musicai.errors import ConfigError, DatasetError
from musicai.training.split import read_split_file
from tests.unit.audio.sounds import sweep, write


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("MUSICAI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MUSICAI_HOME", str(tmp_path / "home"))


def run(*arguments, status=0):
    outcome = CliRunner().invoke(cli, ["dataset", *map(str, arguments)], catch_exceptions=False)
    assert outcome.exit_code == status, outcome.output
    return outcome.stdout


def answer(*arguments, status=0):
    return json.loads(run(*arguments, "--json", status=status))


@pytest.fixture
def audio(tmp_path):
    """Two genres of four short tracks; one of jazz stands in pop too."""
    for genre in ("jazz", "pop"):
        (tmp_path / "audio" / genre).mkdir(parents=True)
        for number in range(4):
            seed = 0 if number == 0 else number + (10 if genre == "pop" else 0)
            write(tmp_path / "audio" / genre / f"{number}.wav", sweep(1.5, 22_050, seed=seed), 22_050)
    return tmp_path / "audio"


def test_from_audio_to_pictures_to_a_split(audio, tmp_path, capsys):
    pictures, small = tmp_path / "pictures", tmp_path / "small"
    done = answer("images", audio, pictures, "--size", "60x40", "--colormap", "tide")
    assert done == {"folder": str(pictures), "made": 8, "kept": 0, "unreadable": []}
    assert answer("transform", pictures, small, "--size", 16)["made"] == 8
    figures = answer("stats", small)
    print_statistics(figures)
    assert capsys.readouterr().out.startswith("Channel\tMean\tDeviation\nred\t")
    assert (figures["pictures"], figures["size"], len(figures["mean"])) == (8, [16, 16], 3)
    split = answer("split", small, tmp_path / "split.txt", "--ratio", "0.5/0.5", "--seed", 3)
    assert split["sides"] == {"train": 4, "valid": 4, "test": 0}
    assert split["genres"]["jazz"] == {"train": 2, "valid": 2, "test": 0}
    assert read_split_file(tmp_path / "split.txt").digest == split["digest"]
    assert "jazz" in run("check", small)


def test_a_leak_is_named_and_can_be_refused(audio, tmp_path, capsys):
    (tmp_path / "train.txt").write_text("jazz/0\njazz/1\npop/1\n")
    (tmp_path / "test.txt").write_text("pop/0\n")
    lists = ("--train", tmp_path / "train.txt", "--test", tmp_path / "test.txt")
    assert answer("split", audio, tmp_path / "split.txt", *lists)["left_out"] == 4
    found = answer("leaks", audio, tmp_path / "split.txt", "--strict", status=DatasetError.exit_status)
    assert [leak["names"] for leak in found["leaks"]] == [{"train": ["jazz/0"], "test": ["pop/0"]}]
    assert found["counts"] == {"audio_hash": 1, "sound": 0, "artist": 0}
    print_leaks(found)
    assert "the same sound train: jazz/0; test: pop/0" in capsys.readouterr().out


def test_a_manifest_may_say_who_stands_where(audio, tmp_path):
    rows = [
        f"audio/{g}/{n}.wav,{g},{'train' if n < 2 else 'test'}" for g in ("jazz", "pop") for n in range(4)
    ]
    (tmp_path / "songs.csv").write_text("\n".join(["path,genre,split", *rows]))
    made = answer("split", tmp_path / "songs.csv", tmp_path / "split.txt")
    assert (made["sides"], made["provenance"]["made_by"]) == (
        {"train": 4, "valid": 0, "test": 4},
        "manifest",
    )
    with pytest.raises(ConfigError, match="says who stands where: leave --seed out"):
        run("split", tmp_path / "songs.csv", tmp_path / "other.txt", "--seed", 3)
    made = answer("split", tmp_path / "songs.csv", tmp_path / "split.txt", "--ratio", "0.5/0.5")
    assert made["sides"] == {"train": 4, "valid": 4, "test": 0}


def test_names_that_are_not_utf8_go_all_the_way(audio, tmp_path):
    strange = os.fsencode(audio / "jazz") + b"/\xff.wav"
    (audio / "jazz" / "1.wav").rename(os.fsdecode(strange))
    Path(os.fsdecode(strange) + "x.wav").touch()
    assert answer("check", audio, "--read", status=DatasetError.exit_status)["classes"]["jazz"] == 5
    out = tmp_path / "out"
    done = answer("images", audio, out, "--size", "9x9", status=DatasetError.exit_status)
    assert (done["made"], [one["name"] for one in done["unreadable"]]) == (8, ["jazz/\ufffd.wavx"])
    assert len(run("images", audio, out, "--size", "9x9", "--skip-unreadable").splitlines()) == 2
    answer("split", out, tmp_path / "split.txt", "--ratio", "0.5/0.5")
    assert answer("leaks", out, tmp_path / "split.txt")["looked_at"]["sound"] == 8


def test_a_genre_that_a_side_lacks_is_said(audio, tmp_path):
    (audio / "rock").mkdir()
    for number in (1, 2):
        shutil.copyfile(audio / "pop" / f"{number}.wav", audio / "rock" / f"{number}.wav")
    said = run("split", audio, tmp_path / "split.txt", "--ratio", "0.5/0.25/0.25")
    assert "warning: no file of rock on the side" in said


def test_folds_are_files_of_their_own(audio, tmp_path):
    made = answer("split", audio, tmp_path / "fold.txt", "--folds", 4)
    assert [view["file"] for view in made] == [str(tmp_path / f"fold.{k}.txt") for k in range(1, 5)]
    assert all(view["sides"] == {"train": 6, "valid": 2, "test": 0} for view in made)


def test_a_check_says_everything_that_is_wrong_at_once(audio, tmp_path):
    (audio / "folk").mkdir()
    (audio / "rock").mkdir()
    (audio / "rock" / "torn.wav").write_bytes(b"RIFF")
    found = answer("check", audio, "--read", status=DatasetError.exit_status)
    assert found["classes"] == {"jazz": 4, "pop": 4, "rock": 1, "folk": 0}
    assert [one["name"] for one in found["unreadable"]] == ["rock/torn"]
    empty, alone, torn = found["problems"]
    assert "there is no file of the genre 'folk'" in empty
    assert "the genre 'rock' has only one file" in alone
    assert "torn.wav" in torn


def test_unreadable_audio_is_listed_at_the_end(audio, tmp_path):
    (audio / "pop" / "torn.wav").write_bytes(b"RIFF")
    out = tmp_path / "out"
    text = run("images", audio, out, "--size", "24x24", status=DatasetError.exit_status)
    assert "8 pictures made" in text
    assert "cannot be read: " in text.splitlines()[-1]
    again = answer("images", audio, out, "--size", "24x24", "--skip-unreadable")
    assert (again["made"], again["kept"], len(again["unreadable"])) == (0, 8, 1)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("images", "{audio}", "{out}", "--size", "big"), ConfigError, "must look like 432x288"),
        (("images", "{audio}", "{out}", "--colormap", "jet"), ConfigError, "there are ember, tide, grey"),
        (
            ("images", "{audio}", "{out}", "--front-end", "mine"),
            ConfigError,
            "there is no front end 'mine'",
        ),
        (("images", "{out}", "{audio}"), DatasetError, "cannot be read: No such file"),
        (("split", "{audio}", "{out}", "--ratio", "most"), ConfigError, "must look like 0.8/0.1/0.1"),
        (("split", "{audio}", "{out}", "--group", "artist"), DatasetError, "no example has an artist"),
        (
            ("split", "{audio}", "{out}", "--train", "{out}", "--seed", "3"),
            ConfigError,
            "leave --ratio, --seed",
        ),
        (("leaks", "{audio}", "{out}"), DatasetError, "the split .* cannot be read"),
        (("check", "catalogue:confidence:high"), Exception, "confidence"),
    ],
)
def test_what_cannot_be_done_is_said(audio, tmp_path, arguments, error, message):
    words = [word.format(audio=audio, out=tmp_path / "out") for word in arguments]
    with pytest.raises(error, match=message):
        run(*words)
