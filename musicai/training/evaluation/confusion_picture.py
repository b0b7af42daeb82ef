"""The confusion matrix as a picture."""

from PIL import Image

from musicai.drawing.canvas import LINE, MUTED, PANEL, TEXT, Canvas
from musicai.drawing.lettering import lettering
from musicai.drawing.ramp import AMBER, TEAL, ink, shade
from musicai.training.evaluation.figures import Evaluation, Level
from musicai.training.evaluation.wording import percent, with_interval

_EDGE, _TOP, _FOOT = 48, 118, 96
_GAP = 2
_COLUMN = 74
_NAMES = (60, 190)
MOST_GENRES = 60
"""More are no picture that anybody reads, and need gigabytes: those with the most tracks and answers."""


class ConfusionPicture:
    """Where everything stands: a row for each genre as labelled, a column for each as answered."""

    def __init__(self, level: Level) -> None:
        names = tuple(level.per_genre)
        self.shown = _most_frequent(level)
        self.genres = tuple(names[k] for k in self.shown)
        self.cell = max(26, min(70, 860 // len(self.genres)))
        self.letters = 15 if self.cell > 30 else 12
        widest = max(_width(genre, self.letters) for genre in self.genres)
        self.names = max(_NAMES[0], min(_NAMES[1], round(widest) + 8))
        self.level_columns = widest <= self.cell - 6
        head = 42 if self.level_columns else self.names + 14
        self.left, self.top = _EDGE + 26 + self.names, _TOP + head
        self.side = self.cell * len(self.genres)
        self.width = max(760, self.left + self.side + 2 * _COLUMN + _EDGE)
        self.height = self.top + self.side + 40 + _FOOT

    def at(self, row: int, column: int) -> tuple[float, float, float, float]:
        """Return the box of a cell."""
        left, top = self.left + column * self.cell, self.top + row * self.cell
        return left, top, left + self.cell - _GAP, top + self.cell - _GAP


def draw_confusion(evaluation: Evaluation, model: str) -> Image.Image:
    """Return the confusion matrix over tracks; its size grows with the number of genres.

    A cell's number counts tracks; its shade is their share of the row. Right answers are teal, wrong ones
    amber. Beside the rows stands the recall, below the columns the precision.
    """
    level = evaluation.tracks
    plan = ConfusionPicture(level)
    canvas = Canvas(plan.width, plan.height)
    canvas.text((_EDGE, 56), "Confusion matrix", 28)
    line = f"{model} · accuracy {with_interval(level.accuracy, dash='-')} · {level.count} tracks"
    if len(plan.genres) < len(level.per_genre):
        line += f" · {len(plan.genres)} of {len(level.per_genre)} genres"
    canvas.text((_EDGE, 84), line, 15, fill=MUTED, most=plan.width - 2 * _EDGE)
    _names(canvas, plan)
    _cells(canvas, plan, level)
    _margins(canvas, plan, level)
    _legend(canvas, plan)
    return canvas.finished()


def _names(canvas: Canvas, plan: ConfusionPicture) -> None:
    canvas.upward((_EDGE + 6, plan.top + plan.side / 2 + 25), "labelled", 14, fill=MUTED)
    canvas.text((plan.left + plan.side / 2, _TOP), "answered", 14, fill=MUTED, anchor="ms")
    for k, genre in enumerate(plan.genres):
        left, top, right, bottom = plan.at(k, k)
        size, most = plan.letters, plan.names
        canvas.text((plan.left - 12, (top + bottom) / 2), genre, size, anchor="rm", most=most)
        if plan.level_columns:
            canvas.text(((left + right) / 2, plan.top - 12), genre, size, anchor="ms")
        else:
            canvas.upward(((left + right) / 2, plan.top - 10), genre, size, most=most)


def _cells(canvas: Canvas, plan: ConfusionPicture, level: Level) -> None:
    counts = level.confusion.counts
    for row, label in enumerate(plan.shown):
        whole = max(1, sum(counts[label]))
        for column, answer in enumerate(plan.shown):
            count = counts[label][answer]
            left, top, right, bottom = box = plan.at(row, column)
            colour = TEAL if row == column else AMBER
            canvas.box(box, shade(count / whole, colour), 3)
            if count:
                middle = ((left + right) / 2, (top + bottom) / 2)
                size = _fitting(str(count), plan)
                canvas.text(middle, str(count), size, fill=ink(count / whole, colour), anchor="mm")


def _margins(canvas: Canvas, plan: ConfusionPicture, level: Level) -> None:
    right, below = plan.left + plan.side, plan.top + plan.side
    canvas.text((right + _COLUMN - 8, plan.top - 12), "tracks", 13, fill=MUTED, anchor="rs")
    canvas.text((right + 2 * _COLUMN - 8, plan.top - 12), "recall", 13, fill=MUTED, anchor="rs")
    canvas.text((plan.left - 12, below + 20), "precision", 13, fill=MUTED, anchor="rm")
    for k, genre in enumerate(plan.genres):
        figures = level.per_genre[genre]
        left, top, end, bottom = plan.at(k, k)
        middle = (top + bottom) / 2
        canvas.text((right + _COLUMN - 8, middle), str(figures.support), 14, fill=MUTED, anchor="rm")
        recall = percent(figures.recall.value) if figures.support else "–"
        canvas.text((right + 2 * _COLUMN - 8, middle), recall, 14, fill=TEXT, anchor="rm")
        precision = percent(figures.precision.value) if figures.answers else "–"
        text = precision if plan.cell > 40 else precision.removesuffix(" %")
        canvas.text(((left + end) / 2, below + 20), text, 14 if plan.cell > 40 else 12, anchor="mm")


def _legend(canvas: Canvas, plan: ConfusionPicture) -> None:
    y = plan.height - 46
    canvas.line((_EDGE, y - 22), (plan.width - _EDGE, y - 22), LINE)
    x = _EDGE + canvas.text((_EDGE, y + 12), "share of the row", 13, fill=MUTED) + 20
    for name, colour in (("right", TEAL), ("wrong", AMBER)):
        canvas.box((x, y, x + 160, y + 14), PANEL, 3)
        for k in range(40):
            canvas.box((x + 4 * k, y, x + 4 * k + 4, y + 14), shade((k + 0.5) / 40, colour))
        x += 170
        x += canvas.text((x, y + 12), name, 13, fill=MUTED) + 30


def _most_frequent(level: Level) -> list[int]:
    seen = [figures.support + figures.answers for figures in level.per_genre.values()]
    ranked = sorted(range(len(seen)), key=lambda k: -seen[k])
    return sorted(ranked[:MOST_GENRES])


def _fitting(text: str, plan: ConfusionPicture) -> int:
    size = 18 if plan.cell > 50 else 14 if plan.cell > 30 else 12
    while size > 7 and _width(text, size) > plan.cell - 6:
        size -= 1
    return size


def _width(text: str, size: int) -> float:
    written, font = lettering(text, size)
    return float(font.getlength(written))
