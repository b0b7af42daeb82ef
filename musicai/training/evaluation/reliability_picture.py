"""The reliability diagram: how often answers of a confidence are right."""

import math
from collections.abc import Iterator

from PIL import Image

from musicai.drawing.canvas import LINE, MUTED, PANEL, TEXT, Box, Canvas
from musicai.drawing.ramp import AMBER, TEAL, shade
from musicai.training.evaluation.figures import Bin, Evaluation, Reliability
from musicai.training.evaluation.wording import percent, with_interval

WIDTH, HEIGHT = 900, 1060
_EDGE = 48
_PLOT: Box = (118, 126, 852, 760)
_HISTOGRAM: Box = (118, 820, 852, 944)
_STEPS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_PAD = 3


def draw_reliability(evaluation: Evaluation, model: str, threshold: float | None = None) -> Image.Image:
    """Return the reliability diagram over tracks, 900 x 1060 pixels.

    Parameters
    ----------
    threshold: confidence below which the model says unknown.
    """
    reliability = evaluation.tracks.reliability
    canvas = Canvas(WIDTH, HEIGHT)
    canvas.text((_EDGE, 56), f"Calibration error {with_interval(reliability.error, dash='-')}", 28)
    canvas.text((_EDGE, 84), _subtitle(evaluation, model), 15, fill=MUTED, most=WIDTH - 2 * _EDGE)
    _plot(canvas, reliability)
    _histogram(canvas, reliability)
    if threshold:
        _threshold(canvas, threshold)
    _counts(canvas, reliability)
    _legend(canvas)
    return canvas.finished()


def _subtitle(evaluation: Evaluation, model: str) -> str:
    level = evaluation.tracks
    honest = level.reliability.honest
    return f"{model} · {level.count} tracks; honest confidences would show {honest:.3f} on so few"


def _plot(canvas: Canvas, reliability: Reliability) -> None:
    canvas.box(_PLOT, PANEL)
    for share in _STEPS:
        y = _up(_PLOT, share)
        canvas.line((_PLOT[0], y), (_PLOT[2], y), LINE)
        canvas.text((_PLOT[0] - 12, y), percent(share), 14, fill=MUTED, anchor="rm")
    for one in reliability.bins:
        _bar(canvas, one)
    canvas.curve([(_PLOT[0], _PLOT[3]), (_PLOT[2], _PLOT[1])], MUTED, 1.5)
    for one in reliability.bins:
        if one.count:
            x, y = _along(_PLOT, one.confidence), _up(_PLOT, one.accuracy)
            low, high = wilson(one.accuracy, one.count)
            canvas.line((x, _up(_PLOT, low)), (x, _up(_PLOT, high)), TEXT, 1.5)
            canvas.dot((x, y), 5, TEXT)
    canvas.upward((_EDGE + 4, (_PLOT[1] + _PLOT[3]) / 2 + 40), "right answers", 14, fill=MUTED)


def wilson(share: float, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927), which is honest for a handful of tracks too."""
    z = 1.96
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + (z / (2 * count)) ** 2)
    return max(0.0, middle - half), min(1.0, middle + half)


def _bar(canvas: Canvas, one: Bin) -> None:
    """Draw a bin up to its share of right answers, and by what its confidence misses it."""
    if not one.count:
        return
    left, right = _along(_PLOT, one.low) + _PAD, _along(_PLOT, one.high) - _PAD
    reached, claimed = _up(_PLOT, one.accuracy), _up(_PLOT, one.confidence)
    canvas.box((left, reached, right, _PLOT[3]), shade(0.75, TEAL))
    if claimed < reached:
        canvas.box((left, claimed, right, reached), shade(0.45, AMBER))
    else:
        canvas.box((left, reached, right, claimed), shade(1.0, TEAL))


def _histogram(canvas: Canvas, reliability: Reliability) -> None:
    canvas.text((_HISTOGRAM[0], _HISTOGRAM[1] - 14), "tracks by confidence", 14, fill=MUTED)
    canvas.box(_HISTOGRAM, PANEL)
    for left, top, right, _ in _columns(reliability):
        canvas.box((left, top, right, _HISTOGRAM[3]), shade(0.55, TEAL))
    for share in _STEPS:
        x = _along(_PLOT, share)
        canvas.line((x, _HISTOGRAM[3]), (x, _HISTOGRAM[3] + 6), LINE)
        canvas.text((x, _HISTOGRAM[3] + 24), percent(share), 14, fill=MUTED, anchor="ms")
    middle = (_HISTOGRAM[0] + _HISTOGRAM[2]) / 2
    canvas.text((middle, _HISTOGRAM[3] + 50), "confidence", 14, fill=MUTED, anchor="ms")


def _columns(reliability: Reliability) -> Iterator[tuple[float, float, float, int]]:
    most = max(one.count for one in reliability.bins)
    for one in reliability.bins:
        left, right = _along(_HISTOGRAM, one.low) + _PAD, _along(_HISTOGRAM, one.high) - _PAD
        top = _HISTOGRAM[3] - (_HISTOGRAM[3] - _HISTOGRAM[1] - 24) * one.count / most
        yield left, top, right, one.count


def _counts(canvas: Canvas, reliability: Reliability) -> None:
    # over the line of the threshold, which may stand where a number stands
    for left, top, right, count in _columns(reliability):
        if count:
            canvas.box((left, top - 19, right, top - 2), PANEL)
            canvas.text(((left + right) / 2, top - 6), str(count), 13, fill=MUTED, anchor="ms")


def _threshold(canvas: Canvas, threshold: float) -> None:
    x = _along(_PLOT, threshold)
    for box in (_PLOT, _HISTOGRAM):
        canvas.line((x, box[1]), (x, box[3]), TEXT, 1.5)
    text, before = f"unknown below {threshold:.2f}", threshold > 0.3
    canvas.text((x - 8 if before else x + 8, _PLOT[1] + 22), text, 14, anchor="rs" if before else "ls")


def _legend(canvas: Canvas) -> None:
    x, y = float(_EDGE), HEIGHT - 42
    parts = [
        ("right answers", shade(0.75, TEAL)),
        ("claims too much", shade(0.45, AMBER)),
        ("claims too little", shade(1.0, TEAL)),
    ]
    for name, colour in parts:
        canvas.box((x, y, x + 16, y + 14), colour, 3)
        x += 24
        x += canvas.text((x, y + 12), name, 13, fill=MUTED) + 28
    canvas.line((x, y + 7), (x + 18, y + 7), MUTED, 1.5)
    x += 26 + canvas.text((x + 26, y + 12), "right as often as it says", 13, fill=MUTED) + 28
    canvas.line((x + 5, y - 2), (x + 5, y + 16), TEXT, 1.5)
    canvas.dot((x + 5, y + 7), 4, TEXT)
    canvas.text((x + 18, y + 12), "95 % interval", 13, fill=MUTED)


def _along(box: Box, share: float) -> float:
    return box[0] + (box[2] - box[0]) * share


def _up(box: Box, share: float) -> float:
    return box[3] - (box[3] - box[1]) * share
