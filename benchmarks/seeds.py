"""How good a recipe is, whatever the seed: networks that learn from one list, measured on another.

    python -m benchmarks.seeds --recipe gtzan-texture-4 --spectrograms ../shared/data/gtzan/spectrograms \
        --train ../shared/data/gtzan/splits/train_filtered.txt \
        --valid ../shared/data/gtzan/splits/valid_filtered.txt

Prints a line per seed; then mean and standard deviation, and the calibration error of all answers together
(fifteen bins; temperatures never saw the clip), which chance moves less than that of one seed.
"""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from musicai.models.threads import use_threads
from musicai.training.conclusion import Conclusion, conclude
from musicai.training.evaluation.evaluate import evaluate
from musicai.training.hooks import Hooks
from musicai.training.journal import Journal
from musicai.training.material import Surroundings, gather
from musicai.training.members import Members
from musicai.training.plan import read_plan
from musicai.training.request import TrainRequest
from musicai.training.split_plan import SplitPlan


def conclusions(request: TrainRequest, seeds: int) -> list[Conclusion]:
    """Train with each seed and print what came of it."""
    found = []
    with TemporaryDirectory() as name:
        folder = Path(name)
        material = gather(request, folder, Hooks(), Surroundings())
        for seed in range(seeds):
            journal = Journal(folder / "logs", request.name)
            members = Members(request.plan, seed, folder, Hooks(), journal)
            one = conclude(request, material, members.train(f"seed-{seed}", material.learn, None))
            found.append(one)
            level, calibration = one.evaluation.tracks, one.calibration
            print(
                f"seed {seed}: accuracy {level.accuracy.value:.3f}, log loss {level.log_loss.value:.3f}, "
                f"calibration error {level.reliability.error.value:.3f}, temperature "
                f"{calibration.temperature:.2f}, threshold {calibration.threshold:.2f}, precision "
                f"{calibration.precision:.2f}, coverage {calibration.coverage:.2f}",
                flush=True,
            )
    return found


def show(found: list[Conclusion]) -> None:
    """Print what all seeds say together."""
    right = np.array([one.evaluation.tracks.accuracy.value for one in found])
    print(f"accuracy: mean {right.mean():.3f}, standard deviation {right.std(ddof=1):.3f}")
    held_out = [one.held_out for one in found]
    together = evaluate(
        np.concatenate([one.probabilities for one in held_out]),
        np.concatenate([one.labels for one in held_out]),
        [name for one in held_out for name in one.names],
        held_out[0].genres,
    ).excerpts  # every seed's answer is a row of its own; the bootstrap draws clips
    error = together.reliability.error
    print(
        f"all together: accuracy {together.accuracy.value:.3f} ({together.accuracy.low:.3f} to "
        f"{together.accuracy.high:.3f}), calibration error {error.value:.3f} ({error.low:.3f} to "
        f"{error.high:.3f}); honest confidences would show {together.reliability.honest:.3f}"
    )
    for name in ("precision", "coverage"):
        print(f"{name}: {np.mean([getattr(one.calibration, name) for one in found]):.3f}")
    for genre, figures in together.per_genre.items():
        print(f"| {genre} | {figures.recall.value:.2f} | {figures.precision.value:.2f} |")


def main() -> None:
    """Train, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", required=True)
    parser.add_argument("--spectrograms", type=Path, required=True)
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--valid", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    use_threads(1)
    request = TrainRequest(
        name=arguments.recipe,
        data=(f"spectrograms:{arguments.spectrograms}",),
        plan=read_plan(arguments.recipe),
        split=SplitPlan.of_files({"train": arguments.train, "valid": arguments.valid}),
        seed=0,
        use_all=False,
    )
    show(conclusions(request, arguments.seeds))


if __name__ == "__main__":
    main()
