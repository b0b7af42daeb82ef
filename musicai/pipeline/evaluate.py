"""Evaluate a model on labelled data: ``python -m musicai.pipeline.evaluate < REQUEST.json``.

A process of its own, so that the command line stays light. The request is an `EvaluationRequest`, what is
printed an `EvaluationReport`, both as JSON.
"""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from musicai.cache.spectrograms import SpectrogramCache
from musicai.config import Settings
from musicai.errors import ConfigError
from musicai.models.inference import Classifier, load_classifier
from musicai.models.side_car import SideCar
from musicai.models.threads import use_threads
from musicai.pipeline.ask import Heard, hear
from musicai.pipeline.child import answer, progress
from musicai.training.command import SPLIT_FILE
from musicai.training.evaluation.chosen import Chosen, choose
from musicai.training.evaluation.evaluate import evaluate
from musicai.training.evaluation.held_out import HeldOut, write_held_out
from musicai.training.evaluation.learned import learned_from, told
from musicai.training.evaluation.report import EvaluationReport
from musicai.training.evaluation.request import EvaluationRequest
from musicai.training.evaluation.threshold import at_threshold
from musicai.training.loading import LoadOptions
from musicai.training.loading.parallel import Report
from musicai.training.sources import Source
from musicai.training.sources.drawn_by import parse_front_end
from musicai.training.sources.here import open_here
from musicai.training.sources.sides import SIDES
from musicai.training.split.leaks import LeakReport, find_leaks
from musicai.training.split.likeness import alike

_THE_SAME = "the model has learned from these very tracks: the figures say nothing about others"


def run(request: EvaluationRequest, settings: Settings, report: Report | None = None) -> EvaluationReport:
    """Evaluate a model.

    Parameters
    ----------
    report: is told how many files were read, and of how many; once for each side of the split.

    Raises
    ------
    DatasetError: the source, the split or a file cannot be read, or has genres that the model lacks.
    ModelError: the model is damaged, or cannot hear such files.
    """
    use_threads(1)
    classifier = load_classifier(Path(request.model))
    front_end = parse_front_end(request.front_end) if request.front_end else None
    source = open_here(settings, request.data, front_end)
    chosen = choose(source, request.split, request.side)
    options = _options(request, settings, report)
    heard = hear(source, chosen.examples, classifier, options)
    found = _leaks(chosen, source, classifier, heard, options) if request.look_for_leaks else None
    genres = classifier.side_car.genres
    answers = HeldOut.of_excerpts(heard.scores, heard.labels, heard.names, genres, chosen.split_sha256)
    if request.answers:
        _keep(answers, Path(request.answers))
    doubts = (
        *_learned(Path(request.model), classifier.side_car, chosen, answers.names),
        *(found.sentences if found else ()),
    )
    precision, coverage = at_threshold(answers, classifier.side_car.threshold)
    return EvaluationReport(
        model=classifier.side_car.name,
        source=str(source),
        side=chosen.side,
        split_sha256=chosen.split_sha256 or None,
        threshold=classifier.side_car.threshold,
        precision=precision,
        coverage=coverage,
        leaks=found.to_json() if found else None,
        unreadable={one.name: one.reason for one in heard.unreadable},
        evaluation=evaluate(heard.scores, heard.labels, heard.names, genres, leaks=doubts),
    )


def _options(request: EvaluationRequest, settings: Settings, report: Report | None) -> LoadOptions:
    return LoadOptions(
        skip_unreadable=request.skip_unreadable,
        max_duration_s=settings.max_duration_s,
        cache=SpectrogramCache.from_settings(settings),
        report=report,
    )


def _leaks(
    chosen: Chosen, source: Source, classifier: Classifier, heard: Heard, options: LoadOptions
) -> LeakReport | None:
    """Compare what was evaluated with the other sides; None where there are none."""
    if not chosen.others or chosen.side is None:
        return None
    lenient = replace(options, skip_unreadable=True)  # the other sides are only compared with
    sides = {chosen.side: heard}
    for side, examples in chosen.others.items():
        sides[side] = hear(source, examples, classifier, lenient, answers=False)
    prints = np.concatenate([one.prints for one in sides.values()])
    names = [name for one in sides.values() for name in one.names]
    where = [side for side, one in sides.items() for _ in one.names]
    examples_by_side = {side: one.examples for side, one in sides.items()}
    found = find_leaks(examples_by_side, alike(prints, names, where), fingerprinted=len(set(names)))
    # what the other sides have in common does not touch these figures
    return replace(found, leaks=tuple(leak for leak in found.leaks if chosen.side in leak.names))


def _learned(folder: Path, side_car: SideCar, chosen: Chosen, names: tuple[str, ...]) -> tuple[str, ...]:
    """Say it when the model has learned from tracks that it is asked for."""
    data = side_car.data
    lists = {digest: name for name, digest in data.get("splits_sha256", {}).items()}
    of_split = chosen.side if chosen.split_sha256 == data.get("split_sha256") else None
    if side := of_split or lists.get(chosen.list_sha256):
        return (_THE_SAME,) if side in data.get("weights_trained_on", ()) else ()
    count = learned_from(folder, side_car, names)
    if count is None:
        return (f"the model {told(side_car)}: tracks of that make the figures flatter",)
    if count:
        flattered = f"the model has learned from {count} of these {len(names)} tracks: the figures flatter"
        return (flattered + _way_out(folder, side_car),)
    return ()


def _way_out(folder: Path, side_car: SideCar) -> str:
    """Say which side of its split a model has not learned from, where there is one."""
    learned = side_car.data.get("weights_trained_on", ["train"])
    left = [side for side in reversed(SIDES) if side not in learned]
    return f"; use --split {folder / SPLIT_FILE} --side {left[0]}" if left else ""


def _keep(answers: HeldOut, file: Path) -> None:
    try:
        write_held_out(file, answers)
    except OSError as err:
        raise ConfigError(f"the answers cannot be written to {file}: {err.strerror}") from err


def _work(_arguments: list[str], value: Any) -> dict[str, Any]:
    return run(EvaluationRequest.from_json(value), Settings.from_env(), progress()).to_json()


if __name__ == "__main__":
    sys.exit(answer(_work))
