"""Two models side by side, as people read them."""

from collections.abc import Mapping, Sequence

import click
from rich.text import Text

from musicai.cli.model_table import megabytes
from musicai.cli.output import console, is_terminal, new_table, number, print_lines, printable, share
from musicai.services.registry.comparison import ModelComparison, ModelFigures


def print_comparison(found: ModelComparison) -> None:
    """Print figures, genres and the gate's words."""
    titles = ["", printable(found.a.model), printable(found.b.model)]
    _print(titles, [[name, *cells] for name, cells in _rows(found.a, found.b).items()])
    if found.genres:
        click.echo()
        _print(
            ["Genre", "Tracks", *(f"Recall {m.model}" for m in (found.a, found.b)), "Difference"],
            [
                [
                    printable(g.genre),
                    number(g.tracks),
                    share(g.recall_a),
                    share(g.recall_b),
                    _signed(g.recall_a - g.recall_b),
                ]
                for g in sorted(found.genres, key=lambda g: g.recall_b - g.recall_a)
            ],
        )
    click.echo()
    verb = "pass" if found.gate.passed else "not pass"
    click.echo(f"{found.a.model} would {verb} the gate against {found.b.model}:")
    for reason in (*found.gate.reasons, *found.notes):
        click.echo(f"  {printable(reason)}")


def _rows(a: ModelFigures, b: ModelFigures) -> dict[str, list[str]]:
    figures = {
        "Accuracy": (a.accuracy, b.accuracy),
        "Top 3": (a.top_3, b.top_3),
        "Macro F1": (a.macro_f1, b.macro_f1),
        "Calibration error": (a.calibration_error, b.calibration_error),
        "Log loss": (a.log_loss, b.log_loss),
    }
    return {
        "State": ["active" if m.active else "candidate" for m in (a, b)],
        "Genres": [str(m.genres) for m in (a, b)],
        "Parameters": ["" if m.parameters is None else number(m.parameters) for m in (a, b)],
        "Size": [megabytes(m.size) for m in (a, b)],
        "Network": [f"{m.network_ms:.1f} ms per excerpt" for m in (a, b)],
        "Held-out tracks": ["" if m.tracks is None else number(m.tracks) for m in (a, b)],
        **{name: [_figure(one) for one in pair] for name, pair in figures.items()},
    }


def _figure(figure: Mapping[str, float] | None) -> str:
    if figure is None:
        return ""
    interval = f" ({figure['low']:.2f}–{figure['high']:.2f})" if "low" in figure else ""
    return f"{figure['value']:.3f}{interval}"


def _signed(value: float) -> str:
    return f"{value:+.2f}" if value else ""


def _print(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    if not is_terminal():
        print_lines([titles, *rows])
        return
    table = new_table(*titles, right=titles[1:])
    for row in rows:
        table.add_row(*map(Text, row))
    console().print(table)
