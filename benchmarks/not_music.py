"""What a model makes of sounds that are no music, and of a folder of recordings.

    python -m benchmarks.not_music [MODEL_FOLDER] [--library ../shared/data/library] [--count 300]

The sounds are synthesised as those for training are, from a seed that no training uses, and a random walk
that a wall throws back, which no training heard at all. Recordings are heard whole, excerpt by excerpt.
"""

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
import soundfile
import soxr

from musicai.audio.spectrogram import compute
from musicai.models.inference import Classifier, load_classifier, track_scores
from musicai.models.store import DEFAULT_MODEL, SHIPPED
from musicai.models.threads import use_threads
from musicai.training.negatives.collection import make
from musicai.training.negatives.noises import coloured

_SEED = 20_261


def mono(file: Path, rate: int) -> np.ndarray:
    """Return a recording as one channel at another rate."""
    y, its_rate = soundfile.read(file, dtype="float32", always_2d=True)
    return soxr.resample(y.mean(axis=1), its_rate, rate).astype(np.float32)


def excerpts(file: Path, rate: int, excerpt_s: float) -> list[np.ndarray]:
    """Return up to three excerpts from the middle of equal parts, mono, as a worker hears a track."""
    y, length = mono(file, rate), int(excerpt_s * rate)
    if len(y) <= length:
        return [y]
    count = min(3, -(-len(y) // length))
    return [y[int(at) :][:length] for at in np.linspace(0, len(y) - length, count + 2)[1:-1]]


def wandering(random: np.random.Generator, n: int, rate: int) -> np.ndarray:
    """Return a random walk that a wall throws back, with more or less of its highest part taken away."""
    walk = np.cumsum(random.standard_normal(n)) * 10 ** random.uniform(-2.5, -0.5)
    folded = np.abs((walk + 1) % 4 - 2) - 1
    return folded + 10 ** random.uniform(-5, -2) * coloured(random, n, random.uniform(0, 2), rate)


def walks(count: int, rate: int) -> list[np.ndarray]:
    """Return random walks of 30 s."""
    seeds = np.random.SeedSequence(_SEED).spawn(count)
    return [wandering(np.random.default_rng(seed), 30 * rate, rate).astype(np.float32) for seed in seeds]


def synthesised(classifier: Classifier, count: int) -> None:
    """Print one line per kind of sound."""
    front_end, threshold = classifier.side_car.front_end, classifier.side_car.threshold
    spectrograms, kinds = make(count, _SEED, front_end)
    found = defaultdict(list)
    for kind, spectrogram in zip(kinds, spectrograms, strict=True):
        found[kind].append(classifier.scores(spectrogram).max())
    for y in walks(count // 20, front_end.sample_rate):
        found["random walk, thrown back"].append(classifier.scores(compute(y, front_end)).max())
    print("| sound | sounds | unknown | surest |\n|---|---|---|---|")
    for kind, sure in found.items():
        print(f"| {kind} | {len(sure)} | {np.mean(np.array(sure) < threshold):.2f} | {max(sure):.2f} |")


def library(classifier: Classifier, folder: Path) -> None:
    """Print one line per recording."""
    front_end, genres = classifier.side_car.front_end, classifier.side_car.genres
    print("| recording | answer | guess | next |\n|---|---|---|---|")
    for file in sorted(folder.iterdir()):
        heard = excerpts(file, front_end.sample_rate, front_end.excerpt_s)
        scores = track_scores([classifier.scores(compute(y, front_end)) for y in heard])
        first, second = np.argsort(-scores)[:2]
        answer = genres[first] if scores[first] >= classifier.side_car.threshold else "unknown"
        pair = [f"{genres[k]} {scores[k]:.2f}" for k in (first, second)]
        print(f"| {file.stem[:44]} | {answer} | {pair[0]} | {pair[1]} |")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, nargs="?", default=SHIPPED / DEFAULT_MODEL)
    parser.add_argument("--library", type=Path)
    parser.add_argument("--count", type=int, default=300)
    arguments = parser.parse_args()
    use_threads(1)
    classifier = load_classifier(arguments.model)
    synthesised(classifier, arguments.count)
    if arguments.library:
        library(classifier, arguments.library)


if __name__ == "__main__":
    main()
