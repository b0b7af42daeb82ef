"""``musicai correct``: record a person's word on genres."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from musicai.services.correct import Wish
    from musicai.services.corrected import Corrected


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--where", metavar="EXPR", help="The tracks that a query expression asks for, instead of PATH."
)
@click.option("--genre", metavar="GENRE", help="What they are. It may be one that no model knows yet.")
@click.option("--from-tags", is_flag=True, help="What the genre tag of each file says.")
@click.option("--withdraw", is_flag=True, help="Take back what was said; it stays in the history.")
@click.option(
    "--model", default="", metavar="NAME", help="Whose answers EXPR is about. Default: the active model."
)
@click.option("--yes", is_flag=True, help="Do not ask whether a new genre is a misspelt one.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def correct(
    paths: tuple[str, ...],
    where: str | None,
    genre: str | None,
    from_tags: bool,
    withdraw: bool,
    model: str,
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Say which genre the tracks at each PATH have, beside what the model heard.

    PATH is a file or a folder that was enqueued before, or a path within a library as LIBRARY:PATH. All
    tracks get the word, or none does. The latest word counts; earlier ones and predictions are kept. A
    word is about the sound that a file holds: when that changes, the word is stale and does not count.
    """
    from musicai.catalogue.query.shell_words import join_arguments
    from musicai.cli.output import emit_json
    from musicai.config import Settings
    from musicai.services import correct as service
    from musicai.services.catalogue import open_catalogue

    expression = None if where is None else join_arguments([where])
    wish = service.Wish(paths, expression, model, genre, from_tags, withdraw, dry_run)
    wish.check()
    settings = Settings.from_env()
    engine = open_catalogue(settings)
    if not yes:
        _ask_about_spelling(engine, wish)
    done = service.correct(engine, settings, wish)
    if as_json:
        emit_json(done.to_json())
    else:
        _print(done, wish)


def _ask_about_spelling(engine: "Engine", wish: "Wish") -> None:
    """Ask a person about a genre that looks misspelt; scripts get a warning with the outcome."""
    import sys

    from musicai.services.correct import preview_genre

    if wish.genre is None or not sys.stdin.isatty():
        return
    named = preview_genre(engine, wish.genre)
    if named.near:
        question = f"{named.genre!r} is new, and looks like {named.near!r}. Is it a genre of its own?"
        click.confirm(question, abort=True, err=True)


def _print(done: "Corrected", wish: "Wish") -> None:
    from musicai.cli.output import counted, note, number, printable

    begin = "would be " if done.dry_run else ""
    if not done.tracks:
        note("No track fits.")
    elif wish.withdraw:
        click.echo(
            f"{begin}withdrawn: the word on {number(done.withdrawn)} of {counted(done.tracks, 'track')}"
        )
    else:
        click.echo(f"{begin}recorded: {counted(done.recorded, 'track')}{_besides(done)}")
        if wish.from_tags:
            _print_genres(done)
    for genre in done.new_genres:
        note(f"no model knows '{printable(genre)}' yet: musicai train --name NAME --data catalogue:")
    for warning in done.warnings:
        note(printable(warning))
    for reason, left in done.left_out.items():
        some = printable(", ".join(left.first)) + (", ..." if left.count > len(left.first) else "")
        note(f"{counted(left.count, 'track')} left out, {reason}: {some}")


def _besides(done: "Corrected") -> str:
    from musicai.cli.output import number

    parts = [f"{number(done.replaced)} of them had another word"] if done.replaced else []
    parts += [f"{number(done.unchanged)} had this word already"] if done.unchanged else []
    return f" ({', '.join(parts)})" if parts else ""


def _print_genres(done: "Corrected") -> None:
    from rich.text import Text

    from musicai.cli.output import console, new_table, number, printable

    table = new_table("Genre", "Tracks", "", right=("Tracks",))
    for genre, count in done.genres.items():
        is_new = genre in done.new_genres
        table.add_row(Text(printable(genre)), number(count), Text("new" if is_new else "", style="dim"))
    console().print(table)
