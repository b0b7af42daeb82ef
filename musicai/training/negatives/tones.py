"""Tones, hum, sweeps, beeps, clicks and silence; all float64, mono, shape (n,), around ±1."""

from collections.abc import Iterable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from musicai.training.negatives.noises import coloured

Sound = NDArray[np.float64]


def steady(random: Generator, n: int, rate: int) -> Sound:
    """Return one to three tones that never change."""
    t = np.arange(n) / rate
    return _sum(_wave(random, _frequency(random) * t) for _ in range(random.integers(1, 4)))


def hum(random: Generator, n: int, rate: int) -> Sound:
    """Return mains hum, or the whine of a machine: many harmonics that hardly move."""
    base = random.choice([50.0, 60.0, 100.0, 120.0, random.uniform(30, 400)])
    drift = np.cumsum(random.standard_normal(n)) * 1e-6 * random.uniform(0, 5)
    phase = 2 * np.pi * (base * np.arange(n) / rate + drift * base)
    fall = random.uniform(0.3, 1.5)
    harmonics = range(1, int(min(40, rate / 2 / base)))
    return _sum(np.sin(k * phase + random.uniform(0, 6.3)) * k**-fall for k in harmonics)


def sweep(random: Generator, n: int, rate: int) -> Sound:
    """Return a tone that glides up or down, once or again and again: a test signal, a siren."""
    turns = random.choice([0.5, random.uniform(1, 60)])
    at = (np.arange(n) / n * turns) % 1.0
    at = at if random.random() < 0.5 else 1 - np.abs(2 * at - 1)
    low, high = np.sort(np.exp(random.uniform(np.log(60), np.log(9000), 2)))
    pitch = low * (high / low) ** at if random.random() < 0.6 else low + (high - low) * at
    return _wave(random, np.cumsum(pitch) / rate)


def beeps(random: Generator, n: int, rate: int) -> Sound:
    """Return a tone switched on and off: a telephone, an alarm, Morse code."""
    t = np.arange(n) / rate
    per_s, share = np.exp(random.uniform(np.log(0.3), np.log(12))), random.uniform(0.05, 0.8)
    on = (t * per_s) % 1.0 < share
    if random.random() < 0.4:
        on &= random.random(int(n / rate * per_s) + 2)[(t * per_s).astype(int)] < 0.6
    switched: Sound = _wave(random, _frequency(random) * t) * on
    return switched


def chirps(random: Generator, n: int, rate: int) -> Sound:
    """Return short whistles with pauses, as of birds and insects."""
    y = np.zeros(n)
    base, spread = np.exp(random.uniform(np.log(1200), np.log(7000))), random.uniform(0.02, 0.5)
    at = 0
    while at < n:
        length = int(rate * random.uniform(0.03, 0.6))
        glide = base * np.exp(spread * random.standard_normal(8))
        pitch = np.interp(np.linspace(0, 7, length), np.arange(8), glide)
        call = np.sin(2 * np.pi * np.cumsum(np.minimum(pitch, rate * 0.45)) / rate) * np.hanning(length)
        y[at : at + length] += call[: n - at] * random.uniform(0.2, 1)
        at += length + int(rate * random.exponential(random.uniform(0.03, 2)))
    return y


def clicks(random: Generator, n: int, rate: int) -> Sound:
    """Return clicks, at even or at random times, dry or ringing: a metronome, a crackle, rain."""
    y = np.zeros(n)
    per_s = np.exp(random.uniform(np.log(0.5), np.log(80)))
    if random.random() < 0.5:
        y[:: max(1, int(rate / per_s))] = 1.0
    else:
        y[random.random(n) < per_s / rate] = 1.0
        y *= np.exp(random.normal(0, 0.8, n))
    length = max(2, int(rate * 10 ** random.uniform(-4, -1.2)))
    ring = (
        random.standard_normal(length)
        if random.random() < 0.6
        else np.sin(np.arange(length) * random.uniform(0.05, 2))
    )
    return np.convolve(y, ring * np.exp(-np.arange(length) * 5 / length))[:n]


def silence(random: Generator, n: int, rate: int) -> Sound:
    """Return nothing, or next to it: the last bit of 16, a faint hiss, a knock in the dark."""
    y = 10 ** random.uniform(-5, -3) * coloured(random, n, random.uniform(0, 2), rate)
    if random.random() < 0.3:
        y = np.round(y * 32768) / 32768
    if random.random() < 0.3:
        at = random.integers(n)
        y[at : at + rate // 20] += 10 ** random.uniform(-3, -1)
    return y


def _frequency(random: Generator) -> float:
    return float(np.exp(random.uniform(np.log(40), np.log(9000))))


def _wave(random: Generator, turns: Sound) -> Sound:
    """Return a sine, a square or a sawtooth."""
    kind = random.integers(4)
    if kind == 0:
        return np.sign(np.sin(2 * np.pi * turns)) * 0.7
    if kind == 1:
        return 2 * (turns % 1.0) - 1
    return np.sin(2 * np.pi * turns)


def _sum(parts: Iterable[Sound]) -> Sound:
    y: Sound = np.sum(list(parts), axis=0)
    peak: float = np.abs(y).max() + 1e-9
    return y / peak
