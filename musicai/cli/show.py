"""``musicai show``: everything about one track."""

from pathlib import Path

import click


@click.command()
@click.argument("path")
@click.option("--model", default="", metavar="NAME", help="Whose answer. Default: the active model.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--png",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Draw spectrogram and timeline into a picture.",
)
def show(path: str, model: str, as_json: bool, png: Path | None) -> None:
    """Print what is known about the track at PATH.

    PATH is a file, or a path within a library, alone or as LIBRARY:PATH. The file need not exist any more.
    """
    from musicai.catalogue.session import reading
    from musicai.cli.output import emit_json
    from musicai.config import Settings
    from musicai.services.catalogue import open_catalogue
    from musicai.services.draw import draw_track
    from musicai.services.show import show_track

    settings = Settings.from_env()
    with reading(open_catalogue(settings)) as session:
        portrait = show_track(session, settings, path, model=model)
    if png is not None:
        draw_track(portrait, png)
    if as_json:
        emit_json(portrait.to_json())
    else:
        from musicai.cli.portrait import print_portrait

        print_portrait(portrait)
