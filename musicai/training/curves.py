"""The curves of a run: loss and accuracy over the epochs, while learning and on held-out clips."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from musicai.drawing.canvas import LINE, MUTED, PANEL, Box, Canvas, Colour, Point
from musicai.drawing.ramp import AMBER, TEAL, shade
from musicai.training.epoch_report import EpochReport

WIDTH, HEIGHT = 1200, 620
_EDGE = 48
_TOP, _BOTTOM = 132.0, 524.0
_LEFT: Box = (104, _TOP, 590, _BOTTOM)
_RIGHT: Box = (682, _TOP, 1152, _BOTTOM)
_TICKS = 5
_MOST_POINTS = 1000
"""More than there are pixels would only take time."""

Curve = list[tuple[int, float]]


@dataclass(frozen=True)
class Axis:
    """From 0 to a round number, in steps that people count in."""

    top: float
    step: float

    @classmethod
    def up_to(cls, most: float) -> "Axis":
        """Return the shortest axis that reaches the value."""
        rough = max(most, 1e-6) / (_TICKS - 1)
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
        return cls(step * math.ceil(most / step - 1e-9) or step, step)

    @property
    def ticks(self) -> list[float]:
        """The round numbers."""
        return [self.step * k for k in range(round(self.top / self.step) + 1)]


def draw_curves(history: Sequence[EpochReport], title: str) -> Image.Image:
    """Return the curves as a picture of 1200 x 620 pixels.

    Parameters
    ----------
    history: the epochs that are done, one at least, in order.
    title: name of the run.
    """
    canvas = Canvas(WIDTH, HEIGHT)
    canvas.text((_EDGE, 56), title, 28, most=WIDTH - 2 * _EDGE)
    canvas.text((_EDGE, 84), _subtitle(history[-1]), 15, fill=MUTED, most=WIDTH - 2 * _EDGE)
    losses = [_curve(history, "train_loss"), _curve(history, "test_loss")]
    most = max(value for curve in losses for _, value in curve)
    epochs = history[-1].epochs
    _panel(canvas, _LEFT, "loss", curves=losses, epochs=epochs, axis=Axis.up_to(most))
    accuracies = [_curve(history, "train_accuracy"), _curve(history, "test_accuracy")]
    _panel(canvas, _RIGHT, "accuracy", curves=accuracies, epochs=epochs, axis=Axis(1.0, 0.2))
    _legend(canvas, watched=bool(losses[1]))
    return canvas.finished()


def _subtitle(last: EpochReport) -> str:
    parts = [f"epoch {last.epoch} of {last.epochs}", f"accuracy {last.train_accuracy:.3f} while learning"]
    if last.test_accuracy is not None:
        parts.append(f"{last.test_accuracy:.3f} held out")
    return " · ".join(parts)


def _curve(history: Sequence[EpochReport], name: str) -> Curve:
    """Return the finite values of the epochs that have one, thinned out."""
    stride = -(-len(history) // _MOST_POINTS)
    values = [(row.epoch, getattr(row, name)) for row in history]
    present = [(epoch, value) for epoch, value in values if value is not None and math.isfinite(value)]
    return present[::-stride][::-1]


def _panel(canvas: Canvas, box: Box, name: str, *, curves: list[Curve], epochs: int, axis: Axis) -> None:
    canvas.box(box, PANEL)
    canvas.text((box[0], box[1] - 14), name, 15, fill=MUTED)
    for value in axis.ticks:
        y = _up(box, value / axis.top)
        canvas.line((box[0], y), (box[2], y), LINE)
        canvas.text((box[0] - 12, y), f"{value:g}", 14, fill=MUTED, anchor="rm")
    for epoch in _epochs(epochs):
        x = _along(box, epoch, epochs)
        canvas.line((x, box[3]), (x, box[3] + 6), LINE)
        canvas.text((x, box[3] + 24), str(epoch), 14, fill=MUTED, anchor="ms")
    canvas.text(((box[0] + box[2]) / 2, box[3] + 48), "epoch", 14, fill=MUTED, anchor="ms")
    for curve, colour in zip(curves, _colours(), strict=True):
        _draw(canvas, [(_along(box, e, epochs), _up(box, v / axis.top)) for e, v in curve], colour)


def _draw(canvas: Canvas, points: list[Point], colour: Colour) -> None:
    if len(points) > 1:
        canvas.curve(points, colour, 2)
    elif points:
        canvas.dot(points[0], 3, colour)


def _epochs(epochs: int) -> list[int]:
    if epochs < _TICKS:
        return list(range(1, epochs + 1))
    return [1, *(int(tick) for tick in Axis.up_to(epochs).ticks if 1 < tick <= epochs)]


def _legend(canvas: Canvas, *, watched: bool) -> None:
    x, y = float(_EDGE), HEIGHT - 36
    for name, colour in zip(("while learning", "held out"), _colours(), strict=True):
        if name == "held out" and not watched:
            return
        canvas.line((x, y), (x + 22, y), colour, 3)
        x += 32
        x += canvas.text((x, y + 5), name, 14, fill=MUTED) + 32


def _colours() -> tuple[Colour, Colour]:
    return shade(1.0, TEAL), shade(1.0, AMBER)


def _along(box: Box, epoch: int, epochs: int) -> float:
    return box[0] + (box[2] - box[0]) * (epoch - 1) / max(1, epochs - 1)


def _up(box: Box, share: float) -> float:
    return box[3] - (box[3] - box[1]) * share
