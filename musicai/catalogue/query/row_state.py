"""The state of a row, as SQL over a track and its prediction."""

from sqlalchemy import Case, ColumnElement, and_, case

from musicai.catalogue.tables import Prediction, Track
from musicai.states import UNKNOWN, RowState, TrackState


def state_conditions() -> dict[RowState, ColumnElement[bool]]:
    """Return what makes each state; exactly one of them holds for each row.

    A prediction counts only when it is about the sound that the file holds now: the join that makes the
    rows sees to that.
    """
    present = Track.state == TrackState.PRESENT
    silent = and_(present, Prediction.id.is_(None))
    return {
        RowState.MISSING: Track.state == TrackState.MISSING,
        RowState.CLASSIFIED: and_(present, Prediction.genre != UNKNOWN),
        RowState.UNKNOWN: and_(present, Prediction.genre == UNKNOWN),
        RowState.FAILED: and_(silent, Track.error_code.is_not(None)),
        RowState.PENDING: and_(silent, Track.error_code.is_(None)),
    }


def state_column() -> Case[str]:
    """Return the state as a column."""
    return case(*((condition, state.value) for state, condition in state_conditions().items()))
