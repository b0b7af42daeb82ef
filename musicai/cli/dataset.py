"""``musicai dataset``: look at, draw, divide what models learn from."""

import json
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from musicai.front_end import FrontEnd

_PATH = click.Path(path_type=Path)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_FORCE = click.option(
    "--force", is_flag=True, help="Make all pictures anew, with other settings than before."
)
_FRONT_END = click.option(
    "--front-end",
    metavar="NAME|FILE",
    help="What drew pictures that do not say it: report, gtzan, a JSON file.",
)
_SKIP = click.option("--skip-unreadable", is_flag=True, help="Go on without the files that cannot be read.")


@click.group()
def dataset() -> None:
    """Look at, draw and divide what models learn from.

    A SOURCE is a folder with one subfolder per genre (audio, pictures, or grey spectrograms), a CSV
    manifest, or the tracks of the catalogue whose genre a person has confirmed: audio:DIR, pictures:DIR,
    spectrograms:DIR, manifest:FILE, catalogue: or catalogue:QUERY. A bare path is taken for what it holds.
    """


@dataset.command()
@click.argument("source")
@click.option("--read", is_flag=True, help="Decode every file too, and name those that cannot be read.")
@_FRONT_END
@_JSON
def check(source: str, read: bool, front_end: str | None, as_json: bool) -> None:
    """Print which genres SOURCE has, how many files each, and what is wrong with it.

    The exit status is 10 when nothing can be learnt from it as it is.
    """
    from musicai.cli import dataset_tables as tables
    from musicai.cli.count_progress import count_progress
    from musicai.config import Settings
    from musicai.services.dataset import check_source

    with count_progress("reading") if read else nullcontext() as report:
        found = check_source(
            Settings.from_env(), source, front_end=_front_end(front_end), read=read, report=report
        )
    _print(found.to_json(), as_json, tables.print_check)
    _end(failed=bool(found.problems))


@dataset.command()
@click.argument("audio_dir", type=_PATH)
@click.argument("out_dir", type=_PATH)
@click.option("--size", default="432x288", show_default=True, metavar="WxH", help="Pixels of a picture.")
@click.option(
    "--colormap",
    default="ember",
    show_default=True,
    metavar="NAME",
    help="ember, tide, grey, or none: grey.",
)
@click.option(
    "--front-end",
    default="report",
    show_default=True,
    metavar="NAME|FILE",
    help="report, gtzan, a JSON file.",
)
@_FORCE
@_SKIP
@_JSON
def images(
    audio_dir: Path,
    out_dir: Path,
    size: str,
    colormap: str,
    front_end: str,
    force: bool,
    skip_unreadable: bool,
    as_json: bool,
) -> None:
    """Draw the spectrogram of AUDIO_DIR/GENRE/NAME.wav into OUT_DIR/GENRE/NAME.png, for all of them.

    Of a track that is longer than an excerpt the middle one is drawn. What was drawn before stays, so that
    a run that broke off goes on. front_end.json beside the pictures says what drew them. Files that cannot
    be read are listed at the end, and the exit status is 10.
    """
    from musicai.cli.count_progress import count_progress
    from musicai.config import Settings
    from musicai.services.dataset import draw_pictures
    from musicai.training.sources.drawn_by import DrawnBy, parse_front_end

    drawn_by = DrawnBy(parse_front_end(front_end), _colormap(colormap), _size(size))
    with count_progress("drawing") as report:
        done = draw_pictures(Settings.from_env(), audio_dir, out_dir, drawn_by, force=force, report=report)
    _finish(done, out_dir, as_json, skip_unreadable)


@dataset.command()
@click.argument("in_dir", type=_PATH)
@click.argument("out_dir", type=_PATH)
@click.option(
    "--size", type=int, default=128, show_default=True, metavar="N", help="Width and height in pixels."
)
@_FORCE
@_SKIP
@_JSON
def transform(
    in_dir: Path, out_dir: Path, size: int, force: bool, skip_unreadable: bool, as_json: bool
) -> None:
    """Cut the white border off the pictures in IN_DIR/GENRE and bring them to N x N pixels in OUT_DIR.

    Pictures without a border on all four sides are only resized. front_end.json is carried over.
    """
    from musicai.cli.count_progress import count_progress
    from musicai.config import Settings
    from musicai.services.dataset import transform_pictures

    with count_progress("transforming") as report:
        done = transform_pictures(Settings.from_env(), in_dir, out_dir, size, force=force, report=report)
    _finish(done, out_dir, as_json, skip_unreadable)


@dataset.command()
@click.argument("pictures_dir", type=_PATH)
@_JSON
def stats(pictures_dir: Path, as_json: bool) -> None:
    """Print mean and standard deviation of red, green and blue in the pictures of PICTURES_DIR/GENRE."""
    from musicai.cli import dataset_tables as tables
    from musicai.cli.count_progress import count_progress
    from musicai.config import Settings
    from musicai.services.dataset import measure_pictures

    with count_progress("measuring") as report:
        figures = measure_pictures(Settings.from_env(), pictures_dir, report=report)
    _print(figures, as_json, tables.print_statistics)


@dataset.command()
@click.argument("source")
@click.argument("out", type=_PATH)
@click.option("--ratio", metavar="A/B[/C]", help="Shares of train, valid and test. Default: 0.8/0.1/0.1.")
@click.option("--seed", type=click.IntRange(0), help="Of the shuffle. Default: 1337.")
@click.option(
    "--group", type=click.Choice(["artist", "group"]), help="Keep what belongs together on one side."
)
@click.option("--folds", type=int, metavar="K", help="Write K splits, each with another part as its valid.")
@click.option("--train", type=_PATH, metavar="LIST", help="File of names to learn from, one per line.")
@click.option("--valid", type=_PATH, metavar="LIST", help="File of names to choose and calibrate by.")
@click.option("--test", type=_PATH, metavar="LIST", help="File of names to test with.")
@_FRONT_END
@_JSON
def split(
    source: str, out: Path, ratio: str | None, front_end: str | None, as_json: bool, **how: Any
) -> None:
    """Divide SOURCE into the sides train, valid and test, and write who stands where into OUT.

    Without options a manifest with a column split is followed, and else every genre is dealt out as the
    package split-folders does it. Lists name examples with or without genre and extension.
    """
    from musicai.cli import dataset_tables as tables
    from musicai.config import Settings
    from musicai.services.dataset import SplitOptions, make_splits

    lists = {side: how[side] for side in ("train", "valid", "test") if how[side]}
    options = SplitOptions(_ratios(ratio), how["seed"], how["group"], lists, how["folds"])
    made = make_splits(Settings.from_env(), source, out, options, _front_end(front_end))
    found = [view.to_json() for view in made]
    _print(found if options.folds is not None else found[0], as_json, tables.print_splits)


@dataset.command()
@click.argument("source")
@click.argument("split", type=_PATH)
@click.option("--strict", is_flag=True, help="Exit with status 10 when there is any leak.")
@_FRONT_END
@_SKIP
@_JSON
def leaks(
    source: str, split: Path, strict: bool, front_end: str | None, skip_unreadable: bool, as_json: bool
) -> None:
    """Print what stands on two sides of SPLIT: the same sound, nearly the same sound, the same artist.

    Every file is read and compared by its sound, whatever its codec, its level and where it begins.
    """
    from musicai.cli import dataset_tables as tables
    from musicai.cli.count_progress import count_progress
    from musicai.config import Settings
    from musicai.services.dataset import find_leaks_of

    with count_progress("listening") as report:
        found = find_leaks_of(
            Settings.from_env(),
            source,
            split,
            front_end=_front_end(front_end),
            skip_unreadable=skip_unreadable,
            report=report,
        )
    _print(found, as_json, tables.print_leaks)
    _end(failed=strict and bool(found["leaks"]))


def _front_end(text: str | None) -> "FrontEnd | None":
    from musicai.training.sources.drawn_by import parse_front_end

    return None if text is None else parse_front_end(text)


def _size(text: str) -> tuple[int, int]:
    from musicai.errors import ConfigError

    width, x, height = text.lower().partition("x")
    if not (
        x and width.isdigit() and height.isdigit() and all(8 <= int(n) <= 4096 for n in (width, height))
    ):
        raise ConfigError(f"--size {text!r} must look like 432x288, 8 to 4096 pixels each")
    return int(width), int(height)


def _colormap(name: str) -> str:
    from musicai.errors import ConfigError
    from musicai.front_end import COLORMAPS

    name = "grey" if name == "none" else name
    if name not in COLORMAPS:
        raise ConfigError(f"--colormap {name!r}: there are {', '.join(COLORMAPS)} and none")
    return name


def _ratios(text: str | None) -> tuple[float, ...] | None:
    from musicai.errors import ConfigError

    if text is None:
        return None
    try:
        return tuple(float(part) for part in text.split("/"))
    except ValueError as err:
        raise ConfigError(f"--ratio {text!r} must look like 0.8/0.1/0.1") from err


def _finish(done: Any, out: Path, as_json: bool, skip_unreadable: bool) -> None:
    from musicai.cli import dataset_tables as tables

    _print({"folder": str(out), **done}, as_json, tables.print_set)
    _end(failed=bool(done["unreadable"]) and not skip_unreadable)


def _print(value: Any, as_json: bool, show: Any) -> None:
    from musicai.cli.output import emit_json

    # names whose bytes are not UTF-8 read U+FFFD, as everywhere
    text = json.dumps(value, ensure_ascii=False).encode(errors="surrogateescape").decode(errors="replace")
    (emit_json if as_json else show)(json.loads(text))


def _end(*, failed: bool) -> None:
    from musicai.errors import DatasetError

    if failed:
        click.get_current_context().exit(DatasetError.exit_status)
