"""Storage that takes its time over each file: a job that a fault can meet in the middle, on any machine."""

from pathlib import Path

from tests.acceptance.spoilt import spoil_decoder


def slow_storage(folder: Path, seconds: float) -> dict[str, str]:
    """Return what has to stand in the environment of a process for which each file takes so long."""
    # no file that is read from a local disk is slow
    return spoil_decoder(folder, f"time.sleep({seconds})")
