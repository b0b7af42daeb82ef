"""``musicai models compare``: two models side by side."""

import click

from musicai.cli.gate_options import gate_options


@click.command()
@click.argument("a")
@click.argument("b")
@gate_options
@click.option(
    "--data",
    metavar="SOURCE",
    help="Where the held-out tracks of A lie, for a B that never answered them. "
    "Default: where A was trained from.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def compare(a: str, b: str, test: str, alpha: float, data: str | None, as_json: bool) -> None:
    """Print the models A and B side by side, and whether the gate would let A take the place of B."""
    from musicai.cli.model_sides import print_comparison
    from musicai.cli.output import emit_json
    from musicai.config import Settings
    from musicai.services.catalogue import open_catalogue
    from musicai.services.registry.comparison import compare_models
    from musicai.services.registry.judgement import Rules

    settings = Settings.from_env()
    found = compare_models(open_catalogue(settings), settings, a, b, rules=Rules(test, alpha), data=data)
    if as_json:
        emit_json(found.to_json())
    else:
        print_comparison(found)
