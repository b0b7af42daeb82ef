"""How often a model's answer survives what happens to music on its way to a listener.

    python -m benchmarks.robustness ../shared/data/gtzan/audio [MODEL_FOLDER] [--list LIST] \
        [--tracks ../shared/data/library]

Takes FLAC clips of 30 s at the rate of the model (those that a split list names), changes each in memory,
compares the answers. A model is too sure of clips that it was trained on: give one that was not, and the
list. A clip of 30 s that is shifted by half keeps half of its music, or is compared by 20 s that share 10;
in longer tracks the excerpt itself moves by half its length. `musicai.models.inference` answers; nothing
of the queue takes part.
"""

import argparse
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile as sf
import soxr

from benchmarks.not_music import mono
from musicai.audio.spectrogram import compute
from musicai.models.inference import Classifier, load_classifier
from musicai.models.store import DEFAULT_MODEL, SHIPPED
from musicai.models.threads import use_threads

RATE = 22_050
Change = Callable[[np.ndarray], np.ndarray]


def coded(y: np.ndarray, rate: int, container: str, subtype: str) -> np.ndarray:
    """Return what a lossy codec leaves of the sound, at the rate it went in."""
    file = io.BytesIO()
    # libsndfile's constant rates go from 320 (0) to 32 kbit/s (1): 0.67 is 128
    sf.write(
        file,
        np.stack([y, y], axis=1),
        rate,
        format=container,
        subtype=subtype,
        bitrate_mode="CONSTANT",
        compression_level=0.67,
    )
    file.seek(0)
    decoded, _ = sf.read(file, dtype="float32")
    return decoded.mean(axis=1)


def through(y: np.ndarray, rate: int, change: Change = lambda z: z) -> np.ndarray:
    """Do something to the sound at another rate and come back."""
    there = soxr.resample(y, RATE, rate).astype(np.float32)
    return soxr.resample(change(there), rate, RATE).astype(np.float32)


def as_mp3(y: np.ndarray) -> np.ndarray:
    """Return what a stereo MP3 of 128 kbit/s at 44 100 Hz leaves."""
    return through(y, 44_100, lambda z: coded(z, 44_100, "MP3", "MPEG_LAYER_III"))


def mono_sum(y: np.ndarray) -> np.ndarray:
    """Return the mean of two channels, the right one 5 ms later and 6 dB quieter: a comb filter."""
    late = np.concatenate([np.zeros(RATE // 200, np.float32), y])[: len(y)]
    return ((y + 0.5 * late) / 2).astype(np.float32)


CHANGES: dict[str, tuple[Change, Change]] = {
    "6 dB quieter": (lambda y: y, lambda y: y * np.float32(0.5)),
    "resampled to 44.1 kHz and back": (lambda y: y, lambda y: through(y, 44_100)),
    "resampled to 16 kHz and back": (lambda y: y, lambda y: through(y, 16_000)),
    "MP3 of 128 kbit/s at 44.1 kHz, and back": (lambda y: y, as_mp3),
    "stereo of unlike channels, summed to mono": (lambda y: y, mono_sum),
    "1 s later": (lambda y: y, lambda y: y[RATE:]),
    "shifted by half: 0-20 s against 10-30 s": (lambda y: y[: 20 * RATE], lambda y: y[10 * RATE :]),
    "shifted by half: 0-30 s against 15-30 s": (lambda y: y, lambda y: y[15 * RATE :]),
    "halves exchanged: 15-30 s, then 0-15 s": (lambda y: y, lambda y: np.roll(y, 15 * RATE)),
    "first 10 s": (lambda y: y, lambda y: y[: 10 * RATE]),
}
"""Of each change what the answer is compared with, and what it is the answer for."""


def answers(classifier: Classifier, clips: list[np.ndarray], change: Change) -> np.ndarray:
    """Return the scores of changed clips, shape (clips, genres)."""
    front_end = classifier.side_car.front_end
    return np.stack([classifier.scores(compute(change(y)[: 30 * RATE], front_end)) for y in clips])


def line(name: str, plain: np.ndarray, other: np.ndarray, threshold: float) -> str:
    """Return a row of the table."""
    guess = plain.argmax(axis=1) == other.argmax(axis=1)
    sure, still = plain.max(axis=1) >= threshold, other.max(axis=1) >= threshold
    answer = np.where(sure & still, guess, sure == still)
    wrong = sure & still & ~guess
    moved = np.abs(plain - other).sum(axis=1).mean() / 2
    kept = (sure & still & guess).sum() / max(1, sure.sum())
    return (
        f"| {name} | {guess.mean():.2f} | {answer.mean():.2f} | {kept:.2f} of {sure.sum()} | {wrong.sum()} "
        f"| {moved:.3f} |"
    )


def excerpts(classifier: Classifier, file: Path) -> np.ndarray:
    """Return the scores of every excerpt of 30 s of a recording that begins at a multiple of 15 s."""
    front_end = classifier.side_car.front_end
    y = mono(file, RATE)
    starts = range(0, len(y) - 30 * RATE + 1, 15 * RATE)
    return np.stack([classifier.scores(compute(y[at : at + 30 * RATE], front_end)) for at in starts])


def show_tracks(classifier: Classifier, folder: Path) -> None:
    """Print what becomes of excerpts, and of whole tracks, whose excerpts move by half their length."""
    heard = [file for file in sorted(folder.iterdir()) if sf.info(file).duration >= 45]
    scores = [excerpts(classifier, file) for file in heard]
    threshold = classifier.side_car.threshold
    before, after = (np.concatenate([one[k : len(one) - 1 + k] for one in scores]) for k in (0, 1))
    print(line(f"{len(before)} excerpts of {len(heard)} tracks, 15 s later", before, after, threshold))
    before, after = (np.stack([one[k::2].mean(axis=0) for one in scores]) for k in (0, 1))
    print(line(f"{len(heard)} tracks, every excerpt 15 s later", before, after, threshold))


def main() -> None:
    """Print one line per change."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("audio", type=Path)
    parser.add_argument("model", type=Path, nargs="?", default=SHIPPED / DEFAULT_MODEL)
    parser.add_argument("--list", type=Path)
    parser.add_argument("--tracks", type=Path)
    arguments = parser.parse_args()
    use_threads(1)
    classifier = load_classifier(arguments.model)
    threshold = classifier.side_car.threshold
    names = set(arguments.list.read_text("utf-8").split()) if arguments.list else None
    files = [f for f in sorted(arguments.audio.glob("*/*.flac")) if names is None or f.stem in names]
    clips = [sf.read(file, dtype="float32")[0][: 30 * RATE] for file in files]
    print(f"{classifier.side_car.name}: {len(clips)} clips")
    print("| change | same guess | same answer | genre kept | another genre | scores moved |")
    print("|---|---|---|---|---|---|")
    for name, (before, after) in CHANGES.items():
        plain, other = answers(classifier, clips, before), answers(classifier, clips, after)
        print(line(name, plain, other, threshold), flush=True)
    if arguments.tracks:
        show_tracks(classifier, arguments.tracks)


if __name__ == "__main__":
    main()
