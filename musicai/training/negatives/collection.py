"""A collection of sounds that are no music, as the front end shows them."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from musicai.audio.spectrogram import compute
from musicai.front_end import FrontEnd
from musicai.training.negatives import noises, tones
from musicai.training.negatives.mixtures import mixture
from musicai.training.negatives.recordings import recorded_voices
from musicai.training.negatives.rooms import recorded
from musicai.training.negatives.speech import voices

Maker = Callable[[Generator, int, int], NDArray[np.float64]]

SHARES: Mapping[str, tuple[Maker, int]] = {
    "voices": (voices, 12),
    "any colour": (noises.any_colour, 4),
    "band": (noises.band, 3),
    "gusts": (noises.gusts, 3),
    "layers": (noises.layers, 2),
    "wrapped walk": (noises.wrapped, 2),
    "steady": (tones.steady, 2),
    "hum": (tones.hum, 2),
    "sweep": (tones.sweep, 6),
    "beeps": (tones.beeps, 2),
    "chirps": (tones.chirps, 3),
    "clicks": (tones.clicks, 3),
    "silence": (tones.silence, 2),
    "mixture": (mixture, 4),
    "recorded voices": (recorded_voices, 10),
}
"""What is made, and in what proportion: speech most, because music (rap) is nearest to it."""


def make(count: int, seed: int, front_end: FrontEnd) -> tuple[NDArray[np.float32], list[str]]:
    """Return spectrograms of `count` sounds, shape (count, n_mels, frames), and the kind of each.

    The same seed gives the same sounds, with the same versions of espeak-ng and of the announcements.
    """
    makers = [name for name, (_, share) in SHARES.items() for _ in range(share)]
    kinds = [makers[number % len(makers)] for number in range(count)]
    seeds = np.random.SeedSequence(seed).spawn(count)
    clips = [_clip(kind, np.random.default_rng(s), front_end) for kind, s in zip(kinds, seeds, strict=True)]
    return np.stack(clips), kinds


def _clip(kind: str, random: Generator, front_end: FrontEnd) -> NDArray[np.float32]:
    rate = front_end.sample_rate
    y = SHARES[kind][0](random, int(rate * front_end.excerpt_s), rate)
    if kind != "silence" and random.random() < 0.7:
        y = recorded(random, y, rate)
    return compute(np.clip(y, -1, 1).astype(np.float32), front_end)
