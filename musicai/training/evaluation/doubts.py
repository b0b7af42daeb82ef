"""What makes an evaluation's figures doubtful."""

from collections.abc import Iterator, Sequence

from musicai.training.evaluation.figures import Level

GTZAN = frozenset(
    ("blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock")
)
PERFECT_ON_GTZAN = 0.945
"""What a perfect classifier scores on GTZAN's faulty labels (Sturm, "The GTZAN dataset", 2013)."""
FEW_TRACKS = 10
_NAMED = 12


def doubts(tracks: Level, excerpts: Level, leaks: Sequence[str] = ()) -> tuple[str, ...]:
    """Return warnings as sentences."""
    return (*_too_good(tracks, excerpts), *_too_few(tracks), *leaks)


def _too_good(tracks: Level, excerpts: Level) -> Iterator[str]:
    best = max(tracks.accuracy.value, excerpts.accuracy.value)
    if set(tracks.per_genre) == GTZAN and best > PERFECT_ON_GTZAN:
        yield (
            f"accuracy {best:.3f} is more than a perfect classifier scores on GTZAN's faulty labels "
            f"({PERFECT_ON_GTZAN}, Sturm 2013): suspect a leak"
        )


def _too_few(tracks: Level) -> Iterator[str]:
    sizes = {genre: figures.support for genre, figures in tracks.per_genre.items()}
    if absent := [genre for genre, size in sizes.items() if not size]:
        yield f"no held-out track of {listed(absent)}: nothing is known about these genres"
    if few := [f"{genre} ({size})" for genre, size in sizes.items() if 0 < size < FEW_TRACKS]:
        yield (
            f"fewer than {FEW_TRACKS} held-out tracks of {listed(few)}: "
            "their figures say little, whatever their intervals"
        )


def listed(genres: Sequence[str]) -> str:
    """Return names of genres for a sentence: a dozen of them, and how many more there are."""
    more = len(genres) - _NAMED
    return ", ".join(genres[:_NAMED]) + (f" and {more} more" if more > 0 else "")
