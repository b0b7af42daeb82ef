"""Which genres flow where, as a picture: what the catalogue says now on the left, then on the right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from musicai.drawing.canvas import BACKGROUND, MUTED, Canvas, Colour, Point
from musicai.drawing.genre_colours import OTHERS, colours
from musicai.errors import ConfigError
from musicai.services.registry.flows import Flow, WhatIf
from musicai.states import UNKNOWN

_WIDTH, _EDGE, _TOP, _FOOT = 1100, 48, 148, 40
_LEFT, _RIGHT, _BAR = 300, 800, 16
_GAP, _LEAST = 10, 620
_STEPS = 40
_STAYS, _GOES = 0.28, 0.62
"""How strong the colour of a ribbon is: what stays is quiet, what goes is not."""


def write_flows(found: WhatIf, file: Path) -> None:
    """Draw the flows into a PNG file; ConfigError when it cannot be written."""
    try:
        draw_flows(found).save(file, "PNG", optimize=True)
    except OSError as err:
        raise ConfigError(f"{file} cannot be written: {err.strerror or err}") from err


def draw_flows(found: WhatIf) -> Image.Image:
    """Return a picture of genres on both sides and of ribbons between them, as wide as their tracks."""
    before = _sums(found.flows, "before")
    after = _in_order(_sums(found.flows, "after"), list(before))
    most = max(len(before), len(after), 1)
    height = max(_LEAST, 30 * most) + _TOP + _FOOT
    canvas = Canvas(_WIDTH, height)
    _head(canvas, found)
    scale = (height - _TOP - _FOOT - _GAP * (most - 1)) / max(1, found.tracks)
    paint = {**colours({*before, *after} - {UNKNOWN}), UNKNOWN: OTHERS}
    left, right = _places(before, scale), _places(after, scale)
    for ribbon in _ribbons(found.flows, dict(left), dict(right), scale):
        share = _STAYS if ribbon.flow.before == ribbon.flow.after else _GOES
        canvas.area(ribbon.outline(), _mixed(paint[ribbon.flow.before], share))
    for genre, tracks in before.items():
        top, middle = left[genre], left[genre] + tracks * scale / 2
        canvas.box((_LEFT, top, _LEFT + _BAR, top + tracks * scale), paint[genre], 2)
        canvas.text((_LEFT - 12, middle), f"{genre}  {tracks}", 15, anchor="rm", most=_LEFT - _EDGE)
    for genre, tracks in after.items():
        top, middle = right[genre], right[genre] + tracks * scale / 2
        canvas.box((_RIGHT, top, _RIGHT + _BAR, top + tracks * scale), paint[genre], 2)
        canvas.text((_RIGHT + _BAR + 12, middle), f"{genre}  {tracks}", 15, anchor="lm", most=_LEFT - _EDGE)
    return canvas.finished()


def _head(canvas: Canvas, found: WhatIf) -> None:
    canvas.text((_EDGE, 56), "Which genres flow where", 28)
    line = (
        f"{found.model} in the place of {found.active} · {found.changed} of {found.tracks} tracks change"
        f" · unknown {100 * found.unknown_before:.0f} % to {100 * found.unknown_after:.0f} %"
    )
    canvas.text((_EDGE, 84), line, 15, fill=MUTED, most=_WIDTH - 2 * _EDGE)
    canvas.text((_LEFT + _BAR, _TOP - 22), "now", 14, fill=MUTED, anchor="rs")
    canvas.text((_RIGHT, _TOP - 22), "then", 14, fill=MUTED)


def _sums(flows: Sequence[Flow], side: str) -> dict[str, int]:
    """Return the tracks of each genre on one side, the largest first and 'unknown' last."""
    sums: dict[str, int] = {}
    for flow in flows:
        sums[getattr(flow, side)] = sums.get(getattr(flow, side), 0) + flow.tracks
    return dict(sorted(sums.items(), key=lambda item: (item[0] == UNKNOWN, -item[1], item[0])))


def _in_order(sums: Mapping[str, int], others: Sequence[str]) -> dict[str, int]:
    """Return the sums in the order of the other side, so that fewer ribbons cross; new genres follow."""
    known = [genre for genre in others if genre in sums and genre != UNKNOWN]
    rest = [genre for genre in sums if genre not in known]
    return {genre: sums[genre] for genre in (*known, *rest)}


def _places(sums: Mapping[str, int], scale: float) -> dict[str, float]:
    """Return where the bar of each genre begins."""
    places, y = {}, float(_TOP)
    for genre, tracks in sums.items():
        places[genre] = y
        y += tracks * scale + _GAP
    return places


@dataclass(frozen=True)
class _Ribbon:
    """A flow from `start` on the left to `end` on the right."""

    flow: Flow
    start: float
    end: float
    thickness: float

    def outline(self) -> list[Point]:
        t = np.linspace(0, 1, _STEPS)
        x = (_LEFT + _BAR + t * (_RIGHT - _LEFT - _BAR)).tolist()
        y = self.start + (3 * t**2 - 2 * t**3) * (self.end - self.start)
        upper, lower = zip(x, y, strict=True), zip(x, y + self.thickness, strict=True)
        return [*upper, *reversed(list(lower))]


def _ribbons(
    flows: Sequence[Flow], left: dict[str, float], right: dict[str, float], scale: float
) -> list[_Ribbon]:
    """Return what stays before what goes; `left` and `right` move on to where the next one begins."""
    rows, columns = list(left), list(right)
    starts = {}
    for flow in sorted(flows, key=lambda flow: columns.index(flow.after)):
        starts[flow] = left[flow.before]
        left[flow.before] += flow.tracks * scale
    ribbons = []
    for flow in sorted(flows, key=lambda flow: rows.index(flow.before)):
        ribbons.append(_Ribbon(flow, starts[flow], right[flow.after], flow.tracks * scale))
        right[flow.after] += flow.tracks * scale
    return sorted(ribbons, key=lambda ribbon: ribbon.flow.before != ribbon.flow.after)


def _mixed(colour: Colour, share: float) -> Colour:
    red, green, blue = (round(share * c + (1 - share) * b) for c, b in zip(colour, BACKGROUND, strict=True))
    return red, green, blue
