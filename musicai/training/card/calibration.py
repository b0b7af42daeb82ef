"""How much a model's confidence means."""

from musicai.models.side_car import SideCar
from musicai.training.calibration import LEAST_COVERAGE, PRECISION, Measured
from musicai.training.card.facts import Facts
from musicai.training.card.writing import paragraphs, picture
from musicai.training.evaluation.artefacts import RELIABILITY_FILE
from musicai.training.evaluation.tables import markdown_table
from musicai.training.evaluation.wording import percent, with_interval


def section(side_car: SideCar, facts: Facts) -> str:
    """Return the section."""
    fitted = side_car.calibration
    held_out = f" It and the threshold come from: {fitted.data}." if fitted.data else ""
    return paragraphs(
        f"Logits are divided by the temperature {fitted.temperature:g}.{held_out}",
        _error(side_car, facts),
        picture(facts.folder, RELIABILITY_FILE, "Reliability diagram") or _bins(side_car),
        _threshold(side_car, facts.measured),
    )


def _error(side_car: SideCar, facts: Facts) -> str:
    if facts.evaluation is not None:
        found = facts.evaluation.tracks.reliability
        verdict = "no more than" if found.error.value <= found.honest_95 else "more than"
        return (
            f"Expected calibration error (15 bins): **{with_interval(found.error)}**. By chance alone,"
            f" confidences without fault would show {found.honest:.3f} on that many tracks, and more than"
            f" {found.honest_95:.3f} once in twenty lists: the excess of {found.excess:.3f} is {verdict}"
            " chance explains."
        )
    error = side_car.metrics.get("calibration_error")
    return "" if error is None else f"Expected calibration error: **{error:.3f}**."


def _bins(side_car: SideCar) -> str:
    rows = [
        (f"{one['confidence']:.2f}", f"{one['accuracy']:.2f}", one["clips"])
        for one in side_car.metrics.get("reliability", [])
    ]
    return markdown_table(("mean confidence", "right", "tracks"), rows) if rows else ""


def _threshold(side_car: SideCar, measured: Measured | None) -> str:
    fitted = side_car.calibration
    if fitted.precision is None or fitted.coverage is None:
        return f'**"unknown" below {fitted.threshold:.2f}.** Nobody measured what that leaves.'
    precision, coverage = percent(fitted.precision), percent(fitted.coverage)
    if measured is not None:
        precision += " ({} to {})".format(*map(percent, measured.precision_interval))
        coverage += " ({} to {})".format(*map(percent, measured.coverage_interval))
    return (
        f'**"unknown" below {fitted.threshold:.2f}.** The threshold is the lowest at which'
        f" {percent(PRECISION)} of the answers are right, or else the one that leaves"
        f" {percent(LEAST_COVERAGE)} of the tracks an answer. On tracks that it was not chosen on,"
        f" {precision} of the answers are right and {coverage} of the tracks get one."
    )
