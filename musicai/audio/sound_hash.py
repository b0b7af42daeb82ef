"""Which sound a track holds: a hash over decoded samples, blind to tags, padding and file names."""

import numpy as np
import xxhash

from musicai.audio.reader import Facts, Mono

EXCERPT_S = 30.0
"""The canonical windows are the default excerpts of this length, whatever a model asks for."""
VERSION = "a1"
"""Changes when the windows or what is hashed change. Within one version, values agree on machines of one
kind; decoders of lossy formats may round differently on another processor family."""


class SoundHash:
    """Takes the canonical windows in order, one after the other."""

    def __init__(self, facts: Facts, frames: int) -> None:
        self._state = xxhash.xxh3_128(f"{frames} {facts.sample_rate} {facts.channels}".encode())

    def add(self, mono: Mono) -> None:
        """Take one window at the track's own rate, float32 of shape (n,)."""
        self._state.update(np.ascontiguousarray(mono, np.float32).data)

    @property
    def value(self) -> str:
        """Thirty-five characters: version, colon, 128 bits in hexadecimal."""
        return f"{VERSION}:{self._state.hexdigest()}"
