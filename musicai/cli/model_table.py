"""Models as people read them."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from rich.table import Table
from rich.text import Text

from musicai.cli.output import (
    bar,
    console,
    is_terminal,
    new_table,
    note,
    number,
    print_fitting,
    print_lines,
    printable,
    share,
)
from musicai.services.model_list import ModelView
from musicai.training.evaluation.learned import data_of

BAR_WIDTH = 20
_TITLES = ("Model", "State", "From", "Genres", "Size", "Accuracy", "Measured on", "Answers")
_DROPPED = ("Measured on", "Size", "Genres", "From")
"""What a narrow terminal does without, the first one first: `show` and `--json` have it."""
_NUMBERS = ("Genres", "Size", "Accuracy", "Answers")


def print_models(views: Sequence[ModelView]) -> None:
    """Print a line for each model."""
    if not views:
        note("There are no models: neither in the package nor in the model store")
    elif is_terminal():
        print_fitting(partial(_table, views), _DROPPED)
    else:
        print_lines([_TITLES, *map(_cells, views)])
    for view in views:
        if view.broken is not None:
            note(f"{printable(view.name)} is broken: {printable(view.broken)}")


def _table(views: Sequence[ModelView], dropped: Sequence[str]) -> Table:
    """Return all columns but some; the names stay whole."""
    titles = [title for title in _TITLES if title not in dropped]
    table = new_table(*titles, right=_NUMBERS)
    table.columns[0].overflow = "fold"
    for view in views:
        cells = [cell for title, cell in zip(_TITLES, _cells(view), strict=True) if title in titles]
        style = "yellow" if view.broken else "dim" if view.archived or view.where == "gone" else ""
        table.add_row(*map(Text, cells), style=style)
    return table


def _cells(view: ModelView) -> tuple[str, ...]:
    return (
        printable(view.name),
        view.state,
        view.where,
        str(len(view.genres)),
        megabytes(view.size),
        share(view.accuracy),
        printable(view.measured_on or ""),
        number(view.predictions),
    )


def megabytes(size: int | None) -> str:
    """Return 5377544 as '5.4 MB'."""
    return "" if size is None else f"{size / 1e6:.1f} MB"


def print_model(view: ModelView, artefacts: Sequence[str] = ()) -> None:
    """Print everything about one model, with the files beside its weights."""
    screen = console()
    screen.print(Text(printable(view.name), style="bold"))
    screen.print(_facts({**_texts(view), "Beside it": ", ".join(_names(view, artefacts))}))
    if figures := _part(view.metrics, "per_genre"):
        screen.print()
        screen.print(_per_genre(figures))


def _names(view: ModelView, artefacts: Sequence[str]) -> list[str]:
    return [file.removeprefix(f"{view.folder}/") for file in artefacts]


def _facts(texts: Mapping[str, str]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, text in texts.items():
        if text:
            table.add_row(name, Text(printable(text)))
    return table


def _texts(view: ModelView) -> dict[str, str]:
    return {
        "Files": f"{view.folder} ({view.where})" if view.folder else "gone; only its answers are left",
        "State": f"{view.state}: {view.broken}" if view.broken else view.state,
        "Answers": number(view.predictions),
        "Genres": ", ".join(view.genres),
        "Network": _network(view),
        "Hears": _hears(_part(view.side_car, "front_end")),
        "Accuracy": _accuracy(view),
        "Threshold": _threshold(view),
        "Trained on": data_of(_part(view.side_car, "data")),
        "Made by": f"musicai {view.side_car['code_version']}" if view.side_car.get("code_version") else "",
        "Terms": str(view.side_car.get("terms", "")),
    }


def _threshold(view: ModelView) -> str:
    calibration = _part(view.side_car, "calibration")
    names = [key for key in ("precision", "coverage") if calibration.get(key) is not None]
    measured = ", ".join(f"{key} {share(calibration[key])}" for key in names)
    below = "" if view.threshold is None else f"unknown below {share(view.threshold)}"
    data = f" ({calibration['data']})" if calibration.get("data") else ""
    return ": ".join(filter(None, (below, measured))) + data


def _network(view: ModelView) -> str:
    architecture = _part(view.side_car, "architecture").get("name", "")
    count = "" if view.parameters is None else f"{number(view.parameters)} parameters"
    return ", ".join(filter(None, (architecture, count)))


def _hears(front_end: Mapping[str, Any]) -> str:
    if not front_end:
        return ""
    if front_end["kind"] == "wave":
        return f"the waveform at {front_end['sample_rate']} Hz, excerpts of {front_end['excerpt_s']:g} s"
    return (
        f"{front_end['n_mels']} mel bands ({front_end['kind']}) at {front_end['sample_rate']} Hz, "
        f"excerpts of {front_end['excerpt_s']:g} s"
    )


def _accuracy(view: ModelView) -> str:
    if view.accuracy is None:
        return ""
    low, high = view.metrics.get("accuracy_interval_95") or (None, None)
    interval = "" if low is None else f" ({share(low)}–{share(high)} with 95 % certainty)"
    clips = f", {number(view.metrics['clips'])} tracks" if "clips" in view.metrics else ""
    return f"{share(view.accuracy)}{interval}" + (
        f" on {view.measured_on}{clips}" if view.measured_on else ""
    )


def _per_genre(figures: Mapping[str, Mapping[str, float]]) -> Table:
    table = new_table("Genre", "Recall", "", "Precision", right=("Precision",))
    for genre, values in sorted(figures.items(), key=lambda item: -item[1].get("recall", 0.0)):
        recall = values.get("recall", 0.0)
        filled = Text(bar(recall, BAR_WIDTH), style="cyan")
        table.add_row(Text(printable(genre)), share(recall), filled, share(values.get("precision")))
    return table


def _part(whole: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = whole.get(name)
    return part if isinstance(part, dict) else {}
