"""How often a model's answer survives what happens to music on its way to a listener.

    python benchmarks/robustness.py ../shared/data/gtzan/audio [MODEL_FOLDER [LIST]]

Takes FLAC clips at the rate of the model (those that a split list names), changes each in memory, compares
the answers. A model is too sure of clips that it was trained on: give one that was not, and the list.
"""

import io
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile as sf
import soxr
import torch

from musicai.audio.spectrogram import compute
from musicai.models.inference import Classifier, load_classifier
from musicai.models.store import DEFAULT_MODEL, SHIPPED

RATE = 22_050


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


def through_44100(y: np.ndarray, change: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Do something to the sound at 44 100 Hz and come back."""
    up = soxr.resample(y, RATE, 44_100).astype(np.float32)
    return soxr.resample(change(up), 44_100, RATE).astype(np.float32)


def as_mp3(y: np.ndarray) -> np.ndarray:
    """Return what a stereo MP3 at 44 100 Hz leaves."""
    return through_44100(y, lambda z: coded(z, 44_100, "MP3", "MPEG_LAYER_III"))


def low_passed(y: np.ndarray) -> np.ndarray:
    """Return what passes through a file at 16 000 Hz."""
    return soxr.resample(soxr.resample(y, RATE, 16_000), 16_000, RATE).astype(np.float32)


CHANGES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "6 dB quieter": lambda y: y * np.float32(0.5),
    "1 s later": lambda y: y[RATE:],
    "first 10 s": lambda y: y[: 10 * RATE],
    "resampled to 44.1 kHz and back": lambda y: through_44100(y, lambda z: z),
    "MP3 at 44.1 kHz stereo, and back": as_mp3,
    "low-pass at 8 kHz": low_passed,
}


def answers(classifier: Classifier, y: np.ndarray) -> np.ndarray:
    """Return the scores of one clip."""
    return classifier.scores(compute(y[: 30 * RATE], classifier.side_car.front_end))


def main(audio: Path, folder: Path, names: set[str] | None) -> None:
    """Print one line per change: answers that stayed, and the mean change of the scores."""
    torch.set_num_threads(1)
    classifier = load_classifier(folder)
    files = [file for file in sorted(audio.glob("*/*.flac")) if names is None or file.stem in names]
    clips = [sf.read(file, dtype="float32")[0] for file in files]
    plain = np.stack([answers(classifier, y) for y in clips])
    threshold = classifier.side_car.threshold
    sure = plain.max(axis=1) >= threshold
    print(f"{classifier.side_car.name}: {len(clips)} clips, {sure.mean():.2f} answered")
    print("| change | same answer | of the sure | still sure | scores moved |\n|---|---|---|---|---|")
    for name, change in CHANGES.items():
        other = np.stack([answers(classifier, change(y)) for y in clips])
        same = plain.argmax(axis=1) == other.argmax(axis=1)
        moved = np.abs(plain - other).sum(axis=1).mean() / 2
        both = sure & (other.max(axis=1) >= threshold)
        print(
            f"| {name} | {same.mean():.2f} | {same[both].mean():.2f} | "
            f"{both.sum() / max(1, sure.sum()):.2f} | {moved:.3f} |"
        )


if __name__ == "__main__":
    default = SHIPPED / DEFAULT_MODEL
    model = Path(sys.argv[2]) if len(sys.argv) > 2 else default
    listed = set(Path(sys.argv[3]).read_text("utf-8").split()) if len(sys.argv) > 3 else None
    main(Path(sys.argv[1]), model, listed)
