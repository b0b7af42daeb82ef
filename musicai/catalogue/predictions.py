"""Writing predictions: unique per track and model, so that writing one twice changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from musicai.catalogue.session import now
from musicai.catalogue.tables import Prediction, Score
from musicai.states import UNKNOWN

LEAST_SCORE = 0.01
"""Scores below are not kept: ten million tracks would carry fifty million rows of noise."""


@dataclass(frozen=True)
class NewPrediction:
    """The answer of a model for a track, before it is a row.

    Parameters
    ----------
    scores: calibrated probability of every genre.
    threshold: confidence below which the genre is unknown.
    excerpts: [{"start_s", "duration_s", "scores"}] in the order of time.
    """

    track_id: int
    model_id: int
    audio_hash: str
    whole: bool
    scores: Mapping[str, float]
    threshold: float
    excerpts: Sequence[Mapping[str, Any]]

    @property
    def guess(self) -> str:
        """The genre of the highest score."""
        return max(self.scores, key=lambda genre: self.scores[genre])

    @property
    def confidence(self) -> float:
        """The highest score."""
        return self.scores[self.guess]

    @property
    def margin(self) -> float:
        """How far the highest score is ahead of the second."""
        best, second = sorted((*self.scores.values(), 0.0), reverse=True)[:2]
        return best - second

    @property
    def discord(self) -> float:
        """How far the excerpts' scores are from the track's: the mean of the total variation distances."""
        apart = [_distance(excerpt["scores"], self.scores) for excerpt in self.excerpts]
        return sum(apart) / len(apart) if apart else 0.0

    @property
    def genre(self) -> str:
        """The guess, or unknown when the model is not confident enough."""
        return self.guess if self.confidence >= self.threshold else UNKNOWN


def _distance(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    return sum(abs(one.get(genre, 0.0) - score) for genre, score in other.items()) / 2


def save_predictions(session: Session, predictions: Sequence[NewPrediction]) -> None:
    """Insert or replace predictions with their scores."""
    if not predictions:
        return
    # one order for everybody: two jobs with the same tracks would deadlock otherwise
    ordered = sorted(predictions, key=lambda p: p.track_id)
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(Prediction)
    replaced = set(Prediction.__table__.columns.keys()) - {"id", "track_id", "model_id"}
    statement = statement.on_conflict_do_update(
        index_elements=["track_id", "model_id"],
        set_={name: getattr(statement.excluded, name) for name in replaced},
    )
    rows = session.execute(
        statement.returning(Prediction.id, Prediction.track_id, Prediction.model_id),
        [_row(prediction) for prediction in ordered],
    )
    ids = {(track_id, model_id): id_ for id_, track_id, model_id in rows}
    session.execute(delete(Score).where(Score.prediction_id.in_(ids.values())))
    scores = [row for p in ordered for row in _score_rows(ids[p.track_id, p.model_id], p)]
    session.execute(insert(Score), scores)


def _row(prediction: NewPrediction) -> dict[str, Any]:
    return {
        "track_id": prediction.track_id,
        "model_id": prediction.model_id,
        "audio_hash": prediction.audio_hash,
        "whole": prediction.whole,
        "genre": prediction.genre,
        "guess": prediction.guess,
        "confidence": prediction.confidence,
        "margin": prediction.margin,
        "discord": prediction.discord,
        "excerpts": [
            {**excerpt, "scores": kept_scores(excerpt["scores"])} for excerpt in prediction.excerpts
        ],
        "created_at": now(),
    }


def kept_scores(scores: Mapping[str, float]) -> dict[str, float]:
    """Return the scores worth a row, the highest first; the best one always."""
    ranked = sorted(scores.items(), key=lambda pair: -pair[1])
    worth = [pair for pair in ranked if pair[1] >= LEAST_SCORE] or ranked[:1]
    return {genre: round(score, 6) for genre, score in worth}


def _score_rows(prediction_id: int, prediction: NewPrediction) -> list[dict[str, Any]]:
    return [
        {"prediction_id": prediction_id, "genre": genre, "score": score}
        for genre, score in kept_scores(prediction.scores).items()
    ]
