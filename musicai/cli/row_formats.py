"""The rows of a query as JSON, JSON lines, CSV, a playlist, a table or plain lines; all of them stream."""

import csv
import io
import json
from collections.abc import Callable, Iterator

from musicai.cli.output import emit_text, is_terminal, print_lines
from musicai.cli.playlist import write_playlist
from musicai.cli.row_table import write_table
from musicai.services.query import TrackRow
from musicai.states import RowState


def write_rows(rows: Iterator[TrackRow], format_: str) -> int:
    """Print rows in a format and return how many there were."""
    counted = _Counted(rows)
    _WRITERS[format_](counted)
    return counted.count


class _Counted(Iterator[TrackRow]):
    """Counts what passes."""

    def __init__(self, rows: Iterator[TrackRow]) -> None:
        self._rows = rows
        self.count = 0

    def __next__(self) -> TrackRow:
        row = next(self._rows)
        self.count += 1
        return row


def _write_json(rows: Iterator[TrackRow]) -> None:
    separator = "[\n  "
    for row in rows:
        emit_text(separator + json.dumps(row.to_json(), ensure_ascii=False))
        separator = ",\n  "
    emit_text("[]\n" if separator.startswith("[") else "\n]\n")


def _write_json_lines(rows: Iterator[TrackRow]) -> None:
    for row in rows:
        emit_text(json.dumps(row.to_json(), ensure_ascii=False) + "\n")


def _write_csv(rows: Iterator[TrackRow]) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(TrackRow.__slots__)
    for row in rows:
        writer.writerow(row.to_json().values())
        _empty(buffer)
    _empty(buffer)


def _empty(buffer: io.StringIO) -> None:
    emit_text(buffer.getvalue())
    buffer.seek(0)
    buffer.truncate()


def _write_table(rows: Iterator[TrackRow]) -> None:
    if is_terminal():
        write_table(rows)
    else:
        print_lines(_plain(row) for row in rows)


def _plain(row: TrackRow) -> tuple[object, ...]:
    confidence = None if row.confidence is None else f"{row.confidence:.3f}"
    doubt = f"{row.guess}?" if row.state == RowState.UNKNOWN else row.error
    return (
        row.genre or row.state,
        confidence,
        row.library,
        row.path,
        row.model or "",
        doubt,
        row.correction,
    )


_WRITERS: dict[str, Callable[[Iterator[TrackRow]], None]] = {
    "table": _write_table,
    "json": _write_json,
    "jsonl": _write_json_lines,
    "csv": _write_csv,
    "m3u8": write_playlist,
}
