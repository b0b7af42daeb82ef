"""What would change if another model answered: it is asked for a sample, and nothing is written."""

import base64
import random
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from musicai.catalogue.files import path_bytes
from musicai.catalogue.query.question import Question, ask
from musicai.catalogue.tables import Library, Prediction, Track
from musicai.config import Settings
from musicai.errors import ConfigError, NotFoundError
from musicai.models.folder import verify
from musicai.models.store import find
from musicai.services.heavy import run_heavy
from musicai.services.query import read_roots
from musicai.services.registry.flows import WhatIf, summed
from musicai.storage.url import join


def what_if(
    session: Session,
    settings: Settings,
    name: str,
    expression: str = "",
    *,
    library: str | None = None,
    sample: int = 500,
    seed: int = 0,
) -> WhatIf:
    """Ask a model for a sample of the tracks that the active one answered for.

    Parameters
    ----------
    name: a model of the store; the catalogue need not know it.
    expression: which tracks, as for `musicai query`.
    sample: most tracks to ask for; 0 asks for all.

    Raises
    ------
    NotFoundError: there is no such model or library.
    ConfigError: no track fits, or the model is the one that answered already.
    ModelError: its files are damaged.
    """
    folder = find(name, settings.model_store)
    verify(folder)
    question = ask(session, expression, model=settings.model)
    if question.model is None:
        raise ConfigError("nothing has been classified yet, so nothing can change: musicai enqueue FOLDER")
    if question.model.name == name:
        raise ConfigError(f"{name!r} gave the answers that are in the catalogue: name another model")
    rows, of = _sampled(session, question, library, sample, seed)
    roots = read_roots(session, settings.mounts)
    session.rollback()  # whoever writes the catalogue need not wait until the last track is heard
    subject = [_subject(row, roots[row.library]) for row in rows]
    answers = run_heavy(settings, "musicai.pipeline.what_if", [str(folder)], subject)
    return summed(name, question.model.name, of, rows, answers)


def _sampled(
    session: Session, question: Question, library: str | None, sample: int, seed: int
) -> tuple[Sequence[Row[Any]], int]:
    chosen = question.select(Track.id).where(Prediction.id.is_not(None)).order_by(Track.id)
    if library is not None:
        _check_library(session, library)
        chosen = chosen.where(Library.name == library)
    with question.translating():
        ids = list(session.scalars(chosen))
    if not ids:
        raise ConfigError("no track that has an answer fits: `musicai query` shows which ones do")
    drawn = random.Random(seed).sample(ids, min(sample or len(ids), len(ids)))
    columns = (
        Track.id,
        Track.path,
        Track.raw_path,
        Track.audio_hash,
        Library.name.label("library"),
        Prediction.genre,
        Prediction.confidence,
        Prediction.whole,
    )
    rows: list[Row[Any]] = []
    for first in range(0, len(drawn), 500):  # a database takes only so many parameters
        some = question.select(*columns).where(Track.id.in_(drawn[first : first + 500]))
        rows += session.execute(some).all()
    return rows, len(ids)


def _check_library(session: Session, name: str) -> None:
    known = sorted(session.scalars(select(Library.name)))
    if name not in known:
        raise NotFoundError(f"there is no library {name!r}; there are: {', '.join(known) or 'none'}")


def _subject(row: Row[Any], root: bytes) -> dict[str, Any]:
    file = join(root, path_bytes(row.path, row.raw_path))
    return {
        "id": row.id,
        "path": base64.b64encode(file).decode(),
        "audio_hash": row.audio_hash,
        "whole": row.whole,
    }
