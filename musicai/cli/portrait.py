"""One track for people: facts, genre, scores as bars."""

from rich.table import Table
from rich.text import Text

from musicai.cli.output import bar, console, duration, printable, share
from musicai.cli.timeline import print_timeline
from musicai.services.history import Said
from musicai.services.show import Portrait
from musicai.states import CorrectionSource, RowState

BAR_WIDTH = 30
CHANNELS = {1: "mono", 2: "stereo"}


def print_portrait(portrait: Portrait) -> None:
    """Print everything that is known about a track."""
    screen = console()
    row = portrait.row
    named = " – ".join(filter(None, (row.artist, row.title))) or row.path.rpartition("/")[2]
    screen.print(Text(printable(named), style="bold"))
    screen.print(_facts(portrait))
    if portrait.scores:
        screen.print()
        screen.print(_scores(portrait))
    if portrait.excerpts and not _is_one_piece(portrait):
        screen.print()
        print_timeline(screen, portrait.excerpts, row.duration_s)


def _is_one_piece(portrait: Portrait) -> bool:
    """Whether a single excerpt is all that there is: a timeline would say nothing more."""
    heard_s = sum(excerpt["duration_s"] for excerpt in portrait.excerpts)
    return len(portrait.excerpts) == 1 and heard_s >= 0.9 * (portrait.row.duration_s or heard_s)


def _facts(portrait: Portrait) -> Table:
    row = portrait.row
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    facts = {
        "File": Text(printable(row.file)),
        "Library": Text(printable(row.library)),
        "Album": Text(printable(row.album or "")),
        "Sound": Text(_sound(portrait)),
        "Tag": Text(printable(row.tag or "")),
        "Genre": _answer(portrait),
        "Model": Text(_model(portrait)),
        "Said": _said(portrait),
    }
    for name, text in facts.items():
        if text:
            table.add_row(name, text)
    return table


def _sound(portrait: Portrait) -> str:
    facts = portrait.facts
    codec = " in ".join(dict.fromkeys(filter(None, (facts["codec"], facts["container"]))))
    channels = facts["channels"]
    parts = [
        duration(portrait.row.duration_s),
        codec,
        f"{facts['sample_rate'] / 1000:g} kHz" if facts["sample_rate"] else "",
        CHANNELS.get(channels, f"{channels} channels") if channels else "",
        _bytes(facts["size"]),
    ]
    return " · ".join(filter(None, parts))


def _bytes(size: int) -> str:
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} bytes"


def _answer(portrait: Portrait) -> Text:
    row = portrait.row
    if row.state == RowState.FAILED:
        lines = Text(f"failed, {row.error}: {printable(row.reason or '')}", style="red")
        return lines.append(f"\n{portrait.advice}", style="default")
    if row.genre is None:
        return Text("pending: not heard yet as it is now", style="yellow")
    if row.guess != row.genre:
        answer = Text(
            f"unknown: {row.guess} with a confidence of {doubt(row.confidence, portrait.threshold)}",
            style="yellow",
        )
    else:
        answer = Text.assemble(
            (printable(row.genre), "bold"), f" with a confidence of {share(row.confidence)}"
        )
    return answer.append(" (the file is missing)", style="dim") if row.state == RowState.MISSING else answer


def _said(portrait: Portrait) -> Text:
    """Return what people said, a line for each word, the one that counts first and in bold."""
    lines = Text()
    for said in portrait.corrections:
        counts = said.withdrawn_at is None and not said.stale
        style = "bold" if counts else "yellow" if said.withdrawn_at is None else "dim"
        lines.append("\n" if lines else "")
        lines.append(printable(said.genre), style=style)
        how = " from the tags" if said.source == CorrectionSource.TAGS else ""
        lines.append(
            f" by {printable(said.actor)}{how} on {said.created_at:%Y-%m-%d %H:%M} UTC{_fate(said)}"
        )
    return lines


def _fate(said: Said) -> str:
    if said.withdrawn_at is not None:
        return f", until {said.withdrawn_at:%Y-%m-%d %H:%M}"
    return ": stale, the file changed since" if said.stale else ""


def doubt(confidence: float | None, threshold: float | None) -> str:
    """Return a confidence and the threshold that it misses, with as many decimals as tell the two apart."""
    if confidence is None or threshold is None:
        return share(confidence)
    digits = next((n for n in range(2, 6) if f"{confidence:.{n}f}" != f"{threshold:.{n}f}"), 6)
    return f"{confidence:.{digits}f}, below the threshold of {threshold:.{digits}f}"


def _model(portrait: Portrait) -> str:
    if portrait.heard_at is None:
        return portrait.row.model or ""
    extent = "all of it" if portrait.whole else f"{len(portrait.excerpts)} excerpts"
    extent = extent.replace("1 excerpts", "1 excerpt") if len(portrait.excerpts) == 1 else extent
    return f"{portrait.row.model}, heard {extent} on {portrait.heard_at:%Y-%m-%d %H:%M} UTC"


def _scores(portrait: Portrait) -> Table:
    table = Table.grid(padding=(0, 2))
    for position, (genre, score) in enumerate(portrait.scores.items()):
        colour = "cyan" if position else "bold green"
        table.add_row(Text(printable(genre)), Text(bar(score, BAR_WIDTH), style=colour), share(score))
    return table
