"""What happens to a sound between its source and the file: a room, a line, an equaliser, noise."""

import numpy as np
import soxr
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from musicai.training.negatives.noises import any_colour

Sound = NDArray[np.float64]


def recorded(random: Generator, y: Sound, rate: int) -> Sound:
    """Return the sound as a microphone and a file may keep it, peak 0.02 to 1."""
    if random.random() < 0.5:
        y = _in_room(random, y, rate)
    if random.random() < 0.6:
        y = _equalised(random, y, rate)
    if random.random() < 0.8:
        snr_db = random.uniform(8, 60)
        y = y + (y.std() + 1e-9) * 10 ** (-snr_db / 20) * 3 * any_colour(random, len(y), rate)
    if random.random() < 0.3:
        y = _at_low_rate(y, int(random.choice([8_000, 11_025, 16_000])), rate)
    kept: Sound = y / (np.abs(y).max() + 1e-6) * 10 ** random.uniform(-1.7, 0)
    return kept


def _in_room(random: Generator, y: Sound, rate: int) -> Sound:
    decay_s = np.exp(random.uniform(np.log(0.08), np.log(1.5)))
    n = int(rate * decay_s)
    tail = random.standard_normal(n) * np.exp(-6.9 * np.arange(n) / n) * random.uniform(0.02, 0.3)
    tail[0] = 1.0
    return fftconvolve(y, tail)[: len(y)]  # type: ignore[no-any-return]


def _equalised(random: Generator, y: Sound, rate: int) -> Sound:
    points = random.normal(0, 6, 7)  # dB
    frequencies = np.fft.rfftfreq(len(y), 1 / rate)
    octaves = np.log2(np.maximum(frequencies, 40) / 40)
    gain_db = np.interp(octaves, np.linspace(0, np.log2(rate / 80), 7), points)
    return np.fft.irfft(np.fft.rfft(y) * 10 ** (gain_db / 20), len(y))


def _at_low_rate(y: Sound, low: int, rate: int) -> Sound:
    back: Sound = soxr.resample(soxr.resample(y, rate, low), low, rate)[: len(y)]
    return np.pad(back, (0, len(y) - len(back)))
