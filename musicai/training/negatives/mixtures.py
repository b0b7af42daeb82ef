"""Several sounds that are no music at once, or by turns: a machine and a siren, rain and a telephone."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from musicai.training.negatives import noises, tones

Sound = NDArray[np.float64]

_PARTS = (
    noises.any_colour,
    noises.band,
    noises.gusts,
    noises.wrapped,
    tones.steady,
    tones.hum,
    tones.sweep,
    tones.beeps,
    tones.chirps,
    tones.clicks,
)


def mixture(random: Generator, n: int, rate: int) -> Sound:
    """Return two or three sounds, each there all the time or coming and going, shape (n,)."""
    chosen = random.choice(len(_PARTS), size=random.integers(2, 4), replace=False)
    y: Sound = np.sum([_heard(random, _PARTS[k](random, n, rate), rate) for k in chosen], axis=0)
    peak: float = np.abs(y).max() + 1e-9
    return y / peak


def _heard(random: Generator, y: Sound, rate: int) -> Sound:
    loud: Sound = y / (np.abs(y).max() + 1e-9) * 10 ** random.uniform(-1.2, 0)
    if random.random() < 0.6:
        return loud
    knots = max(4, int(len(y) / rate * random.uniform(0.1, 1.5)))
    there = np.interp(np.linspace(0, knots - 1, len(y)), np.arange(knots), random.random(knots) < 0.5)
    return loud * there
