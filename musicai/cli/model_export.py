"""``musicai models export``: a model on its way to another machine."""

from pathlib import Path

import click


@click.command()
@click.argument("name")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def export(name: str, target: Path, as_json: bool) -> None:
    """Write the model NAME with everything beside it into TARGET.

    TARGET is a file (.tar.gz, .tgz, .tar) or a folder; `musicai models import` reads both.
    """
    from musicai.cli.output import emit_json
    from musicai.config import Settings
    from musicai.services.actor import current_actor
    from musicai.services.catalogue import open_catalogue
    from musicai.services.registry.export import export_model

    settings = Settings.from_env()
    done = export_model(open_catalogue(settings), settings, name, target.absolute(), actor=current_actor())
    if as_json:
        emit_json(done.to_json())
    else:
        click.echo(f"wrote {done.target} ({done.model}, weights {done.digest[:12]})")
