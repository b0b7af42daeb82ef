"""The three parts of the sheet: spectrogram, timeline, scores."""

from musicai.audio.overview import Overview
from musicai.audio.picture import picture
from musicai.drawing.canvas import LINE, MUTED, PANEL, TEXT, Box, Canvas, Colour
from musicai.drawing.genre_colours import OTHERS
from musicai.pipeline.sheet import axes
from musicai.pipeline.sheet.subject import Stretch, Subject

MOST_GENRES = 10
_BRACKET = 5
_ROW = 54


def spectrogram_panel(
    canvas: Canvas, box: Box, overview: Overview, stretches: list[Stretch], duration_s: float
) -> None:
    """Draw the track's spectrogram; what the model did not hear is dimmed."""
    canvas.paste(picture(overview.levels, span=(-70.0, 0.0)), box)
    axes.frequency_axis(canvas, box)
    if not stretches:
        return
    spans = [_span(stretch, duration_s, box) for stretch in stretches]
    unheard = box[0]
    for left, right in [*spans, (box[2], box[2])]:
        canvas.shade((unheard, box[1], left, box[3]), 0.45)
        unheard = max(unheard, right)
    for number, (left, right) in enumerate(spans, 1):
        canvas.box((left + 1, box[1] - 14, right - 1, box[1] - 14 + _BRACKET), TEXT, 2.5)
        if len(spans) <= 3:
            name = f"Excerpt {number}" if len(spans) > 1 else "Excerpt"
            canvas.text(((left + right) / 2, box[1] - 22), name, 14, fill=MUTED, anchor="ms")


def timeline_panel(
    canvas: Canvas, box: Box, subject: Subject, colours: dict[str, Colour], duration_s: float
) -> None:
    """Draw each excerpt's scores as a stack, at its place in time."""
    centre, middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    canvas.text((box[0], box[1] - 14), "Scores by excerpt", 15, fill=MUTED)
    canvas.box(box, PANEL)
    canvas.line((box[0], middle), (box[2], middle), LINE)
    axes.share_axis(canvas, box)
    axes.time_axis(canvas, box, duration_s)
    if not subject.stretches:
        canvas.text((centre, middle - 22), "no answer yet", 18, fill=MUTED, anchor="mm")
    for stretch in subject.stretches:
        left, right = _span(stretch, duration_s, box)
        gap = min(1.0, (right - left) / 8)
        _stack(canvas, (left + gap, box[1], right - gap, box[3]), stretch, colours)


def _stack(canvas: Canvas, box: Box, stretch: Stretch, colours: dict[str, Colour]) -> None:
    bottom, whole = box[3], box[3] - box[1]
    canvas.box(box, OTHERS)
    for genre, colour in colours.items():
        top = max(box[1], bottom - whole * stretch.scores.get(genre, 0.0))
        canvas.box((box[0], top, box[2], bottom), colour)
        bottom = top


def score_panel(canvas: Canvas, box: Box, subject: Subject, colours: dict[str, Colour]) -> None:
    """Draw the track's scores as bars; they are the legend of the timeline as well."""
    canvas.text((box[0], box[1]), "Scores", 18, fill=MUTED)
    top = box[1] + 16
    for genre, colour in colours.items():
        score = subject.scores.get(genre, 0.0)
        canvas.text((box[0], top + 25), genre, 18, fill=TEXT, most=box[2] - box[0] - 70)
        canvas.text((box[2], top + 25), _percent(score), 18, fill=MUTED, anchor="rs")
        bar = (box[0], top + 33, box[2], top + 43)
        canvas.box(bar, PANEL, 5)
        canvas.box((bar[0], bar[1], bar[0] + max(10.0, (bar[2] - bar[0]) * score), bar[3]), colour, 5)
        top += _ROW
    rest = 1 - sum(subject.scores.get(genre, 0.0) for genre in colours)
    if subject.scores and rest >= 0.005:
        canvas.box((box[0], top + 16, box[0] + 12, top + 28), OTHERS, 3)
        canvas.text((box[0] + 20, top + 28), "all others", 15, fill=MUTED)
        canvas.text((box[2], top + 28), _percent(rest), 15, fill=MUTED, anchor="rs")
    if subject.threshold and subject.scores:
        x = box[0] + (box[2] - box[0]) * subject.threshold
        canvas.line((x, box[1] + 45), (x, box[1] + 63), TEXT, 1.5)
        limit = f"unknown below {_percent(subject.threshold)}"
        canvas.text((box[2], box[1]), limit, 14, fill=MUTED, anchor="rs")


def _span(stretch: Stretch, duration_s: float, box: Box) -> tuple[float, float]:
    left = axes.place(stretch.start_s, duration_s, box)
    return left, axes.place(stretch.start_s + stretch.duration_s, duration_s, box)


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %" if share >= 0.01 else "< 1 %"
