"""Statistics for people: tables with bars, the same on a terminal and in a file."""

from rich.console import Console
from rich.text import Text

from musicai.cli.output import bar, console, counted, new_table, number, percent, printable, share
from musicai.services.stats import CorrectionFigures, LibraryFigures, Statistics
from musicai.states import RowState

BAR_WIDTH = 24
_COLOURS = {RowState.UNKNOWN: "yellow", RowState.FAILED: "red"}


def print_statistics(figures: Statistics) -> None:
    """Print everything that there is something to say about."""
    screen = console()
    _print_summary(screen, figures)
    _print_libraries(screen, figures)
    if figures.genres:
        _print_genres(screen, figures)
        _print_confidences(screen, figures)
    if figures.tags.tagged:
        _print_tags(screen, figures)
    if figures.corrections.corrected or figures.corrections.stale:
        _print_corrections(screen, figures.corrections)
    if figures.failures:
        _print_failures(screen, figures)


def _headline(screen: Console, text: str) -> None:
    screen.print()
    screen.print(Text(text, style="bold"))


def _print_summary(screen: Console, figures: Statistics) -> None:
    parts = [counted(figures.tracks, "track"), hours(figures.duration_s)]
    parts += [f"model {figures.model}"] if figures.model else []
    screen.print(Text(" · ".join(parts)))


def hours(seconds: float) -> str:
    """Return seconds as minutes, hours or days, whichever reads best."""
    if seconds < 2 * 3600:
        return counted(round(seconds / 60), "minute")
    return f"{seconds / 3600:.0f} hours" if seconds < 4 * 86_400 else f"{seconds / 86_400:.1f} days"


def _print_libraries(screen: Console, figures: Statistics) -> None:
    screen.print()
    states = [state for state in RowState if figures.states[state]]
    titles = [state.value.capitalize() for state in states]
    table = new_table("Library", "Tracks", *titles, right=("Tracks", *titles))
    for library in figures.libraries:
        table.add_row(Text(printable(library.library)), number(library.tracks), *_counts(library, states))
    screen.print(table)


def _counts(library: LibraryFigures, states: list[RowState]) -> list[Text]:
    return [
        Text(number(library.states[s]), style=_COLOURS.get(s, "") if library.states[s] else "dim")
        for s in states
    ]


def _print_genres(screen: Console, figures: Statistics) -> None:
    screen.print()
    table = new_table("Genre", "Tracks", "Share", "", "Confidence", right=("Tracks", "Share", "Confidence"))
    most = max(genre.share for genre in figures.genres)
    for genre in figures.genres:
        colour = _COLOURS.get(RowState.UNKNOWN, "") if genre.genre == RowState.UNKNOWN else ""
        table.add_row(
            Text(printable(genre.genre), style=colour),
            number(genre.tracks),
            percent(genre.share, 1),
            Text(bar(genre.share / most, BAR_WIDTH), style=colour or "cyan"),
            share(genre.mean_confidence),
        )
    screen.print(table)


def _print_confidences(screen: Console, figures: Statistics) -> None:
    screen.print()
    table = new_table("Confidence", "Tracks", "Share", "", right=("Tracks", "Share"))
    most, total = max(figures.confidences), sum(figures.confidences)
    heard = [n for n, count in enumerate(figures.confidences) if count]
    for n in range(heard[-1], heard[0] - 1, -1):
        count = figures.confidences[n]
        filled = Text(bar(count / most, BAR_WIDTH), style="cyan")
        table.add_row(f"{n / 10:.1f}–{n / 10 + 0.1:.1f}", number(count), percent(count, total), filled)
    screen.print(table)


def _print_tags(screen: Console, figures: Statistics) -> None:
    tags = figures.tags
    _headline(screen, "Genre tags of the files")
    agreement = f" ({percent(tags.agreeing, tags.comparable)})" if tags.comparable else ""
    screen.print(
        f"{number(tags.tagged)} answered tracks have one; {number(tags.comparable)} of these name a genre "
        f"of the model, which agrees with {number(tags.agreeing)} of them{agreement}."
    )
    for pair in tags.disagreements:
        line = (
            f"  {number(pair['tracks']):>6}  tag {printable(pair['tag'])}, heard {printable(pair['genre'])}"
        )
        screen.print(Text(line, style="dim", overflow="ellipsis"), no_wrap=True)


def _print_corrections(screen: Console, said: CorrectionFigures) -> None:
    _headline(screen, "What people said")
    stale = f", {number(said.stale)} stale" if said.stale else ""
    agreement = f" ({percent(said.agreeing, said.comparable)})" if said.comparable else ""
    screen.print(
        f"{counted(said.corrected, 'track')} corrected{stale}; of {number(said.comparable)} with an answer "
        f"the model agrees with {number(said.agreeing)}{agreement}. These are not held out: a model may "
        "have learnt from them."
    )
    for pair in said.disagreements:
        line = (
            f"  {number(pair['tracks']):>6}  said {printable(pair['correction'])}, "
            f"heard {printable(pair['genre'])}"
        )
        screen.print(Text(line, style="dim", overflow="ellipsis"), no_wrap=True)


def _print_failures(screen: Console, figures: Statistics) -> None:
    _headline(screen, "Failed")
    for failure in figures.failures:
        line = Text.assemble((f"  {number(failure.tracks):>6}  {failure.error}", "red"))
        line.append(f"  {printable(failure.reason or '')}")
        screen.print(line)
        screen.print(Text(f"          such as {printable(failure.path)}", style="dim"), soft_wrap=True)
