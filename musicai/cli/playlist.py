"""The rows of a query as an extended M3U playlist in UTF-8."""

from collections.abc import Iterator

from musicai.cli.output import emit_text, note, number, printable
from musicai.services.query import TrackRow
from musicai.states import RowState

_UNPLAYABLE = (RowState.FAILED, RowState.MISSING)


def write_playlist(rows: Iterator[TrackRow]) -> None:
    """Print a playlist; what a player would stumble over is left out, and said on stderr."""
    emit_text("#EXTM3U\n")
    unplayable = unwritable = 0
    for row in rows:
        if row.state in _UNPLAYABLE:
            unplayable += 1
        elif row.file_base64 is not None or "\n" in row.file or "\r" in row.file:
            unwritable += 1
        else:
            emit_text(_entry(row))
    if unplayable:
        note(f"{number(unplayable)} left out: failed or missing, nothing to play")
    if unwritable:
        why = "a playlist holds no names with line ends or that are not UTF-8"
        note(f"{number(unwritable)} left out: {why}")


def _entry(row: TrackRow) -> str:
    seconds = -1 if row.duration_s is None else round(row.duration_s)
    named = " - ".join(filter(None, (row.artist, row.title))) or row.path.rpartition("/")[2]
    return f"#EXTINF:{seconds},{printable(named)}\n{row.file}\n"
