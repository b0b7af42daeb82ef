import json
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from musicai.cache.folder import CacheFolder
from musicai.cache.spectrograms import SpectrogramCache
from musicai.errors import DatasetError, ModelError
from musicai.front_end import GTZAN_FRONT_END, REPORT_FRONT_END
from musicai.training.loading import LoadOptions, load, load_sides
from musicai.training.loading.parallel import in_parallel
from musicai.training.sources import open_source
from musicai.training.sources.drawn_by import DrawnBy
from tests.unit.audio.sounds import sweep, write
from tests.waiting import PATIENCE_S

SHORT = replace(GTZAN_FRONT_END, excerpt_s=2.0)
SEEN = replace(REPORT_FRONT_END, picture_size=24, colormap="tide")


def grey(file, seed, size=(40, 544)):
    file.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0]), dtype=np.uint8)
    Image.fromarray(pixels).save(file)


def drawn(folder, size=(48, 32)):
    """Two classes of pictures and what drew them."""
    for number, name in enumerate(("jazz/a", "jazz/b", "pop/c")):
        grey(folder / f"{name}.png", number, size)
    made_by = DrawnBy(REPORT_FRONT_END, "tide", size)
    (folder / "front_end.json").write_text(json.dumps(made_by.to_json()))
    return open_source(str(folder))


@pytest.fixture
def songs(tmp_path):
    """A long, a short and a stereo track by class."""
    for name, seconds, rate in (
        ("jazz/long", 9.0, 22_050),
        ("jazz/short", 1.1, 44_100),
        ("pop/b", 2.5, 32_000),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write(tmp_path / f"{name}.wav", sweep(seconds, rate), rate)
    return open_source(str(tmp_path))


def test_audio_gives_the_excerpts_that_the_product_hears_all_of_one_shape(songs):
    seen: list[tuple[int, int]] = []
    loaded = load(
        songs, songs.examples(), SHORT, options=LoadOptions(report=lambda *done: seen.append(done))
    )
    data = loaded.data
    assert data.ids == ("jazz/long",) * 3 + ("jazz/short", "pop/b")
    assert data.tracks.tolist() == [0, 0, 0, 1, 2]
    assert data.labels.tolist() == [0, 0, 0, 0, 1]
    assert data.genres == ("jazz", "pop")
    assert data.spectrograms.shape == (5, 80, 22)
    assert data.spectrograms.dtype == np.float32
    # what is short is repeated and not stretched
    assert np.array_equal(data.spectrograms[3][:, :10], data.spectrograms[3][:, 12:])
    assert all(example.audio_hash for example in loaded.examples)
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_a_front_end_of_pictures_gives_pictures(songs):
    seen = replace(SHORT, picture_size=32)
    data = load(songs, songs.examples(), seen, ("pop", "jazz")).data
    assert (data.spectrograms.shape, data.spectrograms.dtype) == ((5, 3, 32, 32), np.uint8)
    assert data.labels.tolist() == [1, 1, 1, 1, 0]


def test_what_was_heard_once_is_not_decoded_again_and_looks_the_same(songs, tmp_path_factory):
    home = tmp_path_factory.mktemp("cache")
    options = LoadOptions(cache=SpectrogramCache(CacheFolder(home, 50_000_000)))
    first = load(songs, songs.examples(), SHORT, options=options)
    for example in first.examples:
        remember = example.file.read_bytes()
        example.file.write_bytes(remember)  # another time of modification, the same bytes
    again = load(songs, songs.examples(), SHORT, options=options)
    assert np.array_equal(first.data.spectrograms, again.data.spectrograms)
    assert first.examples == again.examples
    bare = load(songs, songs.examples(), SHORT)
    assert first.examples == bare.examples
    assert np.allclose(first.data.spectrograms, bare.data.spectrograms, atol=0.05)
    # a person's word about this sound: no file is needed
    full = load(songs, first.examples, GTZAN_FRONT_END, options=options)
    gone = [replace(example, file=example.file.with_name("gone.wav")) for example in first.examples]
    assert np.array_equal(
        load(songs, gone, GTZAN_FRONT_END, options=options).data.spectrograms, full.data.spectrograms
    )
    # which says nothing of what lies between the excerpts that it was made of
    with pytest.raises(DatasetError, match="3 files cannot be read"):
        load(songs, gone, SHORT, options=options)


def test_whoever_stops_a_run_does_not_wait_for_all_files():
    begun, stopped = [], threading.Event()

    def read(item: int) -> None:
        begun.append(item)
        if item:  # the others take their time, and the first of them until it is stopped
            stopped.wait(PATIENCE_S)
            time.sleep(0.1)

    def stop(done: int, of: int) -> None:
        stopped.set()
        raise DatasetError(f"stopped after {done} of {of}")

    with pytest.raises(DatasetError, match="stopped after 1 of 1000"):
        in_parallel(read, range(1000), stop)
    assert len(begun) < 500


def test_a_file_with_another_sound_than_the_one_that_was_meant_is_not_learnt_from(songs):
    wrong = [replace(example, audio_hash="a1:" + 32 * "0") for example in songs.examples()]
    with pytest.raises(DatasetError, match="another sound than the one whose genre was said"):
        load(songs, wrong, SHORT)


def test_all_unreadable_files_are_named_and_can_be_skipped(songs, tmp_path):
    (tmp_path / "jazz" / "empty.wav").touch()
    (tmp_path / "pop" / "text.mp3").write_text("no sound")
    with pytest.raises(DatasetError, match="2 files cannot be read") as caught:
        load(songs, songs.examples(), SHORT)
    assert "empty.wav: " in str(caught.value)
    assert "text.mp3: " in str(caught.value)
    loaded = load(songs, songs.examples(), SHORT, options=LoadOptions(skip_unreadable=True))
    assert [one.name for one in loaded.unreadable] == ["jazz/empty", "pop/text"]
    assert [example.name for example in loaded.examples] == ["jazz/long", "jazz/short", "pop/b"]
    assert loaded.data.tracks.tolist() == [0, 0, 0, 1, 2]


def test_what_cannot_be_read_is_named_for_all_sides_at_once(songs, tmp_path):
    (tmp_path / "jazz" / "empty.wav").touch()
    (tmp_path / "pop" / "text.mp3").write_text("no sound")
    examples = songs.examples()
    sides = {
        "train": [e for e in examples if e.genre == "jazz"],
        "valid": [e for e in examples if e.genre == "pop"],
        "test": [],
    }
    with pytest.raises(DatasetError, match=r"2 files cannot be read(.|\n)*empty\.wav: (.|\n)*text\.mp3: "):
        load_sides(songs, sides, SHORT, ("jazz", "pop"))
    only = {**sides, "valid": [e for e in sides["valid"] if e.name == "pop/text"]}
    with pytest.raises(DatasetError, match=r"2 files cannot be read(.|\n)*empty\.wav: (.|\n)*text\.mp3: "):
        load_sides(songs, only, SHORT, ("jazz", "pop"))
    with pytest.raises(DatasetError, match=r"nothing of .* can be loaded: 1 file cannot be read"):
        load_sides(songs, only, SHORT, ("jazz", "pop"), LoadOptions(skip_unreadable=True))
    loaded = load_sides(songs, sides, SHORT, ("jazz", "pop"), LoadOptions(skip_unreadable=True))
    assert {side: [one.name for one in part.unreadable] for side, part in loaded.items()} == {
        "train": ["jazz/empty"],
        "valid": ["pop/text"],
    }


def test_when_nothing_can_be_read_there_is_nothing_to_skip_to(tmp_path):
    for genre in ("jazz", "pop"):
        (tmp_path / genre).mkdir()
        (tmp_path / genre / "a.wav").touch()
    source = open_source(str(tmp_path))
    with pytest.raises(DatasetError, match="can be loaded: 2 files cannot be read"):
        load(source, source.examples(), SHORT, options=LoadOptions(skip_unreadable=True))


def test_a_genre_that_the_model_does_not_know(songs):
    with pytest.raises(DatasetError, match="the genres 'pop' are none of the model's: 'jazz', 'rock'"):
        load(songs, songs.examples(), SHORT, ("jazz", "rock"))


def test_spectrograms_must_be_as_high_as_the_shared_ones(tmp_path):
    grey(tmp_path / "jazz" / "a.png", 1)
    grey(tmp_path / "jazz" / "flat.png", 1, size=(40, 100))
    (tmp_path / "jazz" / "text.png").write_text("no picture")
    content = (tmp_path / "jazz" / "a.png").read_bytes()
    (tmp_path / "jazz" / "torn.png").write_bytes(content[: len(content) // 2])
    source = open_source(f"spectrograms:{tmp_path}")
    with pytest.raises(DatasetError) as caught:
        load(source, source.examples(), SHORT)
    text = str(caught.value)
    assert "flat.png: it is 40 x 100 pixels; spectrograms are 544 high" in text
    assert "text.png: it is no picture" in text
    assert "torn.png: it is damaged" in text
    kept = load(source, source.examples(), SHORT, options=LoadOptions(skip_unreadable=True))
    assert kept.data.spectrograms.shape == (1, 80, 22)
    with pytest.raises(ModelError, match="cannot be computed"):
        load(source, source.examples(), REPORT_FRONT_END)


def test_pictures_are_read_in_the_size_that_the_network_sees(tmp_path):
    source = drawn(tmp_path)
    data = load(source, source.examples(), SEEN).data
    assert (data.spectrograms.shape, data.spectrograms.dtype) == ((3, 3, 24, 24), np.uint8)
    same = drawn(tmp_path / "square", (24, 24))
    assert same.drawn_by.seen_as() == SEEN
    with Image.open(tmp_path / "square" / "jazz" / "a.png") as image:
        exact = np.asarray(image.convert("RGB")).transpose(2, 0, 1)
    assert np.array_equal(load(same, same.examples(), SEEN).data.spectrograms[0], exact)


@pytest.mark.parametrize(
    ("front_end", "message"),
    [
        (REPORT_FRONT_END, "cannot be turned back into spectrograms"),
        (replace(SEEN, colormap="ember"), "by another front end, or in another colour map"),
        (replace(SEEN, n_mels=64), "by another front end, or in another colour map"),
    ],
)
def test_pictures_are_not_read_for_a_network_that_sees_others(tmp_path, front_end, message):
    source = drawn(tmp_path)
    with pytest.raises(DatasetError, match=message):
        load(source, source.examples(), front_end)
