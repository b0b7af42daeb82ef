"""How good a recipe is on more clips than one list has: five folds of two lists together.

    python -m benchmarks.folds --recipe gtzan-texture-4 --spectrograms ../shared/data/gtzan/spectrograms \
        --lists ../shared/data/gtzan/splits/{train,valid}_filtered.txt

Each fold is answered by a network that learned from the other four, with temperatures that did not see the
clip. A calibration error of fifteen bins needs hundreds of clips: on 197, confidences without fault would
show 0.08 by chance alone. Runs of neighbouring numbers within a list, mostly of one artist, stay together.
"""

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.seeds import conclusions, show
from musicai.models.threads import use_threads
from musicai.training.conclusion import Conclusion
from musicai.training.plan import read_plan
from musicai.training.request import TrainRequest
from musicai.training.split_plan import SplitPlan

FOLDS = 5
_GAP = 2  # numbers from one clip to the next of a run, at most
_LONGEST = 12  # clips of a run: some genres are one artist throughout


def runs(names: Sequence[str]) -> Iterator[list[str]]:
    """Yield runs of neighbouring clips; names are GENRE.NUMBER."""
    run: list[str] = []
    for name in sorted(names):
        genre, number = name.split(".")
        if run:
            before, last = run[-1].split(".")
            if genre != before or int(number) - int(last) > _GAP or len(run) == _LONGEST:
                yield run
                run = []
        run.append(name)
    yield run


def divided(lists: Sequence[Path], seed: int) -> list[list[str]]:
    """Return the clips of each fold: the longest runs first, each to where its genre has least."""
    random = np.random.default_rng(seed)
    every = [run for file in lists for run in runs(file.read_text("utf-8").split())]
    load: dict[str, Counter[int]] = defaultdict(Counter)
    folds: list[list[str]] = [[] for _ in range(FOLDS)]
    for place in sorted(random.permutation(len(every)), key=lambda k: -len(every[k])):
        run = every[place]
        of_genre = load[run[0].split(".")[0]]
        fold = min(random.permutation(FOLDS), key=lambda k: of_genre[k])
        folds[fold] += run
        of_genre[fold] += len(run)
    return folds


def answered(arguments: argparse.Namespace) -> Iterator[Conclusion]:
    """Yield what came of each fold."""
    folds = divided(arguments.lists, arguments.seed)
    with TemporaryDirectory() as name:
        for number, held_out in enumerate(folds):
            files = {side: Path(name) / f"{side}-{number}.txt" for side in ("train", "valid")}
            rest = [clip for other in folds if other is not held_out for clip in other]
            for file, clips in zip(files.values(), (rest, held_out), strict=True):
                file.write_text("\n".join(clips) + "\n", "utf-8")
            request = TrainRequest(
                name=arguments.recipe,
                data=(f"spectrograms:{arguments.spectrograms}",),
                plan=read_plan(arguments.recipe),
                split=SplitPlan.of_files(files),
                seed=arguments.seed,
                use_all=False,
            )
            yield from conclusions(request, 1)


def main() -> None:
    """Train, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", required=True)
    parser.add_argument("--spectrograms", type=Path, required=True)
    parser.add_argument("--lists", type=Path, nargs="+", required=True)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    use_threads(1)
    show(list(answered(arguments)))


if __name__ == "__main__":
    main()
