"""How much memory a decoder may take for one track.

A megabyte of damage can ask for gigabytes, and where memory ends the kernel kills whom it likes. The limit
is on what a process may allocate beyond what it has already, so that one that has grown, or that holds a
large model, refuses no honest track. It holds for the whole process: one track at a time.
"""

import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from musicai.errors import TooMuchMemoryError, TrackError

_STATM = Path("/proc/self/statm")
_DATA = 5  # which number of `statm` is of the pages that RLIMIT_DATA counts
_SNDFILE_MALLOC_FAILED = 17


@contextmanager
def limited_memory(allowance: int) -> Iterator[None]:
    """Let the block allocate so many bytes and no more; 0 for no limit. Linux only, no limit elsewhere.

    Raises
    ------
    TooMuchMemoryError: it wanted more, and some decoder noticed; others are ended by it, with the process.
    """
    if not allowance or sys.platform != "linux":
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    taken = int(_STATM.read_bytes().split()[_DATA]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_DATA, (_least(taken + allowance, soft, hard), hard))
    try:
        yield
    except (MemoryError, TrackError) as err:
        if not _is_refused_memory(err):
            raise
        raise TooMuchMemoryError(
            f"decoding wanted more than the {allowance / 1e6:.0f} MB of memory that a track may take"
        ) from err
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _least(*limits: int) -> int:
    return min(limit for limit in limits if limit != resource.RLIM_INFINITY)


def _is_refused_memory(err: BaseException) -> bool:
    """Whether a decoder got no memory, however it puts it."""
    if isinstance(err, MemoryError) or getattr(err, "code", None) == _SNDFILE_MALLOC_FAILED:
        return True
    return err.__cause__ is not None and _is_refused_memory(err.__cause__)
