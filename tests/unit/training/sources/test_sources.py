import json
import re

import pytest
from mutagen.flac import FLAC
from PIL import Image

from musicai.errors import ConfigError, DatasetError
from musicai.front_end import GTZAN_FRONT_END, REPORT_FRONT_END
from musicai.training.sources import Example, open_source, parse_source
from musicai.training.sources.drawn_by import DrawnBy
from musicai.training.sources.source import digest
from tests.unit.audio.sounds import sweep, write


def grey(file, size=(40, 544), mode="L"):
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size).save(file, "PNG")
    return file


def sound(file):
    file.parent.mkdir(parents=True, exist_ok=True)
    return write(file, sweep(0.1))


def test_audio_by_class_with_albums_as_groups_and_artists_from_tags(tmp_path):
    sound(tmp_path / "jazz" / "b.wav")
    tagged = FLAC(sound(tmp_path / "jazz" / "Album" / "a.1.flac"))
    tagged["artist"] = "Nina Simone"
    tagged.save()
    sound(tmp_path / "pop" / "c.wav")
    (tmp_path / "pop" / "cover.jpg").touch()
    (tmp_path / "pop" / ".hidden.wav").touch()
    (tmp_path / "readme.txt").touch()
    source = open_source(str(tmp_path))
    assert str(source) == f"audio:{tmp_path}"
    first, second, third = source.examples()
    assert first == Example(
        "jazz/Album/a.1", "jazz", tmp_path / "jazz" / "Album" / "a.1.flac", "jazz/Album", "Nina Simone"
    )
    assert (second.name, second.group, third.name) == ("jazz/b", None, "pop/c")
    assert source.listing().ignored == 1


def test_the_digest_follows_names_genres_and_contents_and_not_the_place(tmp_path):
    for place in ("one", "two"):
        sound(tmp_path / place / "jazz" / "a.wav")
        sound(tmp_path / place / "pop" / "b.wav")
    one, two = (digest(open_source(str(tmp_path / place)).examples()) for place in ("one", "two"))
    assert one == two
    assert len(one) == 64
    write(tmp_path / "two" / "pop" / "b.wav", sweep(0.1, seed=1))
    assert digest(open_source(str(tmp_path / "two")).examples()) != one


def test_bare_folders_are_taken_for_what_they_hold(tmp_path):
    grey(tmp_path / "grey" / "jazz" / "a.png")
    assert open_source(str(tmp_path / "grey")).kind == "spectrograms"
    grey(tmp_path / "rgb" / "jazz" / "a.png", (432, 288), "RGB")
    (tmp_path / "rgb" / "front_end.json").write_text(
        json.dumps(DrawnBy(REPORT_FRONT_END, "tide", (432, 288)).to_json())
    )
    source = open_source(str(tmp_path / "rgb"))
    assert source.kind == "pictures"
    assert source.drawn_by == DrawnBy(REPORT_FRONT_END, "tide", (432, 288))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["jazz/a.png", "jazz/b.wav"], "holds audio (b.wav) and pictures (a.png): say audio:"),
        (["jazz/cover/notes.jpeg.gz"], "no subfolders with audio or pictures"),
        (["a.wav"], "no subfolders with audio or pictures"),
    ],
)
def test_folders_that_tell_nothing_or_two_things_are_refused(tmp_path, files, message):
    for name in files:
        (sound if name.endswith("wav") else grey)(tmp_path / name)
    with pytest.raises(DatasetError, match=re.escape(message)):
        open_source(str(tmp_path))


def test_pictures_that_could_be_either_are_refused(tmp_path):
    grey(tmp_path / "jazz" / "a.png", (128, 128))
    with pytest.raises(DatasetError, match="may hold pictures or spectrograms"):
        open_source(str(tmp_path))


def test_pictures_need_a_front_end_that_is_said_once(tmp_path):
    grey(tmp_path / "jazz" / "a.png", (128, 128), "RGB")
    with pytest.raises(DatasetError, match="nothing says which front end drew the pictures"):
        open_source(f"pictures:{tmp_path}")
    assert open_source(f"pictures:{tmp_path}", front_end=REPORT_FRONT_END).drawn_by.size is None
    (tmp_path / "front_end.json").write_text(json.dumps(GTZAN_FRONT_END.to_json()))
    assert open_source(f"pictures:{tmp_path}").drawn_by.front_end == GTZAN_FRONT_END
    with pytest.raises(DatasetError, match="another front end drew the pictures"):
        open_source(f"pictures:{tmp_path}", front_end=REPORT_FRONT_END)
    for damaged in ("[]", "{", '{"front_end": {"n_mels": "many"}}', '{"bands": 3}'):
        (tmp_path / "front_end.json").write_text(damaged)
        with pytest.raises(DatasetError, match=r"front_end\.json holds no"):
            open_source(f"pictures:{tmp_path}")


def test_an_empty_class_and_no_class_are_refused(tmp_path):
    with pytest.raises(DatasetError, match=r"there is no genre in 'audio:.*': one subfolder per genre"):
        open_source(f"audio:{tmp_path}").examples()
    sound(tmp_path / "jazz" / "a.wav")
    (tmp_path / "pop").mkdir()
    source = open_source(f"audio:{tmp_path}")
    assert source.listing().empty == ("pop",)
    with pytest.raises(
        DatasetError, match=r"there is no file of the genre 'pop' in audio:.*; fill or delete"
    ):
        source.examples()


def test_two_files_of_one_name_are_refused(tmp_path):
    sound(tmp_path / "jazz" / "a.wav")
    sound(tmp_path / "jazz" / "a.flac")
    with pytest.raises(DatasetError, match="have one name, 'jazz/a'; keep one"):
        open_source(f"audio:{tmp_path}").examples()


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "a source is wanted"), ("audio:", "names no place"), ("video:/x", "no kind of source 'video'")],
)
def test_texts_that_are_no_source(text, message):
    with pytest.raises(ConfigError, match=message):
        parse_source(text)


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(DatasetError, match="there is no folder"):
        open_source(str(tmp_path / "none"))
