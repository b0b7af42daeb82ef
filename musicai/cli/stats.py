"""``musicai stats``: the catalogue in figures."""

import click

from musicai.cli.expression import ExpressionCommand, expression_argument


@click.command(cls=ExpressionCommand)
@expression_argument
@click.option("--model", default="", metavar="NAME", help="Whose answers. Default: the active model.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def stats(expression: tuple[str, ...], model: str, as_json: bool) -> None:
    """Print genres, confidences, what is unknown, what failed and why, and whether tags agree.

    EXPRESSION chooses tracks as in `musicai query`; without one all are counted.
    """
    from musicai.catalogue.query.shell_words import join_arguments
    from musicai.catalogue.session import reading
    from musicai.cli.output import emit_json
    from musicai.cli.query import say_why_nothing
    from musicai.config import Settings
    from musicai.services.catalogue import open_catalogue
    from musicai.services.query import is_empty
    from musicai.services.stats import collect_statistics

    settings = Settings.from_env()
    with reading(open_catalogue(settings)) as session:
        figures = collect_statistics(session, settings, join_arguments(expression), model=model)
        nothing, empty = not sum(figures.states.values()), is_empty(session)
    if as_json:
        emit_json(figures.to_json())
    elif not nothing:
        from musicai.cli.figures import print_statistics

        print_statistics(figures)
    if nothing:
        say_why_nothing(empty)
