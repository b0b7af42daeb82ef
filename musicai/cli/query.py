"""``musicai query``: ask the genre catalogue."""

import click

from musicai.cli.expression import ExpressionCommand, expression_argument, model_options

FORMATS = ("table", "json", "jsonl", "csv", "m3u8")


@click.command(cls=ExpressionCommand)
@expression_argument
@click.option(
    "--format", "format_", type=click.Choice(FORMATS), default="table", help="How to print the rows."
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--sort", default="", metavar="FIELDS", help="Order, as in artist,confidence- (minus: descending)."
)
@click.option("--limit", type=click.IntRange(1, 1_000_000_000), metavar="N", help="At most so many rows.")
@model_options
def query(
    expression: tuple[str, ...],
    format_: str,
    as_json: bool,
    sort: str,
    limit: int | None,
    model: str,
    all_models: bool,
) -> None:
    """Print the tracks that EXPRESSION asks for; all that are not missing when there is none."""
    from musicai.catalogue.query.shell_words import join_arguments
    from musicai.catalogue.session import reading
    from musicai.cli.row_formats import write_rows
    from musicai.config import Settings
    from musicai.services.catalogue import open_catalogue
    from musicai.services.query import is_empty, stream_rows

    settings = Settings.from_env()
    with reading(open_catalogue(settings)) as session:
        rows = stream_rows(
            session,
            settings,
            join_arguments(expression),
            model=model,
            all_models=all_models,
            sort=sort,
            limit=limit,
        )
        count = write_rows(rows, "json" if as_json else format_)
        if not count:
            say_why_nothing(is_empty(session))


def say_why_nothing(empty: bool) -> None:
    """Tell on stderr why an answer has no rows."""
    from musicai.cli.output import note

    if empty:
        note("Nothing has been classified yet: musicai enqueue FOLDER")
    else:
        note("No track fits.")
