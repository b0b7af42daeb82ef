"""Ticks and labels of time and frequency."""

from collections.abc import Iterator

from musicai.audio.overview import F_MAX, height
from musicai.drawing.canvas import LINE, MUTED, Box, Canvas

_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800)
_MOST_LABELS = 9
_LABELLED_HZ = (100, 500, 1000, 2000, 4000, 8000)
_SMALL = 14


def clock(seconds: float) -> str:
    """Return 1:02:03, or 2:03 below an hour."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def times(duration_s: float) -> Iterator[float]:
    """Yield round times within a track, few enough to be labelled."""
    step = next((s for s in _STEPS_S if duration_s / s <= _MOST_LABELS), _STEPS_S[-1])
    for k in range(int(duration_s // step) + 1):
        yield k * step


def place(time_s: float, duration_s: float, box: Box) -> float:
    """Return the horizontal place of a time within a box."""
    return box[0] + (box[2] - box[0]) * min(1.0, time_s / duration_s)


def time_axis(canvas: Canvas, box: Box, duration_s: float) -> None:
    """Write times under a box."""
    for time_s in times(duration_s):
        x = place(time_s, duration_s, box)
        canvas.line((x, box[3]), (x, box[3] + 6), LINE)
        canvas.text((x, box[3] + 23), clock(time_s), _SMALL, fill=MUTED, anchor="ms")


def frequency_axis(canvas: Canvas, box: Box) -> None:
    """Write frequencies beside a box."""
    for hz in _LABELLED_HZ:
        if hz > F_MAX:
            continue
        y = box[3] - (box[3] - box[1]) * height(hz)
        canvas.line((box[0] - 6, y), (box[0], y), LINE)
        canvas.text(
            (box[0] - 12, y),
            f"{hz // 1000} kHz" if hz >= 1000 else f"{hz} Hz",
            _SMALL,
            fill=MUTED,
            anchor="rm",
        )


def share_axis(canvas: Canvas, box: Box) -> None:
    """Write shares beside a box, and lines across it."""
    for share in (0, 50, 100):
        y = box[3] - (box[3] - box[1]) * share / 100
        canvas.text((box[0] - 12, y), f"{share} %", _SMALL, fill=MUTED, anchor="rm")
