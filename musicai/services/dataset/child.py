"""Carries an order on data sets out in a process of its own."""

from typing import Any

from musicai.config import Settings
from musicai.services.heavy import Report, run_heavy

__all__ = ["Report", "carry_out"]


def carry_out(settings: Settings, order: str, values: dict[str, Any], report: Report | None = None) -> Any:
    """Return the result of an order of `musicai.pipeline.dataset`; errors are those of `run_heavy`."""
    return run_heavy(settings, "musicai.pipeline.dataset", [order], values, report)
