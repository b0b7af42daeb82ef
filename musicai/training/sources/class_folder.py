"""A folder whose subfolders are classes: ``GENRE/**/file``."""

from collections.abc import Callable, Iterator
from pathlib import Path

from musicai.errors import DatasetError
from musicai.training.sources.example import Example, checked
from musicai.training.sources.source import Listing

Wanted = Callable[[Path], bool]
"""Says whether a file is an example."""
Make = Callable[[str, str, Path, str | None], Example]
"""Makes an example of name, genre, file and group."""


def list_classes(root: Path, wanted: Wanted, make: Make) -> Listing:
    """List the files of all classes; names that begin with a dot are not looked at.

    A file in a folder of its own within its class has this folder as its group.

    Raises
    ------
    DatasetError: the folder cannot be read, or two files have one name.
    """
    examples: list[Example] = []
    empty: list[str] = []
    ignored = 0
    for folder in class_folders(root):
        found = 0
        for file in files_below(folder):
            if wanted(file):
                found += 1
                examples.append(_example(root, folder, file, make))
            else:
                ignored += 1
        if not found:
            empty.append(folder.name)
    return Listing(checked(examples), tuple(empty), ignored)


def _example(root: Path, folder: Path, file: Path, make: Make) -> Example:
    name = file.relative_to(root).with_suffix("").as_posix()
    group = file.parent.relative_to(root).as_posix() if file.parent != folder else None
    return make(name, folder.name, file, group)


def class_folders(root: Path) -> list[Path]:
    """Return the folders of the classes, sorted; DatasetError when `root` cannot be read."""
    return [entry for entry in _entries(root) if entry.is_dir()]


def files_below(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder and its subfolders, folder by folder, sorted."""
    for entry in _entries(folder):
        # a link may be a class or a file, as data sets are often put together; deeper, it may be a loop
        if entry.is_dir() and not entry.is_symlink():
            yield from files_below(entry)
        elif entry.is_file():
            yield entry


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError as err:
        raise DatasetError(f"the folder {folder} cannot be read: {err.strerror}") from err
