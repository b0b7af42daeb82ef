"""The person's word of a row, as SQL over a track and its correction.

A word is about a sound. It counts while the track holds that sound, or while nobody has heard either;
else it is stale, and a stale word is no word: the same as with predictions.
"""

from typing import Any

from sqlalchemy import Case, ColumnElement, SQLColumnExpression, and_, case, func

from musicai.catalogue.tables import Correction, Prediction, Track
from musicai.states import CorrectionState


def is_standing() -> ColumnElement[bool]:
    """Return whether a correction is its track's word: neither taken back nor replaced. One at most is."""
    return and_(Correction.track_id == Track.id, Correction.withdrawn_at.is_(None))


def is_about_this_sound() -> ColumnElement[bool]:
    """Return whether a correction was meant for the sound that the track holds now."""
    return Correction.audio_hash.is_not_distinct_from(Track.audio_hash)


def corrected_conditions() -> dict[CorrectionState, ColumnElement[bool]]:
    """Return what makes each state of a correction; exactly one of them holds for each row."""
    said = Correction.id.is_not(None)
    return {
        CorrectionState.YES: and_(said, is_about_this_sound()),
        CorrectionState.STALE: and_(said, ~is_about_this_sound()),
        CorrectionState.NO: Correction.id.is_(None),
    }


def corrected_column() -> Case[str]:
    """Return the state of the correction as a column."""
    return case(*((condition, state.value) for state, condition in corrected_conditions().items()))


def word_column() -> Case[Any]:
    """Return the genre of the word that counts, or null."""
    return case((is_about_this_sound(), Correction.genre))


def final_column() -> SQLColumnExpression[Any]:
    """Return the genre of the word that counts, else of the prediction."""
    return func.coalesce(word_column(), Prediction.genre)
