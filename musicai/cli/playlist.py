"""The rows of a query as an extended M3U playlist in UTF-8."""

from collections.abc import Iterator

from musicai.cli.output import emit_text, note, number, printable
from musicai.services.query import TrackRow


def write_playlist(rows: Iterator[TrackRow]) -> None:
    """Print a playlist; a name that such a file cannot hold is left out, and said on stderr."""
    emit_text("#EXTM3U\n")
    left_out = 0
    for row in rows:
        if row.file_base64 is None and "\n" not in row.file and "\r" not in row.file:
            emit_text(_entry(row))
        else:
            left_out += 1
    if left_out:
        note(f"{number(left_out)} left out: a playlist holds no names with line ends or that are not UTF-8")


def _entry(row: TrackRow) -> str:
    seconds = -1 if row.duration_s is None else round(row.duration_s)
    named = " - ".join(filter(None, (row.artist, row.title))) or row.path.rpartition("/")[2]
    return f"#EXTINF:{seconds},{printable(named)}\n{row.file}\n"
