"""What a run learns from and what it is measured on: sources, split, leaks, excerpts."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from musicai.catalogue.ledger import storable_json
from musicai.config import Mounts, StorePlace
from musicai.errors import DatasetError, StoppedError
from musicai.front_end import FrontEnd
from musicai.training.command import SPLIT_FILE
from musicai.training.dataset import Dataset
from musicai.training.hooks import Hooks
from musicai.training.loading import Loaded, LoadOptions, load_sides, look_for_leaks
from musicai.training.rebalance import limited
from musicai.training.request import TrainRequest
from musicai.training.sources import open_source
from musicai.training.sources.drawn_by import parse_front_end
from musicai.training.sources.example import check_trainable, counts, named
from musicai.training.sources.joined import Joined
from musicai.training.sources.source import Source, digest
from musicai.training.split import Split
from musicai.training.split.leaks import LeakReport

LEAKS_FILE = "leaks.json"


@dataclass(frozen=True)
class Material:
    """Excerpts by side of the split.

    Parameters
    ----------
    learn, valid: sides train and valid.
    test: looked at once, when all is decided; None when the split has no such side.
    front_end: of all of them.
    facts: digests, counts and leaks, as JSON.
    leaks: what stands on two sides, in sentences.
    """

    learn: Dataset
    valid: Dataset
    test: Dataset | None
    front_end: FrontEnd
    split: Split
    facts: Mapping[str, Any]
    leaks: tuple[str, ...]

    @property
    def held_out(self) -> Dataset:
        """What figures are measured on."""
        return self.valid if self.test is None else self.test

    @property
    def held_out_side(self) -> str:
        """The name of its side."""
        return "valid" if self.test is None else "test"


@dataclass(frozen=True)
class Surroundings:
    """What a run finds where it works.

    Parameters
    ----------
    engine: of the catalogue, for data that stand there.
    mounts: where this node finds libraries.
    store: of the models, of which one may be a backbone.
    """

    engine: Engine | None = None
    mounts: Mounts = field(default_factory=dict)
    store: StorePlace | None = None


def gather(request: TrainRequest, folder: Path, hooks: Hooks, around: Surroundings) -> Material:
    """List, divide, look for leaks, and read everything.

    Raises
    ------
    DatasetError: the data cannot be learnt from: a genre is empty, files cannot be read, the split
        leaves a side empty, or leaks although that was to be refused.
    """
    source = _source(request, around)
    examples = source.examples()
    check_trainable(examples)
    split = request.split.split(source, examples)
    if not split.valid:
        raise DatasetError(
            "the split has no side valid: without held-out tracks nobody knows how sure a model may be"
        )
    split.write(folder / SPLIT_FILE)
    sides = split.divide(examples)
    hooks.say(", ".join(f"{len(part)} {side}" for side, part in sides.items()) + f" of {source}")
    front_end = _front_end(request, source)
    # no cache: what it keeps is rounded, and a resumed run has to learn from the very same numbers
    options = LoadOptions(request.skip_unreadable, report=_reading(hooks))
    loaded = load_sides(source, sides, front_end, tuple(counts(sides["train"])), options)
    _check_left(loaded["train"])
    report = look_for_leaks(loaded)
    if request.strict_leaks:
        report.refuse()
    leaks = json.dumps(report.to_json(), ensure_ascii=False, indent=1)
    (folder / LEAKS_FILE).write_text(leaks + "\n", encoding="utf-8", errors="surrogateescape")
    facts = _facts(request, split, loaded, report)
    hooks.facts({**facts, "front_end": front_end.to_json()})
    return Material(
        learn=limited(loaded["train"].data, request.limit, request.seed),
        valid=loaded["valid"].data,
        test=loaded["test"].data if "test" in loaded else None,
        front_end=front_end,
        split=split,
        facts=facts,
        leaks=report.sentences,
    )


def _source(request: TrainRequest, around: Surroundings) -> Source:
    drawn_by = parse_front_end(request.front_end) if request.front_end else None
    parts = [
        open_source(text, front_end=drawn_by, engine=around.engine, mounts=around.mounts)
        for text in request.data
    ]
    return parts[0] if len(parts) == 1 else Joined(parts)


def _front_end(request: TrainRequest, source: Source) -> FrontEnd:
    """Return what the networks see: for pictures that somebody drew, what drew them decides."""
    planned = request.plan.front_end
    if source.drawn_by is None:
        return planned
    if planned.picture_size is None:
        raise DatasetError(
            f"{source} holds pictures, and the recipe's networks see spectrograms: name a network for "
            "pictures, such as `--network mini_alexnet`"
        )
    return source.drawn_by.seen_as(planned.picture_size)


def _reading(hooks: Hooks) -> Callable[[int, int], None]:
    """Return what tells how far the reading is, and stops it: thousands of tracks take long."""

    def report(done: int, of: int) -> None:
        hooks.read(done, of)
        if hooks.should_stop():
            raise StoppedError(f"stopped after {done} of {of} files were read")

    return report


def _check_left(train: Loaded) -> None:
    """Refuse a side train of which a genre has lost all its files: nothing could learn it."""
    left = counts(train.examples)
    if lost := [genre for genre in train.data.genres if genre not in left]:
        raise DatasetError(
            f"of the files to learn {named(lost)} from none can be read: mend them, or take the genre out"
        )


def _facts(
    request: TrainRequest, split: Split, loaded: Mapping[str, Loaded], report: LeakReport
) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "sources": list(request.data),
        # with the audio hashes that were found: it changes when a sound does
        "data_sha256": digest([example for part in loaded.values() for example in part.examples]),
        "split_sha256": split.digest,
        "split": dict(split.provenance),
        "examples": {side: len(part.examples) for side, part in loaded.items()},
        "unreadable": [one.name for part in loaded.values() for one in part.unreadable],
        "leaks": report.counts,
    }
    # a catalogue takes no half of a name that is not UTF-8; the split and the answers keep it whole
    return {name: storable_json(value) for name, value in facts.items()}
