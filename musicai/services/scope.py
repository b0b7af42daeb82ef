"""Which tracks a job was about, as a query expression."""

import re

from sqlalchemy.orm import Session

from musicai.catalogue import ledger
from musicai.catalogue.tables import Library
from musicai.services.scan_options import ScanOptions, Target
from musicai.storage.url import PLAYLISTS, is_url


def job_scope(session: Session, job_id: int) -> str:
    """Return the expression of the tracks below the paths that a job was given."""
    options = ScanOptions.from_json(ledger.get_job(session, job_id).options)
    return " , ".join(_expression(session, target) for target in options.targets)


def _expression(session: Session, target: Target) -> str:
    library = session.get_one(Library, target.library_id)
    term = f"library:={quoted(library.name)}"
    if not target.under or _is_playlist(library, target.under):
        return term
    # in a pattern the language leaves backslashes to the regular expression: only quotes are escaped
    path = re.escape(target.under.decode(errors="replace")).replace('"', '\\"')
    return f'{term} path::"^{path}(/|$)"'


def _is_playlist(library: Library, under: bytes) -> bool:
    # what it names lies anywhere in the library
    return is_url(library.root) and under.lower().endswith(PLAYLISTS)


def quoted(text: str) -> str:
    """Return text as one word of a query expression, whatever it holds."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
