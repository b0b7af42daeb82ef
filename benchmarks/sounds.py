"""The sound that benchmarks listen to: synthesised, unless real files are named."""

from pathlib import Path

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

CLIP_RATE = 22_050
TRACK_RATE = 44_100
_NOTES = (220.0, 261.6, 329.6, 392.0, 440.0, 523.3, 659.3)


def tune(seed: int, duration_s: float, rate: int) -> NDArray[np.float32]:
    """Return a plucked tune over noise, float32 mono of shape (n,); another seed is another sound."""
    chance = np.random.default_rng(seed)
    t = np.arange(int(duration_s * rate)) / rate
    y = 0.05 * chance.standard_normal(len(t))
    for harmonic in (1, 2, 3):
        notes = chance.choice(_NOTES, size=int(duration_s * 4) + 1)
        y += 0.3 / harmonic * np.sin(2 * np.pi * harmonic * notes[(t * 4).astype(int)] * t)
    return (y * np.exp(-2 * (t * 4 % 1))).astype(np.float32)


def write_clip(path: Path, seed: int = 0) -> Path:
    """Write 30 s of mono sound, 16 bits at 22.05 kHz, in the format that the suffix names."""
    soundfile.write(path, tune(seed, 30.0, CLIP_RATE), CLIP_RATE, subtype="PCM_16")
    return path


def write_mp3(path: Path, duration_s: float, seed: int = 0) -> Path:
    """Write stereo sound at 44.1 kHz as MP3 of 192 kbit/s."""
    left, right = (tune(seed + channel, duration_s, TRACK_RATE) for channel in (0, 1))
    samples = np.stack([left, right])  # (channels, frames)
    with av.open(str(path), "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=TRACK_RATE, layout="stereo", bit_rate=192_000)
        for at in range(0, samples.shape[1], 1152):
            block = np.ascontiguousarray(samples[:, at : at + 1152])
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            frame.sample_rate = TRACK_RATE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
