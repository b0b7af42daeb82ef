"""``musicai models import``: a classifier that somebody else trained."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from musicai.services.onnx_import.take_in import ImportView

_FILE = click.Path(path_type=Path)


@click.command("import")
@click.argument("file", type=_FILE)
@click.option("--labels", type=_FILE, help="Genres in the order of its outputs: one per line, or JSON.")
@click.option(
    "--front-end", metavar="NAME|FILE", help="gtzan, report, musicnn, or a JSON file of settings."
)
@click.option("--name", help="Name of the model. Default: that of the file.")
@click.option("--output", help="Which of its outputs holds the genres.")
@click.option(
    "--activation",
    type=click.Choice(["softmax", "sigmoid", "none"]),
    help="What is still to be done to that output; sigmoid: several labels may be true at once.",
)
@click.option(
    "--layout", "axes", metavar="AXES", help="Axes of its input, such as btm: batch, frames, bands."
)
@click.option(
    "--patch", type=click.IntRange(1), help="Frames of a patch, where its input leaves them free."
)
@click.option(
    "--hop", type=click.IntRange(1), help="Frames from one patch to the next. Default: half a patch."
)
@click.option("--threshold", type=click.FloatRange(0, 1), help="Confidence below which it says unknown.")
@click.option("--terms", default="", help="What its licence allows; `musicai models show` repeats it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def import_(file: Path, labels: Path | None, front_end: str | None, as_json: bool, **said: Any) -> None:
    """Take the ONNX classifier FILE into the model store.

    It needs --labels and --front-end, and `pip install 'musicai[onnx]'`. It does not become active.
    """
    from musicai.catalogue.session import transaction
    from musicai.cli.output import emit_json
    from musicai.config import Settings
    from musicai.errors import ConfigError
    from musicai.services.catalogue import open_catalogue
    from musicai.services.onnx_import.examine import Wishes
    from musicai.services.onnx_import.take_in import ImportRequest, import_onnx

    if labels is None or front_end is None:
        raise ConfigError(
            "an ONNX file does not say what its outputs mean and what it was trained on: "
            "give --labels and --front-end"
        )
    wishes = Wishes(**{key: said.pop(key) for key in ("output", "activation", "axes", "patch", "hop")})
    settings = Settings.from_env()
    with transaction(open_catalogue(settings)) as session:
        view = import_onnx(session, settings, ImportRequest(file, labels, front_end, wishes=wishes, **said))
    if as_json:
        emit_json(view.__dict__)
    else:
        _print(view)


def _print(view: "ImportView") -> None:
    from musicai.cli.output import counted, note, printable

    patches = f"patches of {view.patch_frames} frames" if view.patch_frames else "whole excerpts"
    click.echo(
        f"imported {view.name}: {counted(view.genres, 'genre')} from output {printable(view.output)} "
        f"({view.activation}), front end {view.front_end}, {patches} as {view.axes}"
    )
    for warning in view.warnings:
        note(f"note: {warning}")
    click.echo(f"try it: musicai enqueue FOLDER --model {view.name}")
