"""``musicai review``: the answers that are most worth a person's look."""

from typing import TYPE_CHECKING

import click

from musicai.cli.expression import ExpressionCommand, expression_argument

if TYPE_CHECKING:
    from musicai.services.review import Doubtful

FORMATS = ("table", "json", "m3u8")


@click.command(cls=ExpressionCommand)
@expression_argument
@click.option(
    "--by",
    type=click.Choice(["uncertain", "disagree", "both"]),
    default="both",
    help="Doubts of the model itself, or contradictions: of excerpts, tags, other models, people.",
)
@click.option("--limit", type=click.IntRange(1, 5000), default=20, metavar="N", help="At most so many; 20.")
@click.option(
    "--all", "with_corrected", is_flag=True, help="Also what a person has already said something about."
)
@click.option("--model", default="", metavar="NAME", help="Whose answers. Default: the active model.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    default="table",
    help="How to print; m3u8 to listen to.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def review(
    expression: tuple[str, ...],
    by: str,
    limit: int,
    with_corrected: bool,
    model: str,
    format_: str,
    as_json: bool,
) -> None:
    """Print the most doubtful answers first, with the reasons, and how to correct them.

    EXPRESSION chooses tracks as in `musicai query`; without one all are looked at.
    """
    from musicai.catalogue.query.shell_words import join_arguments
    from musicai.catalogue.session import reading
    from musicai.config import Settings
    from musicai.services import review as service
    from musicai.services.catalogue import open_catalogue
    from musicai.services.query import is_empty

    settings = Settings.from_env()
    with reading(open_catalogue(settings)) as session:
        found = service.review(
            session,
            settings,
            join_arguments(expression),
            by=by,
            model=model,
            with_corrected=with_corrected,
            limit=limit,
        )
        empty = is_empty(session)
    _print(found, "json" if as_json else format_)
    if not found:
        _say_why_nothing(empty, with_corrected)


def _print(found: list["Doubtful"], format_: str) -> None:
    from musicai.cli.output import emit_json
    from musicai.cli.playlist import write_playlist
    from musicai.cli.review_table import write_review

    if format_ == "json":
        emit_json([doubtful.to_json() for doubtful in found])
    elif format_ == "m3u8":
        write_playlist(iter([doubtful.row for doubtful in found]))
    else:
        write_review(found)


def _say_why_nothing(empty: bool, with_corrected: bool) -> None:
    from musicai.cli.output import note

    if empty:
        note("Nothing has been classified yet: musicai enqueue FOLDER")
    else:
        more = "" if with_corrected else "; --all looks also at what was corrected"
        note(f"Nothing is doubtful{more}.")
