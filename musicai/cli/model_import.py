"""``musicai models import``: a model from another machine, or a classifier that somebody else trained."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from musicai.services.onnx_import.take_in import ImportView

_FILE = click.Path(path_type=Path)
_ONNX_ONLY = ("output", "activation", "axes", "patch", "hop", "threshold", "terms")


@click.command("import")
@click.argument("source", type=_FILE)
@click.option("--labels", type=_FILE, help="Genres in the order of its outputs: one per line, or JSON.")
@click.option(
    "--front-end", metavar="NAME|FILE", help="gtzan, report, musicnn, or a JSON file of settings."
)
@click.option("--name", help="Name of the model. Default: its own, or that of the ONNX file.")
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
def import_(source: Path, name: str | None, as_json: bool, **said: Any) -> None:
    """Put the model in SOURCE into the model store. It is not active before it is promoted.

    SOURCE is a folder or a file that `musicai models export` wrote: digests are checked, it is asked once,
    and a pickle is refused. Or it is an ONNX classifier, which needs --labels and --front-end, and
    `pip install 'musicai[onnx]'`; the other options are for such a file alone.
    """
    from musicai.errors import ConfigError

    if source.suffix.lower() == ".onnx":
        _import_onnx(source, name, as_json=as_json, **said)
        return
    given = [key for key in ("labels", "front_end", *_ONNX_ONLY) if said[key] not in (None, "")]
    if given:
        option = given[0].replace("_", "-").replace("axes", "layout")
        raise ConfigError(f"--{option} is for an ONNX file: {source} says itself what it is")
    _import_model(source, name, as_json=as_json)


def _import_model(source: Path, name: str | None, *, as_json: bool) -> None:
    from musicai.cli.output import counted, emit_json
    from musicai.config import Settings
    from musicai.services.actor import current_actor
    from musicai.services.catalogue import open_catalogue
    from musicai.services.registry.intake import import_model

    settings = Settings.from_env()
    engine = open_catalogue(settings)
    done = import_model(engine, settings, source.absolute(), actor=current_actor(), name=name)
    if as_json:
        emit_json(done.to_json())
        return
    facts = f"{counted(done.genres, 'genre')}, weights {done.digest[:12]}"
    if done.new:
        click.echo(f"imported {done.name}: {facts}")
    elif done.mended:
        click.echo(f"{done.name} was damaged in the store, and is whole again: {facts}")
    else:
        click.echo(f"{done.name} was there already, the very same: {facts}")
    click.echo(f"`musicai models promote {done.name}` compares it with the active model")


def _import_onnx(
    file: Path, name: str | None, labels: Path | None, front_end: str | None, *, as_json: bool, **said: Any
) -> None:
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
    request = ImportRequest(file, labels, front_end, name=name, wishes=wishes, **said)
    settings = Settings.from_env()
    view = import_onnx(open_catalogue(settings), settings, request)
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
