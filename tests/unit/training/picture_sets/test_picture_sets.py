import os
from dataclasses import replace

import numpy as np
import pytest
from mutagen.flac import FLAC
from PIL import Image

from musicai.audio.picture import picture
from musicai.audio.spectrogram import compute
from musicai.audio.track import open_track
from musicai.errors import DatasetError
from musicai.front_end import REPORT_FRONT_END
from musicai.training.loading import load
from musicai.training.picture_sets.drawing import draw_set
from musicai.training.picture_sets.picture_set import SetReport
from musicai.training.picture_sets.statistics import picture_statistics
from musicai.training.picture_sets.transforming import transform_set
from musicai.training.sources import open_source
from musicai.training.sources.drawn_by import DrawnBy
from musicai.training.sources.folders import AudioFolder
from tests.unit.audio.sounds import sweep, write

FRONT_END = replace(REPORT_FRONT_END, excerpt_s=2.0)
DRAWN_BY = DrawnBy(FRONT_END, "ember", (48, 32))


def draw(source, out, drawn_by=DRAWN_BY, **more):
    return draw_set(AudioFolder(source), out, drawn_by, max_duration_s=3600, **more)


@pytest.fixture
def audio(tmp_path):
    """Three tracks by class, one with an artist, one longer than an excerpt."""
    for number, (name, seconds) in enumerate((("jazz/a.b", 2.0), ("jazz/long", 9.0), ("pop/c", 2.0))):
        (tmp_path / "audio" / name).parent.mkdir(parents=True, exist_ok=True)
        write(tmp_path / "audio" / f"{name}.flac", sweep(seconds, 22_050, seed=number), 22_050)
    tags = FLAC(tmp_path / "audio" / "jazz" / "a.b.flac")
    tags["artist"] = "Björk 音"
    tags.save()
    return tmp_path / "audio"


def test_every_track_becomes_a_picture_of_its_name_that_knows_what_it_shows(audio, tmp_path):
    out = tmp_path / "out"
    assert draw(audio, out) == SetReport(made=3, kept=0)
    source = open_source(str(out))
    assert source.drawn_by == DRAWN_BY
    first, *others = source.examples()
    assert [e.name for e in (first, *others)] == ["jazz/a.b", "jazz/long", "pop/c"]
    with open_track(audio / "jazz" / "a.b.flac", max_duration_s=60) as track:
        (excerpt,) = track.excerpts(22_050, 2.0)
        assert (first.artist, first.audio_hash) == ("Björk 音", track.audio_hash())
    expected = picture(compute(excerpt.y, FRONT_END), (48, 32), "ember")
    with Image.open(out / "jazz" / "a.b.png") as drawn:
        assert np.array_equal(np.asarray(drawn), np.asarray(expected))


def test_pictures_are_near_what_a_model_sees_of_the_audio(audio, tmp_path):
    draw(audio, tmp_path / "out", replace(DRAWN_BY, size=(64, 64)))
    pictures, sound = open_source(str(tmp_path / "out")), open_source(str(audio))
    seen = pictures.drawn_by.seen_as()
    of_file = load(pictures, pictures.examples(), seen).data.spectrograms
    heard = load(sound, sound.examples(), seen).data
    middle = [0, 2, 4]  # the long track has three excerpts, and the middle one was drawn
    assert np.array_equal(of_file, heard.spectrograms[middle])


def test_a_run_that_broke_off_goes_on_and_draws_what_changed(audio, tmp_path):
    out = tmp_path / "out"
    draw(audio, out)
    (out / "pop" / "c.png").rename(out / "pop" / "c.png.part")  # as a kill leaves it
    stamp = (out / "jazz" / "long.png").stat().st_mtime_ns
    assert draw(audio, out) == SetReport(made=1, kept=2)
    assert not list(out.rglob("*.part"))
    assert (out / "jazz" / "long.png").stat().st_mtime_ns == stamp
    later = stamp + 10**10
    os.utime(audio / "jazz" / "a.b.flac", ns=(later, later))
    assert draw(audio, out) == SetReport(made=1, kept=2)


def test_other_settings_are_refused_until_all_is_made_anew(audio, tmp_path):
    out, other = tmp_path / "out", replace(DRAWN_BY, colormap="grey")
    draw(audio, out)
    with pytest.raises(DatasetError, match="was made with other settings"):
        draw(audio, out, other)
    assert open_source(str(out)).drawn_by == DRAWN_BY
    assert draw(audio, out, other, force=True) == SetReport(made=3, kept=0)
    with Image.open(out / "pop" / "c.png") as image:
        assert image.mode == "L"
    # a forced run that broke off: the settings are the new ones already, a picture is not
    draw(audio, tmp_path / "old")
    (tmp_path / "old" / "pop" / "c.png").replace(out / "pop" / "c.png")
    with pytest.raises(DatasetError, match=r"c\.png was made with other settings"):
        draw(audio, out, other)
    (audio / "pop" / "d.flac").write_bytes((audio / "pop" / "c.flac").read_bytes())
    (audio / "pop" / "c.flac").unlink()
    with pytest.raises(DatasetError, match="belong to no file of the source"):
        draw(audio, out, force=True)


def test_unreadable_audio_is_named_and_leaves_nothing_behind(audio, tmp_path):
    (audio / "pop" / "torn.wav").write_bytes(b"RIFF\0\0\0\0WAVE")
    done = draw(audio, tmp_path / "out")
    assert (done.made, [one.name for one in done.unreadable]) == (3, ["pop/torn"])
    assert not list((tmp_path / "out").rglob("torn*"))


@pytest.mark.parametrize("where", ["pictures", "."])
def test_pictures_do_not_go_into_what_they_are_drawn_from(audio, where):
    with pytest.raises(DatasetError, match="would be taken for a genre"):
        draw(audio, audio / where)


def test_a_folder_that_cannot_be_written(audio, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DatasetError, match="cannot be written"):
        draw(audio, tmp_path / "file" / "out")


def plot(file, mode="RGB", border=(255, 255, 255)):
    """A picture as plotting programs save it: the spectrogram inside a wide border."""
    file.parent.mkdir(parents=True, exist_ok=True)
    inside = np.random.default_rng(0).integers(0, 200, (30, 40, 3), dtype=np.uint8)
    whole = np.full((50, 70, 3), border, dtype=np.uint8)
    whole[8:38, 12:52] = inside
    Image.fromarray(whole).convert(mode).save(file)
    return Image.fromarray(inside)


def test_a_white_border_is_cut_off_and_the_rest_resized(tmp_path):
    inside = plot(tmp_path / "plots" / "jazz" / "a.png")
    plot(tmp_path / "plots" / "pop" / "b.png", "L")
    assert transform_set(tmp_path / "plots", tmp_path / "out", 16) == SetReport(made=2, kept=0)
    with Image.open(tmp_path / "out" / "jazz" / "a.png") as image:
        expected = inside.resize((16, 16), Image.Resampling.BILINEAR)
        assert np.array_equal(np.asarray(image), np.asarray(expected))
    with Image.open(tmp_path / "out" / "pop" / "b.png") as image:
        assert (image.mode, image.size) == ("L", (16, 16))
    assert transform_set(tmp_path / "plots", tmp_path / "out", 16) == SetReport(made=0, kept=2)
    with pytest.raises(DatasetError, match="made with other settings"):
        transform_set(tmp_path / "plots", tmp_path / "out", 24)


def test_a_spectrogram_that_is_light_at_one_side_loses_nothing(tmp_path):
    pixels = np.full((32, 32), 100, dtype=np.uint8)
    pixels[-6:] = 255  # a loud bass
    (tmp_path / "in" / "jazz").mkdir(parents=True)
    Image.fromarray(pixels).save(tmp_path / "in" / "jazz" / "a.png")
    transform_set(tmp_path / "in", tmp_path / "out", 32)
    with Image.open(tmp_path / "out" / "jazz" / "a.png") as image:
        assert np.array_equal(np.asarray(image), pixels)


def test_what_drew_the_pictures_is_carried_over(audio, tmp_path):
    draw(audio, tmp_path / "drawn")
    transform_set(tmp_path / "drawn", tmp_path / "out", 24)
    source = open_source(str(tmp_path / "out"))
    assert source.drawn_by == replace(DRAWN_BY, size=(24, 24))
    assert source.examples()[0].artist == "Björk 音"
    assert source.drawn_by.seen_as().picture_size == 24


def test_bad_pictures_are_named(tmp_path):
    plot(tmp_path / "in" / "jazz" / "a.png")
    (tmp_path / "in" / "jazz" / "text.png").write_text("no picture")
    Image.new("RGB", (20, 20), "white").save(tmp_path / "in" / "jazz" / "white.png")
    done = transform_set(tmp_path / "in", tmp_path / "out", 16)
    assert {one.name: one.reason for one in done.unreadable} == {
        "jazz/text": "it is no picture",
        "jazz/white": "it is white all over",
    }
    with pytest.raises(DatasetError, match="8 to 1024 pixels, not 0"):
        transform_set(tmp_path / "in", tmp_path / "other", 0)


def test_statistics_are_those_of_all_pixels(tmp_path):
    pixels = np.random.default_rng(1).integers(0, 256, (5, 12, 10, 3), dtype=np.uint8)
    for number, one in enumerate(pixels):
        (tmp_path / f"genre {number % 2}").mkdir(exist_ok=True)
        Image.fromarray(one).save(tmp_path / f"genre {number % 2}" / f"{number}.png")
    found = picture_statistics(tmp_path)
    levels = pixels / 255
    assert found.mean == pytest.approx(levels.mean(axis=(0, 1, 2)), abs=1e-6)
    assert found.std == pytest.approx(levels.std(axis=(0, 1, 2)), abs=1e-6)
    assert (found.pictures, found.size) == (5, (10, 12))
    Image.new("RGB", (11, 12)).save(tmp_path / "genre 1" / "wide.png")
    with pytest.raises(DatasetError, match=r"wide\.png is 11 x 12 pixels and the first picture 10 x 12"):
        picture_statistics(tmp_path)
    (tmp_path / "genre 1" / "wide.png").write_text("no picture")
    with pytest.raises(DatasetError, match=r"wide\.png: it is no picture"):
        picture_statistics(tmp_path)
    with pytest.raises(DatasetError, match="has no pictures"):
        picture_statistics(tmp_path / "genre 0")
