"""Globs that keep files and folders out of a scan."""

import fnmatch
import os
import re
from collections.abc import Sequence


class Excludes:
    """Matches relative paths and bare names, with or without a slash at the end of the glob."""

    def __init__(self, globs: Sequence[str]) -> None:
        patterns = [fnmatch.translate(glob.rstrip("/")) for glob in globs if glob.strip("/")]
        self._pattern = re.compile("|".join(patterns)) if patterns else None

    def __bool__(self) -> bool:
        return self._pattern is not None

    def match(self, relative: bytes, name: bytes) -> bool:
        """Whether a file or folder is to be left out; capitals matter."""
        if self._pattern is None:
            return False
        matches = self._pattern.match
        return bool(matches(os.fsdecode(name)) or matches(os.fsdecode(relative)))
