"""``musicai models what-if``: what would change if another model answered."""

from pathlib import Path

import click

from musicai.cli.expression import ExpressionCommand


@click.command("what-if", cls=ExpressionCommand)
@click.argument("name")
@click.argument("expression", nargs=-1)
@click.option("--library", metavar="NAME", help="Only tracks of this library.")
@click.option(
    "--sample",
    type=click.IntRange(0),
    default=500,
    show_default=True,
    metavar="N",
    help="Ask for so many tracks, drawn at random; 0 asks for all.",
)
@click.option(
    "--seed", type=int, default=0, show_default=True, help="Of the draw: the same seed, the same tracks."
)
@click.option(
    "--png",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Draw which genres flow where into a picture.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def what_if(
    name: str,
    expression: tuple[str, ...],
    library: str | None,
    sample: int,
    seed: int,
    png: Path | None,
    as_json: bool,
) -> None:
    """Print what would change in the catalogue if the model NAME answered; nothing is written to it.

    Tracks that the active model answered for are asked anew, from the cache of spectrograms where it has
    them, else from their files. An EXPRESSION says which, as for `musicai query`.
    """
    from musicai.catalogue.query.shell_words import join_arguments
    from musicai.catalogue.session import reading
    from musicai.cli.flow_table import print_flows
    from musicai.cli.output import emit_json, note
    from musicai.config import Settings
    from musicai.services.catalogue import open_catalogue
    from musicai.services.registry.flow_picture import write_flows
    from musicai.services.registry.what_if import what_if

    settings = Settings.from_env()
    with reading(open_catalogue(settings)) as session:
        found = what_if(
            session,
            settings,
            name,
            join_arguments(expression),
            library=library,
            sample=sample,
            seed=seed,
        )
    if png is not None:
        write_flows(found, png)
    if as_json:
        emit_json(found.to_json())
    else:
        print_flows(found)
    if png is not None:
        note(f"drawn: {png}")
