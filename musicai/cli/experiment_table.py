"""Experiments as a table: settings, what was reported, what came out."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from rich.table import Table

from musicai.cli.output import (
    duration,
    emit_json,
    emit_text,
    is_terminal,
    new_table,
    print_fitting,
    print_lines,
    share,
)
from musicai.services.experiments import ExperimentView

_SETTINGS = ("#", "Network", "Batch", "Epochs", "Rate", "Momentum", "BN1d", "BN2d", "Jitter", "Dropout")
_FIGURES = ("Train: report", "here", "Val: report", "here", "95 %", "Test: here", "95 %", "Time")
_TITLES = (*_SETTINGS, *_FIGURES)
_LEFT = {1, 6, 7, 8}
_DROPPED = (16, 14, 5, 2, 4, 3, 9, 8, 7, 6)
"""What a narrow terminal does without, the first one first: `--markdown` and `--json` have it. First the
intervals, then settings: the number says which experiment it is."""


def print_views(views: Sequence[ExperimentView], *, as_json: bool, markdown: bool) -> None:
    """Print experiments as JSON, as Markdown, as a table for people, or as lines."""
    rows = [_cells(view) for view in views]
    if as_json:
        emit_json([view.to_json() for view in views])
    elif markdown:
        emit_text(_markdown(rows))
    elif is_terminal():
        print_fitting(partial(_table, rows), _DROPPED)
    else:
        print_lines([_TITLES, *rows])


def _table(rows: Sequence[Sequence[str]], dropped: Sequence[int]) -> Table:
    table, kept = new_table(), [index for index in range(len(_TITLES)) if index not in dropped]
    for index in kept:
        table.add_column(_TITLES[index], justify="left" if index in _LEFT else "right")
    for row in rows:
        table.add_row(*(row[index] for index in kept))
    return table


def _cells(view: ExperimentView) -> tuple[str, ...]:
    said, made, found = view.settings, view.reported, view.result
    settings = (
        str(view.number),
        str(said["network"]),
        str(said["batch"]),
        str(said["epochs"]),
        f"{said['rate']:g}",
        f"{said['momentum']:g}",
        "yes" if said["batch_norm_1d"] else "-",
        "yes" if said["batch_norm_2d"] else "-",
        "yes" if said["jitter"] else "-",
        f"{said['dropout']:g}",
    )
    if found is None:
        return (*settings, share(made["train"]), "", share(made["test"]), "", "", "", "", view.state)
    return (
        *settings,
        share(made["train"]),
        share(found["train"]["accuracy"]) if found["train"] else "",
        share(made["test"]),
        share(found["valid"]["accuracy"]),
        _interval(found["valid"]),
        share(found["test"]["accuracy"]),
        _interval(found["test"]),
        duration(found["seconds"]),
    )


def _interval(accuracy: Mapping[str, Any]) -> str:
    if accuracy["low"] is None:
        return ""
    return f"{accuracy['low']:.2f}-{accuracy['high']:.2f}"


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    rule = ["---" if index in _LEFT else "---:" for index in range(len(_TITLES))]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (_TITLES, rule, *rows))
