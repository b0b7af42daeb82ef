"""Music for tests: short clips that differ from one another, written with real encoders."""

from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

RATE = 22_050


def clip(seed: int, duration_s: float = 2.0) -> NDArray[np.float32]:
    """Return a small tune over noise; another seed gives another sound."""
    chance = np.random.default_rng(seed)
    t = np.arange(int(duration_s * RATE)) / RATE
    notes = chance.choice([220.0, 261.6, 329.6, 392.0, 440.0, 523.3], size=int(duration_s * 4) + 1)
    tune = np.sin(2 * np.pi * notes[(t * 4).astype(int)] * t) * np.exp(-4 * (t * 4 % 1))
    y = 0.4 * tune + 0.05 * chance.standard_normal(len(t))
    return y.astype(np.float32)


def write_library(folder: Path, count: int, duration_s: float = 2.0) -> list[Path]:
    """Write `count` different clips in folders of twenty."""
    paths = []
    for seed in range(count):
        path = folder / f"album {seed // 20:02}" / f"{seed:04}.flac"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, clip(seed, duration_s), RATE)
        paths.append(path)
    return paths
