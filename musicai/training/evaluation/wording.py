"""Figures as people read them, the same in pictures, tables and cards."""

from musicai.training.evaluation.figures import Figure


def percent(share: float) -> str:
    """Return 0.617 as '62 %'."""
    return f"{100 * share:.0f} %"


def with_interval(figure: Figure, digits: int = 3, dash: str = "–") -> str:
    """Return '0.619 (0.55–0.69)': the value, and the 95 % interval with one digit less.

    Parameters
    ----------
    dash: for pictures a plain one, which every font has.
    """
    low, high = (f"{bound:.{digits - 1}f}" for bound in (figure.low, figure.high))
    return f"{figure.value:.{digits}f} ({low}{dash}{high})"
