"""Proving that a model's files can be used, before anything depends on them."""

from pathlib import Path

from musicai.config import Settings
from musicai.errors import ModelError, MusicAIError
from musicai.services.heavy import run_heavy


def probe_models(settings: Settings, *folders: Path) -> list[float]:
    """Load models in a process of its own and ask each; return the milliseconds of one excerpt.

    Raises
    ------
    ModelError: one cannot be loaded, or gives no probabilities.
    """
    try:
        found: list[float] = run_heavy(settings, "musicai.pipeline.probe", list(map(str, folders)))
    except MusicAIError as err:
        raise ModelError(f"a model that cannot be used: {err}") from err
    return found
