"""Everything that the catalogue knows about one track."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from musicai.catalogue.query.nodes import And
from musicai.catalogue.query.question import Question, find_model
from musicai.catalogue.query.vocabulary import read_vocabulary
from musicai.catalogue.tables import Model, Prediction, Score, Track
from musicai.config import Settings
from musicai.services.advice import advice
from musicai.services.find_track import find_track
from musicai.services.history import Said, read_history
from musicai.services.query import COLUMNS, TrackRow, model_column, read_roots, to_track_row


@dataclass(frozen=True)
class Portrait:
    """One track: its row as in a query, and what there is besides.

    Parameters
    ----------
    row: as `musicai query` prints it.
    facts: of the file: container, codec, sample_rate, channels, size, audio_hash, added_at.
    scores: genre -> score, the highest first; empty when there is no answer.
    excerpts: [{"start_s", "duration_s", "scores"}] in the order of time.
    heard_at: when the model heard it.
    whole: whether it heard all of it.
    threshold: confidence below which this model says 'unknown'.
    advice: what to do when it failed.
    corrections: what people said, the latest first; also what was replaced or taken back.
    """

    row: TrackRow
    facts: dict[str, Any]
    scores: dict[str, float]
    excerpts: list[dict[str, Any]]
    heard_at: datetime | None
    whole: bool | None
    threshold: float | None
    advice: str | None
    corrections: list[Said]

    def to_json(self) -> dict[str, Any]:
        """Return the keys of a query's row, and `scores`, `excerpts` and the file's facts besides."""
        return {
            **self.row.to_json(),
            "scores": self.scores,
            "excerpts": self.excerpts,
            "heard_at": self.heard_at and self.heard_at.isoformat(),
            "whole": self.whole,
            "threshold": self.threshold,
            "advice": self.advice,
            "corrections": [said.to_json() for said in self.corrections],
            **self.facts,
        }


def show_track(session: Session, settings: Settings, path: str, *, model: str = "") -> Portrait:
    """Return what is known about the track that a path names.

    Raises
    ------
    NotFoundError: there is no such track, or no such model.
    """
    track = find_track(session, settings, path)
    chosen = find_model(session, model or settings.model)
    question = Question("", And(()), chosen, Track.id == track.id, read_vocabulary(session))
    statement = question.select(*COLUMNS, model_column(question), Prediction.id.label("prediction_id"))
    found = session.execute(statement.order_by(Prediction.id.desc())).first()
    if found is None:
        raise AssertionError("the track was found a moment ago, in the same transaction")
    row = to_track_row(found, read_roots(session, settings.mounts)[found.name])
    prediction = _read_prediction(session, found.prediction_id)
    return Portrait(
        row=row,
        facts=_facts(track),
        scores=_read_scores(session, prediction),
        excerpts=prediction.excerpts if prediction else [],
        heard_at=prediction.created_at if prediction else None,
        whole=prediction.whole if prediction else None,
        threshold=_threshold(chosen),
        advice=advice(row.error) if row.error else None,
        corrections=read_history(session, track),
    )


def _facts(track: Track) -> dict[str, Any]:
    return {
        "container": track.container,
        "codec": track.codec,
        "sample_rate": track.sample_rate,
        "channels": track.channels,
        "size": track.size,
        "audio_hash": track.audio_hash,
        "added_at": track.created_at.isoformat(),
    }


def _read_prediction(session: Session, prediction_id: int | None) -> Prediction | None:
    if prediction_id is None:
        return None
    return session.get(Prediction, prediction_id, options=[undefer(Prediction.excerpts)])


def _read_scores(session: Session, prediction: Prediction | None) -> dict[str, float]:
    if prediction is None:
        return {}
    wanted = select(Score).where(Score.prediction_id == prediction.id)
    return {s.genre: s.score for s in session.scalars(wanted.order_by(Score.score.desc(), Score.genre))}


def _threshold(model: Model | None) -> float | None:
    calibration = model.side_car.get("calibration") if model else None
    return calibration.get("threshold") if isinstance(calibration, dict) else None
