"""Write a small folder of music that a program played: for the tutorial, and for the picture of the README.

``python docs/examples/songs.py FOLDER`` -- the same sound every time, free of anybody's rights.
"""

import sys
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import fftconvolve

Wave = NDArray[np.float64]
RATE = 22_050
_chance = np.random.default_rng(7)


def _time(duration_s: float) -> Wave:
    return np.arange(round(duration_s * RATE)) / RATE


def _hertz(note: int) -> float:
    return float(440 * 2 ** ((note - 69) / 12))


def _saw(note: int, duration_s: float) -> Wave:
    return 2 * (_time(duration_s) * _hertz(note) % 1) - 1


def _kick(duration_s: float) -> Wave:
    t = _time(duration_s)
    return np.sin(2 * np.pi * (50 * t + 8 * (1 - np.exp(-30 * t)))) * np.exp(-9 * t)


def _hiss(duration_s: float, decay: float) -> Wave:
    t = _time(duration_s)
    return 0.3 * np.diff(_chance.standard_normal(len(t)), prepend=0) * np.exp(-decay * t)


def _cabinet(sound: Wave) -> Wave:
    """Return a sound as a loudspeaker in a box plays it: dull above 2 kHz."""
    spectrum = np.fft.rfft(sound)
    hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
    return np.fft.irfft(spectrum / (1 + (hertz / 2000) ** 2), len(sound))


def _sequence(steps: list[Wave]) -> Wave:
    return np.concatenate(steps)


def _bow(note: int, duration_s: float) -> Wave:
    """Return a bowed string: harmonics that swell and tremble."""
    t = _time(duration_s)
    phase = 2 * np.pi * _hertz(note) * (t + 0.0004 * np.sin(2 * np.pi * 5.5 * t))
    swell = np.minimum(1, 8 * t) * np.minimum(1, 8 * (duration_s - t))
    return swell * np.sum([np.sin(k * phase) / k**1.6 for k in range(1, 12)], axis=0)


def _hall(sound: Wave, duration_s: float = 2.0) -> Wave:
    """Return a sound with the echo of a hall behind it."""
    t = _time(duration_s)
    echo = fftconvolve(sound, _chance.standard_normal(len(t)) * np.exp(-4 * t))[: len(sound)]
    return sound / np.abs(sound).max() + 0.6 * echo / np.abs(echo).max()


def waltz(bars: int) -> Wave:
    """Return a song of strings in three, in a hall."""
    roots = [48, 53, 55, 48, 45, 50, 43, 48]
    tune = [76, 74, 72, 77, 76, 74, 79, 77, 74, 76, 72, 67, 72, 71, 69, 74, 72, 69, 71, 74, 79, 72, 67, 64]
    beat_s = 0.5
    steps = []
    for bar in range(bars):
        root = roots[bar % 8]
        third = 15 if root in (45, 50) else 16
        under = _bow(root, 3 * beat_s) + 0.4 * (
            _bow(root + third, 3 * beat_s) + _bow(root + 19, 3 * beat_s)
        )
        over = _sequence([_bow(tune[(3 * bar + beat) % 24], beat_s) for beat in range(3)])
        steps.append(under + over)
    return _hall(_sequence(steps))


def machine(bars: int) -> Wave:
    """Return a drum machine under a bass line."""
    step_s = 60 / 124 / 4
    line = [33, 33, 45, 33, 36, 36, 48, 36, 31, 31, 43, 31, 38, 38, 50, 38]
    steps = []
    for step in range(16 * bars):
        sound = 0.25 * _saw(line[step % 16], step_s) * np.exp(-6 * _time(step_s))
        sound += 0.12 * _hiss(step_s, 8 if step % 4 == 2 else 50)
        sound += _kick(step_s) if step % 4 == 0 else 0
        sound += 0.4 * _hiss(step_s, 14) if step % 8 == 4 else 0
        steps.append(sound)
    return _cabinet(_sequence(steps)) + 0.1 * _sequence([_hiss(step_s, 30) for _ in steps])


def wall(bars: int) -> Wave:
    """Return power chords through a crunching amplifier, and drums as fast as they go."""
    step_s = 60 / 180 / 2
    riff = [40, 40, 43, 40, 46, 45, 40, 40]
    steps = []
    for step in range(8 * bars):
        root = riff[step % 8]
        chord = _saw(root, step_s) + _saw(root + 7, step_s) + _saw(root + 12, step_s)
        drum = _kick(step_s) if step % 2 == 0 else 4 * _hiss(step_s, 18)
        steps.append(np.tanh(6 * chord) + drum)
    return _cabinet(_sequence(steps)) + 0.15 * _sequence([_hiss(step_s, 12) for _ in steps])


def _level(sound: Wave) -> Wave:
    return sound / np.abs(sound).max()


def write(path: Path, sound: Wave) -> None:
    """Write a song at half of full scale."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, 0.5 * _level(sound), RATE)


def main(folder: Path) -> None:
    """Write the songs, and two files that are none."""
    write(folder / "Strings" / "Waltz.flac", waltz(24))
    write(folder / "Machines" / "Four on the Floor.ogg", machine(16))
    write(folder / "Machines" / "Wall.mp3", wall(24))
    write(folder / "Suite.flac", _sequence([_level(part) for part in (waltz(26), machine(20), waltz(26))]))
    (folder / "Strings" / "notes.txt").write_text("Three beats to the bar.\n")
    (folder / "Strings" / "cover.jpg").write_bytes(b"\xff\xd8\xff\xe0not really")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
