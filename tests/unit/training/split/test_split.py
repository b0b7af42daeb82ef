from pathlib import Path

import pytest

from musicai.errors import DatasetError
from musicai.training.sources import Example, open_source
from musicai.training.split import Split, list_split, read_split_file


def example(name: str, **more: str) -> Example:
    return Example(name, name.split("/", maxsplit=1)[0], Path(f"/music/{name}.flac"), **more)


EXAMPLES = tuple(map(example, ("jazz/a.1", "jazz/a.2", "jazz/live/x", "pop/a.1", "pop/b", "pop/live/x")))


def test_a_split_survives_its_file_and_its_digest_knows_only_who_stands_where(tmp_path):
    split = Split.of([["jazz/a.2", "pop/b"], ["jazz/a.1"], ["pop/a.1"]], made_by="ratio", seed=3)
    split.write(tmp_path / "deep" / "split.txt")
    again = read_split_file(tmp_path / "deep" / "split.txt")
    assert again == split
    assert again.provenance == {"made_by": "ratio", "seed": 3}
    assert Split.of([["pop/b", "jazz/a.2"], ["jazz/a.1"], ["pop/a.1"]]).digest == split.digest
    assert Split.of([["pop/b", "jazz/a.2"], ["pop/a.1"], ["jazz/a.1"]]).digest != split.digest
    assert list((tmp_path / "deep").iterdir()) == [tmp_path / "deep" / "split.txt"]


def test_names_that_are_not_utf8_survive(tmp_path):
    split = Split.of([["jazz/\udcff", "pop/é"]])
    split.write(tmp_path / "split.txt")
    assert read_split_file(tmp_path / "split.txt").train == split.train


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("train\tjazz/a\n", "first line"),
        ("# musicai split 1\n# {}\nlearn\tjazz/a\n", "line 3: train, valid, test, a tab and a name"),
        ("# musicai split 1\ntrain jazz/a\n", "line 2"),
        ("# musicai split 1\ntrain\tjazz/a\nvalid\tjazz/a\n", "train and valid; it must stand once"),
        ("# musicai split 1\ntrain\tjazz/a\ntrain\tjazz/a\n", "twice on the side train"),
        ("# musicai split 1\nvalid\tjazz/a\n", "train is empty"),
    ],
)
def test_wrong_files_are_refused_with_file_and_line(tmp_path, text, message):
    file = tmp_path / "split.txt"
    file.write_text(text)
    with pytest.raises(DatasetError, match=message) as caught:
        read_split_file(file)
    assert "split.txt" in str(caught.value)


def test_a_split_divides_examples_and_refuses_what_it_cannot_find():
    sides = Split.of([["jazz/a.1", "pop/b"], ["pop/a.1"]]).divide(EXAMPLES)
    assert [example.name for example in sides["train"]] == ["jazz/a.1", "pop/b"]
    assert sides["test"] == ()
    with pytest.raises(DatasetError, match="names 1 that the source lacks: 'rock/z'"):
        Split.of([["jazz/a.1", "rock/z"]]).divide(EXAMPLES)
    with pytest.raises(DatasetError, match="valid has genres that train lacks: 'pop'"):
        Split.of([["jazz/a.1"], ["pop/b"]]).divide(EXAMPLES)


def test_lists_name_examples_in_any_way_that_is_clear(tmp_path):
    (tmp_path / "train.txt").write_text("jazz/a.1\npop/a.1.flac\nb\n\n")
    (tmp_path / "valid.txt").write_text("a.2.flac\npop/live/x\n")
    split = list_split(EXAMPLES, {"train": tmp_path / "train.txt", "valid": tmp_path / "valid.txt"})
    assert split.train == ("jazz/a.1", "pop/a.1", "pop/b")
    assert split.valid == ("jazz/a.2", "pop/live/x")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("jazz/a.9\n", "names 1 that the source lacks: 'jazz/a.9'"),
        ("a.1\n", "may be several examples, as 'jazz/a.1', 'pop/a.1'; write the genre"),
        ("\n", "names nothing"),
        ("b\npop/b\n", "twice on the side train"),
    ],
)
def test_unclear_lists_are_refused(tmp_path, text, message):
    (tmp_path / "train.txt").write_text(text)
    with pytest.raises(DatasetError, match=message):
        list_split(EXAMPLES, {"train": tmp_path / "train.txt"})


def test_the_lists_of_the_shared_spectrograms_fit_them(shared_data):
    gtzan = shared_data / "gtzan"
    lists = {side: gtzan / "splits" / f"{side}_filtered.txt" for side in ("train", "valid")}
    split = list_split(open_source(str(gtzan / "spectrograms")).examples(), lists)
    assert (len(split.train), len(split.valid), len(split.test)) == (443, 197, 0)
