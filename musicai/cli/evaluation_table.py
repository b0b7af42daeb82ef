"""An evaluation as people read it."""

from rich.console import Console
from rich.text import Text

from musicai.cli.output import bar, console, counted, new_table, note, number, printable, share
from musicai.training.evaluation.figures import Figure, Level
from musicai.training.evaluation.report import EvaluationReport

_BAR_WIDTH = 12
_MOST_COLUMNS = 16
_PAIRS = 10
_FIGURES = {
    "accuracy": "Accuracy",
    "top_3": "Among the first three",
    "macro_f1": "Macro-F1",
    "log_loss": "Log loss",
}


def print_report(report: EvaluationReport) -> None:
    """Print everything: figures, genres, confusions, what is doubtful."""
    screen = console()
    evaluation = report.evaluation
    of = f"{report.side} of " if report.side else ""
    where = printable(f"{report.model} on {of}{report.source}")
    heard = f"{counted(evaluation.tracks.count, 'track')}, {counted(evaluation.excerpts.count, 'excerpt')}"
    screen.print(Text(f"{where}: {heard}", style="bold"))
    screen.print()
    _print_levels(screen, evaluation.excerpts, evaluation.tracks)
    _print_threshold(screen, report)
    _print_genres(screen, evaluation.tracks)
    _print_confusion(screen, evaluation.tracks)
    for warning in evaluation.warnings:
        screen.print(Text(f"! {printable(warning)}", style="yellow"))
    if report.unreadable:
        note(f"{counted(len(report.unreadable), 'file')} could not be read: --json says which and why")


def _print_levels(screen: Console, excerpts: Level, tracks: Level) -> None:
    levels = [tracks] if excerpts == tracks else [tracks, excerpts]
    titles = ["Tracks", "Excerpts"][: len(levels)]
    columns = [column for title in titles for column in (title, f"{title}, 95 %")]
    table = new_table("", *columns, right=columns)
    for name, text in _FIGURES.items():
        table.add_row(text, *(cell for level in levels for cell in _cells(getattr(level, name), 3)))
    errors = [level.reliability for level in levels]
    table.add_row("Calibration error", *(cell for one in errors for cell in _cells(one.error, 3)))
    honest = [cell for one in errors for cell in (f"{one.honest:.3f}", f"below {one.honest_95:.2f}")]
    table.add_row(Text("  honest would show", style="dim"), *(Text(cell, style="dim") for cell in honest))
    screen.print(table)


def _print_threshold(screen: Console, report: EvaluationReport) -> None:
    precision, coverage = (" (".join(_cells(one, 2)) + ")" for one in (report.precision, report.coverage))
    screen.print()
    screen.print(
        f"At its threshold of {share(report.threshold)}, {coverage} of the tracks get an answer, "
        f"and {precision} of these answers are right."
    )
    screen.print()


def _print_genres(screen: Console, tracks: Level) -> None:
    numbers = ("Tracks", "Recall", "95 %", "Precision", "95 % ", "F1")
    table = new_table("Genre", "Tracks", "Recall", "95 %", "", "Precision", "95 % ", "F1", right=numbers)
    for genre, one in tracks.per_genre.items():
        if not one.support + one.answers:
            continue
        recall, recall_95 = _cells(one.recall, 2) if one.support else ("", "")
        precision, precision_95 = _cells(one.precision, 2) if one.answers else ("", "")
        filled = Text(bar(one.recall.value, _BAR_WIDTH), style="cyan")
        name = Text(printable(genre))
        f1 = share(one.f1.value) if one.support else ""
        table.add_row(name, number(one.support), recall, recall_95, filled, precision, precision_95, f1)
    screen.print(table)
    screen.print()


def _print_confusion(screen: Console, tracks: Level) -> None:
    """Print the matrix where it fits, and else the most frequent confusions."""
    genres = list(tracks.per_genre)
    counts = tracks.confusion.counts
    widest = max(len(str(n)) for line in counts for n in line)
    room = screen.width - max(map(len, genres)) - 2
    if len(genres) <= _MOST_COLUMNS and len(genres) * (max(widest, 3) + 2) <= room:
        _print_matrix(screen, genres, counts)
        return
    wrong = sorted(
        ((n, a, b) for a, line in enumerate(counts) for b, n in enumerate(line) if n and a != b),
        key=lambda cell: -cell[0],
    )
    table = new_table("Labelled", "Answered", "Tracks", "Share", right=("Tracks", "Share"))
    for n, a, b in wrong[:_PAIRS]:
        table.add_row(printable(genres[a]), printable(genres[b]), number(n), share(n / sum(counts[a])))
    screen.print(table)
    screen.print()


def _print_matrix(screen: Console, genres: list[str], counts: tuple[tuple[int, ...], ...]) -> None:
    # a column is as wide as three letters: the order of the columns is that of the rows
    titles = [printable(genre)[:3] for genre in genres]
    table = new_table("Labelled, answered")
    for title in titles:
        table.add_column(title, justify="right")
    for a, (genre, line) in enumerate(zip(genres, counts, strict=True)):
        cells = [Text(str(n) if n else "·", style=_style(a == b, n)) for b, n in enumerate(line)]
        table.add_row(Text(printable(genre)), *cells)
    screen.print(table)
    screen.print()


def _style(right: bool, count: int) -> str:
    return "dim" if not count else "bold cyan" if right else "yellow"


def _cells(figure: Figure, digits: int) -> tuple[str, str]:
    return f"{figure.value:.{digits}f}", f"{figure.low:.2f}–{figure.high:.2f}"
