"""Noise of every colour, steady or in gusts; all float64, mono, shape (n,), around ±1."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Sound = NDArray[np.float64]


def coloured(random: Generator, n: int, slope: float, rate: int) -> Sound:
    """Return noise whose power falls by ``frequency ** -slope``: 0 is white, 1 pink, 2 brown, -1 blue."""
    spectrum = np.fft.rfft(random.standard_normal(n))
    frequencies = np.maximum(np.fft.rfftfreq(n, 1 / rate), 10.0)  # below 10 Hz it would only wander
    return _level(np.fft.irfft(spectrum * frequencies ** (-slope / 2), n))


def any_colour(random: Generator, n: int, rate: int) -> Sound:
    """Return noise of a random slope, from blue to darker than brown."""
    return coloured(random, n, random.uniform(-0.7, 2.6), rate)


def band(random: Generator, n: int, rate: int) -> Sound:
    """Return noise of a random band, as of a fan, of water or of a bad line."""
    low = np.exp(random.uniform(np.log(40), np.log(3000)))
    high = low * np.exp(random.uniform(0.3, 3.0))
    frequencies = np.maximum(np.fft.rfftfreq(n, 1 / rate), 1.0)
    steepness = random.uniform(2, 12)
    gain = 1 / np.sqrt(1 + (low / frequencies) ** steepness + (frequencies / high) ** steepness)
    noise = np.fft.irfft(np.fft.rfft(random.standard_normal(n)) * gain, n)
    return _level(noise) + 10 ** random.uniform(-4, -2) * random.standard_normal(n)


def gusts(random: Generator, n: int, rate: int) -> Sound:
    """Return noise that comes and goes: wind, surf, applause, passing cars."""
    knots = random.normal(0, random.uniform(0.3, 1.2), max(4, int(n / rate * random.uniform(0.3, 6))))
    swell = np.interp(np.linspace(0, len(knots) - 1, n), np.arange(len(knots)), knots)
    return any_colour(random, n, rate) * np.exp(swell)


def layers(random: Generator, n: int, rate: int) -> Sound:
    """Return several noises at once, each with its own colour or band: a street, a hall, a machine."""
    return _level(np.sum([_one(random, n, rate) for _ in range(random.integers(2, 5))], axis=0))


def wrapped(random: Generator, n: int, rate: int) -> Sound:
    """Return a random walk that leaves at one side and comes in at the other: a noisy sawtooth."""
    walk = np.cumsum(random.standard_normal(n)) * 10 ** random.uniform(-2.5, -0.5)
    sawtooth = (walk + 1) % 2 - 1
    return sawtooth + 10 ** random.uniform(-5, -2) * coloured(random, n, random.uniform(0, 2), rate)


def _one(random: Generator, n: int, rate: int) -> Sound:
    kinds = (any_colour, band, gusts)
    return random.uniform(0.1, 1) * kinds[random.integers(len(kinds))](random, n, rate)


def _level(y: Sound) -> Sound:
    levelled: Sound = y / (3 * y.std() + 1e-9)
    return levelled
