"""Real voices: the announcements of a telephone exchange that Debian distributes.

Synthesised voices alone do not teach what speech is: a network that knew only espeak-ng's took most real
speech for hip-hop. The packages asterisk-core-sounds-fr-g722, -it-g722 and -ru-g722 hold three speakers
(June Wallack, CC-BY-SA 3.0; Carlo Flora and Maxim Topal, CC-BY 3.0). Those of the English and the
Spanish packages, by another speaker, are left out: what was learned can be tried on them.
"""

from functools import cache
from pathlib import Path

import av
import numpy as np
import soxr
from numpy.random import Generator
from numpy.typing import NDArray

from musicai.errors import ConfigError

Sound = NDArray[np.float64]

_SOUNDS = Path("/usr/share/asterisk/sounds")
_SPEAKERS = ("fr_CA_f_June", "it_IT_m_Carlo", "ru_RU_f_IvrvoiceRU")
_RATE = 16_000
_FASTEST = 0.2  # also the pitch and the size of the speaker change by that


def recorded_voices(random: Generator, n: int, rate: int) -> Sound:
    """Return announcements one after the other with pauses, shape (n,), as if of many speakers.

    Raises
    ------
    ConfigError: the announcements are not installed.
    """
    files = _announcements(str(random.choice(_SPEAKERS)))
    speed = random.uniform(1 - _FASTEST, 1 + _FASTEST)
    wanted = int(n / rate * _RATE * speed) + _RATE
    parts: list[Sound] = []
    while sum(len(part) for part in parts) < wanted:
        pause = np.zeros(int(_RATE * random.uniform(0.05, 0.8)))
        parts += [_decoded(files[random.integers(len(files))]), pause]
    spoken: Sound = soxr.resample(np.concatenate(parts), _RATE * speed, rate)[:n]
    return spoken


@cache
def _announcements(speaker: str) -> tuple[Path, ...]:
    files = tuple(sorted((_SOUNDS / speaker).rglob("*.g722")))
    if not files:
        raise ConfigError(
            f"training against speech needs the recordings of {speaker}; on Debian "
            "`apt-get install asterisk-core-sounds-{fr,it,ru}-g722` brings them"
        )
    return files


def _decoded(file: Path) -> Sound:
    with av.open(str(file), format="g722") as container:
        frames = [frame.to_ndarray().ravel() for frame in container.decode(audio=0)]
    return np.concatenate(frames).astype(np.float64) / 32768 if frames else np.zeros(0)
