"""Broken music by the thousand: small files, each broken in one of a dozen ways."""

import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

RATE = 8_000
_SAMPLES = round(1.5 * RATE)


def sound(chance: np.random.Generator, form: str = "WAV") -> bytes:
    """Return one and a half seconds that nothing else sounds like."""
    tune = np.sin(np.arange(_SAMPLES) * chance.uniform(0.05, 0.5)) * 0.3
    file = io.BytesIO()
    soundfile.write(file, tune + 0.05 * chance.standard_normal(_SAMPLES), RATE, format=form)
    return file.getvalue()


def _silence() -> bytes:
    file = io.BytesIO()
    soundfile.write(file, np.zeros(_SAMPLES), RATE, format="WAV")
    return file.getvalue()


def _claiming(wav: bytes, seconds: int) -> bytes:
    at = wav.index(b"data") + 4
    return wav[:at] + struct.pack("<I", seconds * 2 * RATE) + wav[at + 4 :]


def _no_rate(wav: bytes) -> bytes:
    return wav[:24] + struct.pack("<I", 60_000_000) + wav[28:]


# extension, code, content
BREAKAGE: tuple[tuple[str, str, Callable[[np.random.Generator], bytes]], ...] = (
    ("mp3", "empty", lambda chance: b""),
    ("wav", "truncated", lambda chance: sound(chance)[:20_000]),
    ("flac", "truncated", lambda chance: sound(chance, "FLAC")[:-2500]),
    ("mp3", "not_audio", lambda chance: b"no sound, only words " * 60 + chance.bytes(8)),
    ("m4a", "not_audio", lambda chance: chance.bytes(5000)),
    ("flac", "corrupt", lambda chance: b"fLaC" + bytes(4000) + chance.bytes(8)),
    ("ogg", "corrupt", lambda chance: b"OggS" + bytes(4000) + chance.bytes(8)),
    ("wav", "silent", lambda chance: _silence() + chance.bytes(8)),
    ("wav", "too_short", lambda chance: _claiming(sound(chance)[: 44 + RATE], 0)[:4000]),
    ("wav", "too_large", lambda chance: _claiming(sound(chance), 250_000)),
    ("wav", "corrupt", lambda chance: _no_rate(sound(chance))),
    ("mp3", "not_audio", lambda chance: b"ID3\x03\0\0\0\0\x07\x76" + bytes(1014) + chance.bytes(8)),
)


def write_broken_library(folder: Path, count: int) -> dict[str, str]:
    """Write so many files, each third of them broken; return the codes of those by their names."""
    codes: dict[str, str] = {}
    for number in range(count):
        chance = np.random.default_rng(number)
        album = folder / f"album {number // 50:03}"
        album.mkdir(parents=True, exist_ok=True)
        if number % 3:
            (album / f"{number:05}.wav").write_bytes(sound(chance))
            continue
        extension, code, content = BREAKAGE[number // 3 % len(BREAKAGE)]
        file = album / f"{number:05}.{extension}"
        file.write_bytes(content(chance))
        codes[str(file.relative_to(folder))] = code
    return codes
