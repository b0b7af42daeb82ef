"""A split from lists of names that somebody else made, such as the fault-filtered one of GTZAN."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from musicai.errors import DatasetError
from musicai.training.sources.example import Example, named
from musicai.training.sources.joined import Joined
from musicai.training.sources.sides import SIDES
from musicai.training.sources.source import Source
from musicai.training.split.split import Split


def list_split(examples: Sequence[Example], lists: Mapping[str, Path]) -> Split:
    """Read a list per side: one name a line, with or without genre, folders and extension.

    Parameters
    ----------
    lists: side -> file. Examples that no list names are on no side.

    Raises
    ------
    DatasetError: a list cannot be read, is empty, names what the source lacks or what may be several
        examples; or a name stands twice.
    """
    index = _index(examples)
    names = {side: _resolved(file, index) for side, file in lists.items()}
    if strange := sorted(set(lists) - set(SIDES)):
        raise DatasetError(f"there is no side {named(strange)}; there are {', '.join(SIDES)}")
    return Split.of(
        (names.get(side, ()) for side in SIDES),
        made_by="lists",
        lists={side: file.name for side, file in lists.items()},
    )


def manifest_split(source: Source) -> Split | None:
    """Return the split that the column of a manifest gives, or of several; None where there is none.

    Raises
    ------
    DatasetError: the column leaves nothing to learn from, or only some of several sources have one.
    """
    sides = source.sides()
    if not sides:
        return None
    parts = source.parts if isinstance(source, Joined) else (source,)
    manifest = ", ".join(Path(part.location).name for part in parts)
    names = ([name for name, side in sides.items() if side == wanted] for wanted in SIDES)
    return Split.of(names, made_by="manifest", manifest=manifest)


def read_names(file: Path) -> tuple[str, ...]:
    """Read one name a line; DatasetError when the file cannot be read or names nothing."""
    try:
        text = file.read_bytes().decode("utf-8-sig", errors="surrogateescape")
    except OSError as err:
        raise DatasetError(f"the list {file} cannot be read: {err.strerror}") from err
    names = tuple(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))
    if not names:
        raise DatasetError(f"the list {file} names nothing")
    return names


def _index(examples: Sequence[Example]) -> dict[str, set[str]]:
    """Return which examples each way of writing a name may mean."""
    index = defaultdict(set)
    for example in examples:
        stem = PurePosixPath(example.name).name
        for key in (example.name, stem, f"{example.genre}/{stem}"):
            index[key].add(example.name)
            index[f"{key}{example.file.suffix}"].add(example.name)
    return index


def _resolved(file: Path, index: Mapping[str, set[str]]) -> list[str]:
    names = read_names(file)
    if unknown := [name for name in names if name not in index]:
        raise DatasetError(f"{file} names {len(unknown)} that the source lacks: {named(unknown)}")
    if several := [name for name in names if len(index[name]) > 1]:
        raise DatasetError(
            f"{file}: {named(several)} may be several examples, as {named(sorted(index[several[0]]))};"
            " write the genre before the name"
        )
    return [next(iter(index[name])) for name in names]
