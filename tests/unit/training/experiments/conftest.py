import numpy as np
import pytest
from PIL import Image

from musicai.audio.bands import measured_bins

SECONDS = 6
EXPERIMENTS = """
name = "sounds"

[front_end]
excerpt_s = 6.0
picture_size = 32

[[experiment]]
network = "lenet_color"
epochs = 12
batch = 12
rate = 0.02
out_channels = 4
jitter = 0.33
dropout = 0.2
batch_norm_1d = true
reported_train = 0.9
reported_test = 0.8

[[experiment]]
network = "mini_alexnet"
epochs = 2
batch = 12
out_channels = 4
limit = {low = 5}
"""


def sound(genre: str, seed: int) -> np.ndarray:
    """Six seconds of a low tone, a high tone, or pulses, in noise."""
    random = np.random.default_rng(seed)
    t = np.arange(SECONDS * 22_050) / 22_050
    tone = {"low": 150, "high": 6000, "pulse": 1500}[genre] * random.uniform(0.9, 1.1)
    y = 0.3 * np.sin(2 * np.pi * tone * t) + 0.01 * random.standard_normal(len(t))
    if genre == "pulse":
        y *= (t * 2) % 1 < 0.3
    return y.astype(np.float32)


def grey(y: np.ndarray) -> np.ndarray:
    """The spectrogram as the shared images are made: dB, min-max scaled, 544 rows, high ones on top."""
    frames = np.lib.stride_tricks.sliding_window_view(y, 2048)[::1920] * np.hanning(2048)
    db = 10 * np.log10(np.abs(np.fft.rfft(frames, axis=1)[:, measured_bins()]) ** 2 + 1e-9).T
    return np.round(255 * (db - db.min()) / np.ptp(db)).astype(np.uint8)[::-1]


@pytest.fixture(scope="session")
def grey_folder(tmp_path_factory):
    """Thirty grey spectrograms of three genres that can be heard."""
    folder = tmp_path_factory.mktemp("grey")
    for number in range(30):
        genre = ("high", "low", "pulse")[number % 3]
        (folder / genre).mkdir(exist_ok=True)
        Image.fromarray(grey(sound(genre, number))).save(folder / genre / f"{genre}.{number:05}.png")
    return folder


@pytest.fixture
def experiments_file(tmp_path):
    file = tmp_path / "sounds.toml"
    file.write_text(EXPERIMENTS)
    return file
