"""The layout: where everything stands."""

from PIL import Image

from musicai.audio.overview import Overview, overview
from musicai.audio.reader import Facts
from musicai.audio.track import AudioTrack
from musicai.drawing.canvas import MUTED, TEXT, Canvas
from musicai.drawing.genre_colours import colours
from musicai.pipeline.sheet import axes, panels
from musicai.pipeline.sheet.subject import Subject

WIDTH, HEIGHT = 1600, 900
_LEFT, _RIGHT = 128, 1140
_SPECTROGRAM = (_LEFT, 206, _RIGHT, 560)
_TIMELINE = (_LEFT, 618, _RIGHT, 794)
_SCORES = (1220, 206, 1544, 794)
_EDGE = 56
_BANDS = 236


def draw_sheet(track: AudioTrack, subject: Subject) -> Image.Image:
    """Return the picture of a track and a model's answer, 1600 x 900 pixels."""
    heard = overview(track, _RIGHT - _LEFT, _BANDS)
    canvas = Canvas(WIDTH, HEIGHT)
    shades = colours(list(subject.scores)[: panels.MOST_GENRES])
    duration_s = track.facts.duration_s
    _header(canvas, subject)
    panels.spectrogram_panel(canvas, _SPECTROGRAM, heard, subject.stretches, duration_s)
    panels.timeline_panel(canvas, _TIMELINE, subject, shades, duration_s)
    panels.score_panel(canvas, _SCORES, subject, shades)
    _footer(canvas, track.facts, subject, heard)
    return canvas.finished()


def _header(canvas: Canvas, subject: Subject) -> None:
    answer = subject.genre or ""
    shade = colours([answer])[answer] if answer in subject.scores else TEXT
    right = WIDTH - _EDGE
    width = canvas.text((right, 92), answer, 42, fill=shade, anchor="rs")
    if subject.confidence is not None:
        # the scores come with the highest first: the guess of an "unknown"
        guess = "" if answer in subject.scores else f"perhaps {next(iter(subject.scores), answer)}, "
        sure = f"{guess}confidence {subject.confidence * 100:.0f} %"
        canvas.text((right, 122), sure, 18, fill=MUTED, anchor="rs", most=600)
    room = right - _EDGE - width - 60
    canvas.text((_EDGE, 92), subject.heading, 42 if len(subject.heading) < 40 else 30, most=room)
    canvas.text((_EDGE, 122), subject.details, 18, fill=MUTED, most=1000)


def _footer(canvas: Canvas, facts: Facts, subject: Subject, heard: Overview) -> None:
    channels = {1: "mono", 2: "stereo"}.get(facts.channels, f"{facts.channels} channels")
    parts = [
        axes.clock(facts.duration_s),
        facts.codec if facts.codec == facts.container else f"{facts.codec} in {facts.container}",
        f"{facts.sample_rate / 1000:g} kHz",
        channels,
        "" if heard.is_complete else "spectrogram from 40 glimpses",
    ]
    canvas.text((_EDGE, HEIGHT - 34), " · ".join(filter(None, parts)), 15, fill=MUTED)
    canvas.text((WIDTH - _EDGE, HEIGHT - 34), subject.model, 15, fill=MUTED, anchor="rs", most=600)
