"""What a decoder's claims and samples must be like to be called sound."""

import numpy as np

from musicai.audio.reader import LEAST_RATE, MOST_CHANNELS, MOST_RATE, Mono, Reader
from musicai.errors import CorruptError, TooLargeError, TooShortError

LEAST_DURATION_S = 1.0
SILENCE = 1e-4
"""Peak at full scale 1 below which a stretch is digital silence: three steps of 16 bits (dither)."""
_BLOCK = 1 << 14
_LOUDEST = 1e9
"""Float files may exceed full scale; beyond this their spectrum overflows, and the numbers are no sound."""


def check_claims(reader: Reader, max_duration_s: float) -> None:
    """Raise CorruptError, TooLargeError or TooShortError by what the header says."""
    facts = reader.facts
    if not LEAST_RATE <= facts.sample_rate <= MOST_RATE or not 0 < facts.channels <= MOST_CHANNELS:
        raise CorruptError(f"{facts.channels} channels at {facts.sample_rate} Hz cannot be true")
    if facts.duration_s > max_duration_s:
        raise TooLargeError(
            f"the file claims {facts.duration_s / 3600:.1f} hours; {max_duration_s / 3600:.1f} are allowed"
        )
    if facts.duration_s < LEAST_DURATION_S:
        raise TooShortError(
            f"{facts.duration_s:.2f} s of sound; at least {LEAST_DURATION_S:.0f} s are needed"
        )


def check_numbers(mono: Mono) -> None:
    """Raise CorruptError for samples that no recording has."""
    with np.errstate(over="ignore"):
        if float(np.dot(mono, mono)) < _LOUDEST:  # one fast look; only strange files need the exact one
            return
    if not abs(float(mono.max())) + abs(float(mono.min())) < _LOUDEST:
        raise CorruptError("samples are not numbers, or far beyond full scale")


def is_silent(mono: Mono) -> bool:
    """Tell digital silence. Sound is told from its first moments, without a look at the rest."""
    parts = (mono[at : at + _BLOCK] for at in range(0, len(mono), _BLOCK))
    return all(max(float(part.max()), -float(part.min())) < SILENCE for part in parts)
