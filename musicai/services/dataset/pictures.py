"""Making and measuring sets of pictures."""

from pathlib import Path
from typing import Any

from musicai.config import Settings
from musicai.services.dataset.child import Report, carry_out
from musicai.training.sources.drawn_by import DrawnBy


def draw_pictures(
    settings: Settings,
    audio: Path,
    out: Path,
    drawn_by: DrawnBy,
    *,
    force: bool = False,
    report: Report | None = None,
) -> Any:
    """Draw ``class/name.wav`` into ``class/name.png``; return what was made, kept, and failed."""
    order = {"audio": str(audio), "out": str(out), "drawn_by": drawn_by.to_json(), "force": force}
    return carry_out(settings, "images", order, report)


def transform_pictures(
    settings: Settings,
    source: Path,
    out: Path,
    size: int,
    *,
    force: bool = False,
    report: Report | None = None,
) -> Any:
    """Trim and resize pictures; return how many were made and kept, and what failed."""
    order = {"source": str(source), "out": str(out), "size": size, "force": force}
    return carry_out(settings, "transform", order, report)


def measure_pictures(settings: Settings, folder: Path, *, report: Report | None = None) -> Any:
    """Return mean and standard deviation of each channel."""
    return carry_out(settings, "stats", {"folder": str(folder)}, report)
