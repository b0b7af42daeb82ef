"""Reading voices, made by espeak-ng: many languages, voices, speeds and pitches."""

import io
import shutil
import subprocess

import numpy as np
import soundfile
import soxr
from numpy.random import Generator
from numpy.typing import NDArray

from musicai.errors import ConfigError

Sound = NDArray[np.float64]

_LANGUAGES = """
    en-gb en-us en-gb-scotland en-gb-x-rp en-029 de fr-fr es es-419 it pt pt-br nl sv nb da fi pl cs sk hu
    ro ru uk el tr ar fa hi bn ta te sw id ms vi cmn ko cy ga eu ca hr lt lv et is af la eo
""".split()  # noqa: SIM905  # a list literal of words takes a page
_VOICES = """
    m1 m2 m3 m4 m5 m6 m7 m8 f1 f2 f3 f4 f5 klatt klatt2 klatt3 klatt4 croak whisper
""".split()  # noqa: SIM905
_SENTENCES = (
    "The train to the coast leaves at a quarter past seven from the second platform.",
    "He counted the coins on the table, one after another, and found that two were missing.",
    "In the spring the river rises above the lower meadows and carries away the fences.",
    "What did she say when you told her about the letter?",
    "Mix the flour with a little water, then add the eggs, and let it rest for an hour.",
    "There had been no rain for three weeks, and the dust lay thick upon the road.",
    "The committee will meet again on Thursday; until then, nothing has been decided.",
    "My grandfather kept bees behind the house, and he never wore gloves.",
    "Press the green button twice, wait for the light, and close the door.",
    "It was late. The lamps were out, and somebody was walking slowly up the stairs.",
    "A thousand ships, they say; but I have seen the harbour, and it holds forty.",
    "Good evening. Here is the weather: cloudy in the north, bright intervals in the south.",
    "If both sides of the equation are divided by four, the answer follows at once.",
    "She laughed, put down her book, and asked whether anyone wanted tea.",
    "The old road runs along the ridge, past the quarry, and down to the mill.",
    "Nobody knew who had painted the picture, or why it hung in that room.",
)


def voices(random: Generator, n: int, rate: int) -> Sound:
    """Return speech, shape (n,): one who reads, two who talk, or several at once.

    Raises
    ------
    ConfigError: espeak-ng is not installed, or cannot speak.
    """
    kind = random.random()
    if kind < 0.7:
        return _reader(random, n, rate)
    if kind < 0.85:
        turns = [_reader(random, n // 3, rate) for _ in range(2)]
        y = np.concatenate([turns[i % 2][i * n // 12 :][: n // 6] for i in range(6)])
        return np.pad(y, (0, max(0, n - len(y))))[:n]
    crowd = [_reader(random, n, rate) * random.uniform(0.3, 1) for _ in range(random.integers(2, 5))]
    together: Sound = np.sum(crowd, axis=0) / 2
    return together


def _reader(random: Generator, n: int, rate: int) -> Sound:
    voice = str(random.choice(_LANGUAGES)) + (
        "+" + str(random.choice(_VOICES)) if random.random() < 0.8 else ""
    )
    options = {
        "-v": voice,
        "-s": str(random.integers(110, 220)),  # words per minute
        "-p": str(random.integers(10, 90)),
        "-g": str(random.choice([0, 0, 5, 20])),  # pauses between words, in 10 ms
    }
    parts: list[Sound] = []
    while sum(len(part) for part in parts) < n:
        text = " ".join(_SENTENCES[i] for i in random.permutation(len(_SENTENCES)))
        parts += [_speak(text, options, rate), np.zeros(int(rate * random.uniform(0.1, 1.5)))]
    y = np.concatenate(parts)
    start = random.integers(0, len(y) - n + 1)
    return y[start : start + n]


def _speak(text: str, options: dict[str, str], rate: int) -> Sound:
    program = shutil.which("espeak-ng")
    if program is None:
        raise ConfigError(
            "training against speech needs the program espeak-ng, which is not installed; "
            "on Debian `apt-get install espeak-ng` brings it"
        )
    words = [part for option in options.items() for part in option]
    done = subprocess.run([program, *words, "--stdout", text], capture_output=True, check=False)
    if done.returncode or len(done.stdout) < 1000:
        raise ConfigError(
            f"espeak-ng cannot speak as {options['-v']}: {done.stderr.decode(errors='replace')}"
        )
    y, its_rate = soundfile.read(io.BytesIO(done.stdout))
    spoken: Sound = soxr.resample(y, its_rate, rate) if its_rate != rate else y
    return spoken
