import re

import pytest
from PIL import Image

from musicai.errors import DatasetError
from musicai.training.sources import open_source
from musicai.training.sources.joined import Joined
from musicai.training.split_plan import SplitPlan
from tests.unit.audio.sounds import sweep, write


def manifest(folder, text):
    file = folder / "songs.csv"
    file.write_text(text, "utf-8")
    return file


@pytest.fixture
def folder(tmp_path):
    for name in ("a.wav", "b.wav"):
        (tmp_path / name).touch()
    Image.new("RGB", (40, 544)).save(tmp_path / "c.png")
    Image.new("L", (40, 544)).save(tmp_path / "d.png")
    return tmp_path


def test_grey_spectrograms_are_known_by_their_height(folder):
    source = open_source(str(manifest(folder, "path,genre\nd.png,jazz\n")))
    assert (source.content, source.drawn_by) == ("spectrograms", None)


def test_paths_start_at_the_manifest_and_columns_may_come_in_any_order(folder):
    elsewhere = write(folder / "deep.wav", sweep(0.1))
    file = manifest(
        folder,
        "\ufeffgenre,path,artist,note,split,group\r\n"
        'jazz,a.wav,"Simone, Nina",x,train,g1\r\n'
        "pop,./b.wav,,,test,\r\n"
        f"pop,{elsewhere},,,,\r\n",
    )
    source = open_source(str(file))
    assert (source.kind, source.content) == ("manifest", "audio")
    first, second, third = source.examples()
    assert (first.name, first.genre, first.file, first.group) == ("a", "jazz", folder / "a.wav", "g1")
    assert first.artist == "Simone, Nina"
    assert (second.name, second.group, second.artist) == ("b", None, None)
    assert third.file == elsewhere
    assert source.sides() == {"a": "train", "b": "test"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path,label\na.wav,jazz\n", "must name the columns path, genre; genre is missing"),
        ("", "path, genre is missing"),
        ("path,genre\na.wav,\n", "line 2: genre must not be empty"),
        ("path,genre\na.wav,jazz\nx.wav,jazz\n", "line 3: there is no file"),
        ("path,genre\na.wav,jazz\nb.wav,pop\na.wav,pop\n", "line 4: 'a.wav' stands already in line 2"),
        ("path,genre\nnotes.txt,jazz\n", "line 2: 'notes.txt' is neither audio nor a picture"),
        ("path,genre\na.wav,jazz\nc.png,pop\n", "lists audio and pictures"),
        ("path,genre\nc.png,pop\n", "nothing says which front end"),
        ('path,genre\n"a.wav,jazz\n', "this is no CSV"),
        ("path,genre,split\na.wav,jazz,learn\n", "line 2: split must be train, valid, test or empty"),
    ],
)
def test_wrong_manifests_are_refused_with_the_line(folder, text, message):
    with pytest.raises(DatasetError, match=re.escape(message)) as caught:
        open_source(str(manifest(folder, text))).examples()
    assert str(folder) in str(caught.value)


def test_a_manifest_without_lines_and_one_that_is_not_there(folder):
    with pytest.raises(DatasetError, match="lines below the first are wanted"):
        open_source(str(manifest(folder, "path,genre\n"))).examples()
    with pytest.raises(DatasetError, match=r"none\.csv cannot be read"):
        open_source(str(folder / "none.csv"))


def test_sides_of_several_manifests_hold_together_and_those_of_some_are_refused(folder):
    (folder / "more").mkdir()
    (folder / "more" / "z.wav").touch()
    one = open_source(str(manifest(folder, "path,genre,split\na.wav,jazz,train\nb.wav,pop,test\n")))
    other = open_source(str(manifest(folder / "more", "path,genre,split\nz.wav,pop,train\n")))
    joined = Joined([one, other])
    split = SplitPlan().split(joined, joined.examples())
    assert (split.train, split.test) == (("1/a", "2/z"), ("1/b",))
    assert split.provenance["manifest"] == "songs.csv, songs.csv"
    silent = open_source(str(manifest(folder / "more", "path,genre\nz.wav,pop\n")))
    torn = Joined([one, silent])
    with pytest.raises(DatasetError, match="says no sides of a split"):
        SplitPlan().split(torn, torn.examples())
