"""A split: a small text file that says on which side each example stands.

# musicai split 1
# {"made_by": "ratio", "ratios": [0.8, 0.1, 0.1], "seed": 1337, "source": "1f3a..."}
train	blues/blues.00000
test	blues/blues.00001
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from musicai.errors import DatasetError
from musicai.training.sources.example import Example, counts, named
from musicai.training.sources.sides import SIDES
from musicai.whole_file import replacing

_FORMAT = "# musicai split 1"


@dataclass(frozen=True)
class Split:
    """Names by side, sorted.

    Parameters
    ----------
    train, valid, test: names of examples; the last two may be empty.
    provenance: how it came about: made_by, seed, ratios, source (digest), as far as they apply.
    """

    train: tuple[str, ...]
    valid: tuple[str, ...] = ()
    test: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Sort; DatasetError when a name stands twice."""
        seen: dict[str, str] = {}
        for side in SIDES:
            object.__setattr__(self, side, tuple(sorted(getattr(self, side))))
            for name in self.names(side):
                if name in seen:
                    where = (
                        f"twice on the side {side}" if seen[name] == side else f"{seen[name]} and {side}"
                    )
                    raise DatasetError(f"the split has {name!r} on {where}; it must stand once")
                seen[name] = side
        if not self.train:
            raise DatasetError("the split leaves nothing to learn from: its side train is empty")

    @classmethod
    def of(cls, sides: Iterable[Iterable[str]], **provenance: Any) -> "Split":
        """Make a split of the names of each side, in the order of `SIDES`."""
        named_sides = dict(zip(SIDES, map(tuple, sides), strict=False))
        return cls(
            named_sides["train"],
            named_sides.get("valid", ()),
            named_sides.get("test", ()),
            provenance=provenance,
        )

    def names(self, side: str) -> tuple[str, ...]:
        """Return the names of one side."""
        names: tuple[str, ...] = getattr(self, side)
        return names

    @property
    def digest(self) -> str:
        """SHA-256 of who stands where; how the split was made does not change it."""
        return hashlib.sha256(_encoded(self._lines())).hexdigest()

    def divide(self, examples: Sequence[Example]) -> dict[str, tuple[Example, ...]]:
        """Return the examples by side; those that the split does not name are left out.

        Raises
        ------
        DatasetError: the split names an example that is not there, or a side has a genre that
            train lacks.
        """
        by_name = {example.name: example for example in examples}
        self._check_known(by_name)
        sides = {side: tuple(by_name[name] for name in self.names(side)) for side in SIDES}
        known = set(counts(sides["train"]))
        for side in SIDES[1:]:
            if strangers := [genre for genre in counts(sides[side]) if genre not in known]:
                raise DatasetError(f"the side {side} has genres that train lacks: {named(strangers)}")
        return sides

    def _check_known(self, by_name: Mapping[str, Example]) -> None:
        unknown = [name for side in SIDES for name in self.names(side) if name not in by_name]
        if unknown:
            raise DatasetError(f"the split names {len(unknown)} that the source lacks: {named(unknown)}")

    def write(self, file: Path) -> None:
        """Write the file, whole or not at all; DatasetError when that cannot be done."""
        head = [_FORMAT, f"# {json.dumps(dict(self.provenance), sort_keys=True)}"]
        try:
            with replacing(file) as part:
                part.write_bytes(_encoded([*head, *self._lines()]))
        except OSError as err:
            raise DatasetError(f"the split {file} cannot be written: {err.strerror}") from err

    def _lines(self) -> Iterator[str]:
        for side in SIDES:
            yield from (f"{side}\t{name}" for name in self.names(side))


def is_split_file(file: Path) -> bool:
    """Whether a file is a split, and no bare list of names; DatasetError when it is not there."""
    try:
        with file.open("rb") as stream:
            return stream.read(len(_FORMAT)) == _FORMAT.encode()
    except OSError as err:
        raise DatasetError(f"the split {file} cannot be read: {err.strerror}") from err


def read_split_file(file: Path) -> Split:
    """Read what `Split.write` wrote.

    Raises
    ------
    DatasetError: the file cannot be read, or a line of it is wrong.
    """
    try:
        lines = file.read_bytes().decode(errors="surrogateescape").splitlines()
    except OSError as err:
        raise DatasetError(f"the split {file} cannot be read: {err.strerror}") from err
    if not lines or lines[0] != _FORMAT:
        raise DatasetError(f"{file} is no split: its first line is not {_FORMAT!r}")
    names: dict[str, list[str]] = {side: [] for side in SIDES}
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            side, tab, name = line.partition("\t")
            if side not in names or not tab or not name:
                raise DatasetError(
                    f"{file}, line {number}: {', '.join(SIDES)}, a tab and a name are wanted"
                )
            names[side].append(name)
    try:
        return Split.of(names.values(), **_provenance(lines))
    except DatasetError as err:
        raise DatasetError(f"{file}: {err}") from err


def _provenance(lines: list[str]) -> dict[str, Any]:
    try:
        value = json.loads(lines[1].removeprefix("#")) if len(lines) > 1 else {}
    except ValueError:
        return {}  # a person's own comment stands there
    return value if isinstance(value, dict) else {}


def _encoded(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode(errors="surrogateescape")
