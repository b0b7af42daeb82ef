"""What networks eat: spectrograms, or pictures that are the same from sound and from a shared image."""

from dataclasses import replace

import numpy as np
import pytest
import soundfile as sf
from PIL import Image

from musicai.audio.colours import table
from musicai.audio.network_input import as_input, input_from_pixels, network_input
from musicai.audio.spectrogram import compute
from musicai.errors import ModelError
from musicai.front_end import COLORMAPS, GTZAN_FRONT_END, REPORT_FRONT_END, FrontEnd

PICTURES = replace(GTZAN_FRONT_END, picture_size=64)


def tone(seconds, hz=220.0):
    t = np.arange(int(seconds * 22_050)) / 22_050
    noise = np.random.default_rng(0).standard_normal(len(t))
    return (0.3 * np.sin(2 * np.pi * hz * t) + 0.001 * noise).astype(np.float32)


def test_without_a_picture_size_the_network_sees_the_spectrogram():
    y = tone(3)
    np.testing.assert_array_equal(network_input(y, GTZAN_FRONT_END), compute(y, GTZAN_FRONT_END))


@pytest.mark.parametrize("front_end", [PICTURES, replace(REPORT_FRONT_END, picture_size=64)])
def test_low_frequencies_are_at_the_bottom(front_end):
    picture = network_input(tone(30), front_end)
    assert picture.shape == (3, 64, 64)
    assert picture.dtype == np.uint8
    brightest = picture.sum(axis=(0, 2), dtype=np.int64).argmax()
    assert brightest > 50


def test_the_picture_is_in_the_colours_of_its_map():
    picture = network_input(tone(30), replace(PICTURES, colormap="tide"))
    colours = {tuple(colour) for colour in picture.reshape(3, -1).T}
    assert colours <= {tuple(colour) for colour in table("tide")}
    assert len(colours) > 50


def test_a_short_excerpt_is_repeated_and_not_stretched():
    spectrogram = np.random.default_rng(1).standard_normal((80, 86)).astype(np.float32)
    np.testing.assert_array_equal(
        as_input(spectrogram, PICTURES), as_input(np.tile(spectrogram, 4), PICTURES)
    )


def test_sound_and_shared_image_give_the_same_picture(shared_data):
    front_end = replace(PICTURES, n_mels=128)
    for clip in sorted((shared_data / "gtzan" / "audio").glob("*/*.flac"))[::12]:
        y, sr = sf.read(clip, dtype="float32")
        image = shared_data / "gtzan" / "spectrograms" / clip.parent.name / f"{clip.stem}.png"
        heard = network_input(y[: 30 * sr], front_end).astype(int)
        seen = input_from_pixels(np.asarray(Image.open(image)), front_end).astype(int)
        assert np.abs(heard - seen).mean() < 1.5, clip.name


def test_the_settings_of_pictures_change_no_digest_of_others():
    assert "picture_size" not in GTZAN_FRONT_END.to_json()
    assert FrontEnd.from_json(PICTURES.to_json()) == PICTURES
    assert len({GTZAN_FRONT_END.digest, PICTURES.digest, replace(PICTURES, colormap="grey").digest}) == 3


@pytest.mark.parametrize("size", [0, -64, 5000, 64.0, True, "64"])
def test_a_picture_size_that_is_none_is_refused(size):
    with pytest.raises(ModelError, match="picture_size"):
        replace(PICTURES, picture_size=size)


def test_an_unknown_colour_map_is_refused():
    with pytest.raises(ModelError, match="ember"):
        replace(PICTURES, colormap="viridis")
    for colormap in COLORMAPS:
        assert table(colormap).shape == (256, 3)
