"""The tables of an evaluation in Markdown."""

from collections.abc import Iterable, Sequence

from musicai.training.evaluation.figures import Level
from musicai.training.evaluation.wording import with_interval


def markdown_table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; bars within cells are escaped."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines) + "\n"


def genre_table(level: Level) -> str:
    """Return recall, precision and F1 of each genre that occurs, with their intervals."""
    rows = [
        (
            genre,
            with_interval(figures.recall, 2) if figures.support else "",
            with_interval(figures.precision, 2) if figures.answers else "",
            with_interval(figures.f1, 2),
            figures.support,
        )
        for genre, figures in level.per_genre.items()
        if figures.support + figures.answers
    ]
    return markdown_table(("genre", "recall", "precision", "F1", "tracks"), rows)


def confusion_table(level: Level) -> str:
    """Return the confusion matrix: a line for each genre as labelled, a column for each as answered."""
    genres = list(level.per_genre)
    rows = [
        (genre, *(f"**{n}**" if row == column else n or "" for column, n in enumerate(counts)))
        for row, (genre, counts) in enumerate(zip(genres, level.confusion.counts, strict=True))
    ]
    return markdown_table(("labelled \\ answered", *genres), rows)


def level_table(excerpts: Level, tracks: Level) -> str:
    """Return the figures over all genres, at both levels; at one where they are the same."""
    names = ("accuracy", "top_3", "macro_f1", "log_loss")
    shown = ("accuracy", "right genre among the first three", "macro-F1", "log loss")
    levels = [tracks] if excerpts == tracks else [tracks, excerpts]
    rows = [
        (text, *(with_interval(getattr(level, name)) for level in levels))
        for name, text in zip(names, shown, strict=True)
    ]
    titles = [f"{level.count} {noun}" for level, noun in zip(levels, ("tracks", "excerpts"), strict=False)]
    return markdown_table(("", *titles), rows)


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")
