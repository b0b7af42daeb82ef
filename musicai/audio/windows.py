"""Which stretches of a track are heard."""

from collections.abc import Iterator

MOST_EXCERPTS = 3


def spread(frames: int, rate: int, excerpt_s: float) -> list[tuple[int, int]]:
    """Return up to three excerpts spread evenly: centred in as many equal segments.

    A track with less than one second beyond its only excerpt is heard from its start, so that a 30 s clip
    is exactly what it is.

    Parameters
    ----------
    frames: length of the track in sample frames.
    rate: sample frames per second.
    excerpt_s: seconds per excerpt.

    Returns
    -------
    list of (start, length) in sample frames; the length is shorter than an excerpt only when the track is.
    """
    length = min(frames, int(excerpt_s * rate))
    count = min(MOST_EXCERPTS, max(1, frames // length)) if length else 1
    if count == 1 and frames - length < rate:
        return [(0, length)]
    return [(int((k + 0.5) * frames / count - length / 2), length) for k in range(count)]


def consecutive(frames: int, rate: int, excerpt_s: float) -> Iterator[tuple[int, int]]:
    """Yield excerpts one after the other; the last is moved back so that it is full and nothing is lost.

    Parameters and values are those of `spread`.
    """
    length = min(frames, int(excerpt_s * rate))
    for start in range(0, frames - length + 1, max(1, length)):
        yield start, length
    if length and frames % length:
        yield frames - length, length
