"""Doing something without the rights of root, which no mode of a file stops."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
_NOBODY = 65_534


def open_the_way_to(folder: Path) -> None:
    """Let others pass to a folder that pytest made for root alone."""
    if os.geteuid() == 0:
        for parent in (folder, *folder.parents):
            if parent.stat().st_uid == 0 and not parent.stat().st_mode & 1:
                parent.chmod(parent.stat().st_mode | 0o055)


def as_nobody(act: Callable[[], T]) -> T:
    """Return what a function returns without root's rights; other users have none to give up."""
    if os.geteuid() != 0:
        return act()
    os.setresuid(_NOBODY, _NOBODY, 0)
    try:
        return act()
    finally:
        os.setresuid(0, 0, 0)
