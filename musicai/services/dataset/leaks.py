"""What stands on two sides of a split of a source."""

from pathlib import Path
from typing import Any

from musicai.config import Settings
from musicai.front_end import FrontEnd
from musicai.services.dataset.child import Report, carry_out
from musicai.services.dataset.opened import opened


def find_leaks_of(
    settings: Settings,
    text: str,
    split: Path,
    *,
    front_end: FrontEnd | None = None,
    skip_unreadable: bool = False,
    report: Report | None = None,
) -> Any:
    """Load every file of a split, compare the sides, and return a leak report as JSON.

    Raises
    ------
    ConfigError, DatasetError: source or split cannot be used, or files cannot be read.
    """
    source = opened(settings, text, front_end)
    order = {
        "source": str(source),
        "front_end": front_end and front_end.to_json(),
        "split": str(split),
        "skip_unreadable": skip_unreadable,
        "cached": True,
    }
    return carry_out(settings, "leaks", order, report)
