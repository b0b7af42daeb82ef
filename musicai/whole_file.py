"""Files that are there whole or not at all, whatever ends the process that writes them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def replacing(file: Path) -> Iterator[Path]:
    """Yield the name of a file to write beside `file`, which it replaces when the block ends well.

    The folder is made. What was written is on the disk before it takes the name: after a power cut there
    is the former file or the new one, never an empty one. When the block fails, the former one stays.

    Raises
    ------
    OSError: the folder or the file cannot be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.part")
    try:
        yield part
        _flush(part)
        os.replace(part, file)  # noqa: PTH105  # atomic on every system
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def _flush(file: Path) -> None:
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
