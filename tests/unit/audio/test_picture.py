"""The picture of a spectrogram: size, orientation, colours."""

import numpy as np
import pytest

from musicai.audio.colours import oklab, table
from musicai.audio.picture import REPORT_SIZE, picture
from musicai.errors import ConfigError
from musicai.front_end import COLORMAPS


def ramp(bands: int = 128, frames: int = 1292) -> np.ndarray:
    return np.linspace(-80, 0, bands, dtype=np.float32)[:, None].repeat(frames, axis=1)


@pytest.mark.parametrize("colormap", COLORMAPS)
def test_lightness_rises_evenly_through_every_map(colormap: str) -> None:
    colours = table(colormap)
    lightness = np.array([oklab(f"#{r:02x}{g:02x}{b:02x}")[0] for r, g, b in colours])
    assert colours.shape == (256, 3)
    assert (np.diff(lightness) > -0.004).all()
    assert lightness[0] < 0.15
    assert lightness[-1] > 0.95


def test_low_frequencies_are_at_the_bottom_and_the_size_is_as_asked() -> None:
    image = picture(ramp(), REPORT_SIZE)
    assert image.mode == "RGB"
    assert image.size == REPORT_SIZE
    assert image.getpixel((200, 287)) == tuple(table("ember")[0])
    assert image.getpixel((200, 0)) == tuple(table("ember")[255])


def test_without_a_size_every_value_is_a_pixel_of_its_colour() -> None:
    values = np.random.default_rng(0).integers(0, 256, (20, 30)).astype(np.float32)
    image = np.asarray(picture(values, colormap="tide", span=(0, 255)))
    np.testing.assert_array_equal(image, table("tide")[values.astype(int)][::-1])


def test_time_runs_to_the_right() -> None:
    values = np.zeros((10, 100), np.float32)
    values[:, 80:] = 1
    image = np.asarray(picture(values, (50, 10), "grey"))
    assert image[:, :35].max() == 0
    assert image[:, 42:].min() == 255


@pytest.mark.parametrize("value", [0.0, np.nan, -np.inf, 1e30])
def test_silence_and_nonsense_give_a_picture(value: float) -> None:
    assert picture(np.full((8, 8), value, np.float32), (16, 16)).size == (16, 16)


def test_an_unknown_map_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match="'jet'"):
        picture(ramp(), colormap="jet")
