"""Whether this installation can do heavy work: the light image brings nothing for it."""

from importlib.util import find_spec

from musicai.errors import ServiceError


def is_installed() -> bool:
    """Whether torch is there; it is not imported."""
    return find_spec("torch") is not None


def insist() -> None:
    """Raise ServiceError where torch is missing, before somebody meets a traceback."""
    if not is_installed():
        raise ServiceError(
            "torch is not installed here, as in the light image: this needs an installation that can "
            "classify and train (`docker compose exec worker musicai ...`); `musicai enqueue` and "
            "`musicai train --enqueue` leave the work to the workers"
        )
