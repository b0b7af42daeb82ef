"""Milliseconds per 30 s clip of each front end and of the shipped network, on one core.

OMP_NUM_THREADS=1 python benchmarks/front_end_and_network.py
"""

import time
from collections.abc import Callable

import numpy as np

from musicai.audio.spectrogram import compute
from musicai.config import Settings
from musicai.front_end import REPORT_FRONT_END
from musicai.models.inference import load_classifier
from musicai.models.store import find
from musicai.models.threads import use_threads

REPEATS = 40


def milliseconds(work: Callable[[], object]) -> tuple[float, float]:
    """Return the median and the least of many repeats."""
    work()
    taken = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begun) * 1e3)
    return float(np.median(taken)), min(taken)


def main() -> None:
    """Print one line per stage."""
    use_threads(1)
    random = np.random.default_rng(0)
    y = (0.1 * random.standard_normal(30 * 22_050)).astype(np.float32)
    classifier = load_classifier(find("", Settings.from_env({}).model_store))
    front_end = classifier.side_car.front_end
    spectrogram = compute(y, front_end)
    stages = {
        f"front end {front_end.kind} ({classifier.side_car.name}'s)": lambda: compute(y, front_end),
        f"front end {REPORT_FRONT_END.kind} (the report's)": lambda: compute(y, REPORT_FRONT_END),
        f"network {classifier.side_car.architecture.name}": lambda: classifier.scores(spectrogram),
    }
    for name, work in stages.items():
        median, least = milliseconds(work)
        print(f"{name:50} median {median:6.2f} ms   least {least:6.2f} ms")


if __name__ == "__main__":
    main()
