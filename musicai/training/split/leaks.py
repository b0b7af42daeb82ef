"""What stands on two sides of a split: the same sound, nearly the same sound, the same artist."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal, NamedTuple

from musicai.errors import DatasetError
from musicai.training.sources.example import Example
from musicai.training.split.groups import group_key

Reason = Literal["audio_hash", "sound", "artist"]
REASONS: tuple[Reason, ...] = ("audio_hash", "sound", "artist")
"""The same samples; nearly the same sound; the same artist in the tags."""
_WHAT = {"audio_hash": "the same sound", "sound": "nearly the same sound", "artist": "the same artist"}

Sides = Mapping[str, Sequence[Example]]
"""Examples by side."""


class Alike(NamedTuple):
    """Two examples that sound nearly the same, with how much, 0..1."""

    one: str
    other: str
    likeness: float


@dataclass(frozen=True)
class Leak:
    """Something that stands on more than one side.

    Parameters
    ----------
    reason: audio_hash, sound or artist.
    names: the examples that share it, by side.
    artist: their artist, for that reason.
    likeness: of the two, for the reason sound.
    """

    reason: Reason
    names: Mapping[str, tuple[str, ...]]
    artist: str | None = None
    likeness: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object."""
        return {
            "reason": self.reason,
            "names": {side: list(names) for side, names in self.names.items()},
            "artist": self.artist,
            "likeness": self.likeness,
        }


@dataclass(frozen=True)
class LeakReport:
    """What was found, and what could be looked for.

    Parameters
    ----------
    leaks: those of the same sound first.
    examples: how many there are on each side.
    looked_at: reason -> how many examples could be compared by it.
    """

    leaks: tuple[Leak, ...]
    examples: Mapping[str, int]
    looked_at: Mapping[Reason, int]

    @property
    def counts(self) -> dict[str, int]:
        """How many leaks there are of each reason."""
        return {reason: sum(leak.reason == reason for leak in self.leaks) for reason in REASONS}

    @property
    def touched(self) -> dict[str, int]:
        """How many examples on each side are part of a leak."""
        names: dict[str, set[str]] = {side: set() for side in self.examples}
        for leak in self.leaks:
            for side, members in leak.names.items():
                names[side].update(members)
        return {side: len(members) for side, members in names.items()}

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was found, for people: one sentence for each reason."""
        return leak_sentences(self.counts)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object."""
        return {
            "leaks": [leak.to_json() for leak in self.leaks],
            "counts": self.counts,
            "touched": self.touched,
            "examples": dict(self.examples),
            "looked_at": dict(self.looked_at),
        }

    def refuse(self) -> None:
        """Raise DatasetError when there is any leak."""
        if self.leaks:
            found = ", ".join(f"{count} by {reason}" for reason, count in self.counts.items() if count)
            raise DatasetError(
                f"the split leaks ({found}); `musicai dataset leaks` names them,"
                " `musicai dataset split --group` keeps artists and groups together"
            )


def leak_sentences(counts: Mapping[str, int]) -> tuple[str, ...]:
    """Return what a report's counts, by reason, mean for people."""
    return tuple(
        f"{count} {'time' if count == 1 else 'times'} {_WHAT[reason]} stands on two sides of the split:"
        " the figures flatter"
        for reason, count in counts.items()
        if count
    )


def find_leaks(sides: Sides, alike: Iterable[Alike] = (), fingerprinted: int = 0) -> LeakReport:
    """Look for everything that stands on more than one side.

    Parameters
    ----------
    sides: examples by side, see `Split.divide`.
    alike: pairs that sound nearly the same; those on one side are passed over.
    fingerprinted: how many examples were compared for that.
    """
    side_of = {example.name: side for side, examples in sides.items() for example in examples}
    same = list(_shared("audio_hash", sides, lambda example: example.audio_hash))
    known = {frozenset(pair) for leak in same for pair in combinations(sum(leak.names.values(), ()), 2)}
    artists = group_key("artist")
    leaks = [
        *same,
        *(leak for leak in _sounds(alike, side_of) if frozenset(sum(leak.names.values(), ())) not in known),
        *_shared("artist", sides, lambda example: artists(example) if example.artist else None),
    ]
    everyone = [example for examples in sides.values() for example in examples]
    looked_at: dict[Reason, int] = {
        "audio_hash": sum(example.audio_hash is not None for example in everyone),
        "sound": fingerprinted,
        "artist": sum(example.artist is not None for example in everyone),
    }
    return LeakReport(tuple(leaks), {side: len(examples) for side, examples in sides.items()}, looked_at)


def _shared(reason: Reason, sides: Sides, key: Callable[[Example], str | None]) -> Iterable[Leak]:
    members: dict[str, dict[str, list[Example]]] = defaultdict(lambda: defaultdict(list))
    for side, examples in sides.items():
        for example in examples:
            if (value := key(example)) is not None:
                members[value][side].append(example)
    for _, by_side in sorted(members.items()):
        if len(by_side) > 1:
            names = {side: tuple(e.name for e in examples) for side, examples in by_side.items()}
            artist = next(iter(by_side.values()))[0].artist
            yield Leak(reason, names, artist if reason == "artist" else None)


def _sounds(alike: Iterable[Alike], side_of: Mapping[str, str]) -> Iterable[Leak]:
    for pair in sorted(alike, key=lambda pair: -pair.likeness):
        sides = side_of.get(pair.one), side_of.get(pair.other)
        if sides[0] and sides[1] and sides[0] != sides[1]:
            names = {sides[0]: (pair.one,), sides[1]: (pair.other,)}
            yield Leak("sound", names, likeness=round(pair.likeness, 3))
