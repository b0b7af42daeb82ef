"""The audit trail of models as people read it."""

from collections.abc import Sequence

from rich.text import Text

from musicai.cli.output import console, is_terminal, new_table, note, print_lines, printable
from musicai.services.registry.trail import TrailLine

_TITLES = ("When", "Model", "What", "By", "Why")


def print_trail(lines: Sequence[TrailLine], *, with_model: bool = True) -> None:
    """Print a line for each event."""
    titles = [title for title in _TITLES if with_model or title != "Model"]
    rows = [
        [cell for title, cell in zip(_TITLES, _cells(line), strict=True) if title in titles]
        for line in lines
    ]
    if not rows:
        note("Nothing has happened to any model yet")
    elif is_terminal():
        table = new_table(*titles)
        for row in rows:
            table.add_row(*map(Text, row))
        console().print(table)
    else:
        print_lines([titles, *rows])


def _cells(line: TrailLine) -> tuple[str, ...]:
    at = f"{line.at.astimezone():%Y-%m-%d %H:%M}"
    return (at, printable(line.model), line.event.replace("_", " "), printable(line.actor), _why(line))


def _why(line: TrailLine) -> str:
    detail = line.detail
    reasons = list(detail.get("judgement", {}).get("reasons", []))
    facts = [
        "forced" if detail.get("forced") else "",
        f"in the place of {detail['former']}" if line.event == "promoted" else "",
        f"in the place of {detail['former']}, which it does not come with"
        if line.event == "took_over"
        else "",
        f"to {detail['to']}" if "to" in detail else "",
        f"from {detail['source']}" if "source" in detail else "",
        f"into {detail['target']}" if "target" in detail else "",
        *reasons[:1],  # the one that weighs most; --json has them all
    ]
    return printable("; ".join(filter(None, facts)))
