"""Examines the home folder and the catalogue."""

import errno
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from musicai.catalogue import migrate, runs
from musicai.catalogue.session import open_engine, reading, translated
from musicai.config import Settings, masked
from musicai.errors import CatalogueOutdatedError, CatalogueUnavailableError, MusicAIError
from musicai.services.finding import Finding, fault, ok, warning
from musicai.services.schedules.pulse import say_if_nobody_fires
from musicai.services.schedules.views import read_all

_LITTLE_BYTES = 1_000_000_000
_TOO_LITTLE_BYTES = 50_000_000


def home(settings: Settings) -> Finding:
    """Say whether the home folder can be written or made, and its room. Leaves no folder behind."""
    place = next(p for p in (settings.home, *settings.home.parents) if p.exists())
    free = shutil.disk_usage(place).free
    detail = f"{settings.home}, {free / 1e9:.1f} GB free"
    if (refusal := _refusal(place)) is not None:
        what = "cannot be written" if place == settings.home else "cannot be made"
        advice = "set MUSICAI_HOME to a folder that can be written, or change the permissions"
        return fault("home", f"{settings.home} {what}: {place}: {refusal}", advice)
    if free < _TOO_LITTLE_BYTES:
        return fault("home", detail, "make room: the catalogue and the broker cannot be written")
    if free < _LITTLE_BYTES:
        return warning("home", detail, "make room, or set MUSICAI_HOME to a larger disk")
    return ok("home", detail)


def _refusal(place: Path) -> str | None:
    """Say why nothing can be made in a folder; None when it can, or when only room is missing."""
    try:
        # permissions alone do not tell: /proc and a share may allow what they then refuse
        with tempfile.TemporaryDirectory(prefix=".musicai-", dir=place):
            return None
    except OSError as err:
        return None if err.errno in (errno.ENOSPC, errno.EDQUOT) else err.strerror


def catalogue(settings: Settings) -> Finding:
    """Say whether the catalogue answers and has the newest schema. Makes no file and migrates nothing."""
    where = masked(settings.catalogue_url)
    if is_still_to_come(settings.catalogue_url):
        return ok("catalogue", f"{where}, made on first use")
    engine = open_engine(settings.catalogue_url)
    try:
        with translated(engine):
            migrate.check(engine)
            return ok("catalogue", f"{where}, schema {migrate.head()}")
    except CatalogueOutdatedError as err:
        return fault("catalogue", f"{where}: {err}", "then run `musicai doctor` again")
    except CatalogueUnavailableError as err:
        return fault("catalogue", str(err), "start the database, or check MUSICAI_DATABASE_URL")
    except SQLAlchemyError as err:
        return fault("catalogue", f"{where}: {err}", "is this file a catalogue? check MUSICAI_DATABASE_URL")
    finally:
        engine.dispose()


def schedules(settings: Settings) -> Iterator[Finding]:
    """Say whether what is due is seen to. Nothing where there is no catalogue that could tell."""
    if is_still_to_come(settings.catalogue_url):
        return
    engine = open_engine(settings.catalogue_url)
    try:
        migrate.check(engine)
        names = [view.name for view in read_all(engine) if view.next_at]
        if said := say_if_nobody_fires(engine):
            yield warning("schedules", said, "`musicai schedule list` shows what is due")
        else:
            yield ok("schedules", f"active: {', '.join(names)}" if names else "none is active")
    except (MusicAIError, SQLAlchemyError):
        return  # the finding about the catalogue says what is wrong
    finally:
        engine.dispose()


def runs_waiting(settings: Settings) -> int:
    """Return how many runs wait for a trainer, as far as the catalogue can be asked."""
    if is_still_to_come(settings.catalogue_url):
        return 0
    engine = open_engine(settings.catalogue_url)
    try:
        with reading(engine) as session:
            return len(runs.waiting(session))
    except (MusicAIError, SQLAlchemyError):
        return 0  # the finding about the catalogue says what is wrong
    finally:
        engine.dispose()


def is_still_to_come(url: str) -> bool:
    """Whether the catalogue is a file that the first command makes."""
    parsed = make_url(url)
    return parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists()
