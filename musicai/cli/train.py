"""``musicai train``: train a model, here or on a trainer."""

from pathlib import Path
from typing import Any

import click

from musicai.cli.limit_option import limit_option

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _ratios(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[float, ...] | None:
    if value is None:
        return None
    try:
        return tuple(float(part) for part in value.split("/"))
    except ValueError as err:
        raise click.BadParameter(f"{value!r}: shares with '/' between, such as 0.8/0.1/0.1") from err


@click.command()
@click.option("--name", required=True, help="What to call the model; a version is appended: NAME-1.")
@click.option(
    "--data",
    required=True,
    multiple=True,
    metavar="SOURCE",
    help="What to learn from: a folder GENRE/FILE of audio, pictures or spectrograms, a CSV manifest, "
    "`catalogue:` for the tracks that you corrected; repeatable.",
)
@click.option(
    "--recipe", default=None, metavar="NAME|FILE", help="What to train: a recipe by name, or a JSON file."
)
@click.option("--network", metavar="NAME", help="Train this one network, with its default recipe.")
@click.option("--epochs", type=click.IntRange(1), help="Passes over the data.")
@click.option("--batch", type=click.IntRange(2), help="Examples per step.")
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="Learning rate, at its peak.")
@click.option("--momentum", type=click.FloatRange(0, 1, max_open=True), help="Momentum of SGD.")
@click.option("--dropout", type=click.FloatRange(0, 1, max_open=True), help="Share that dropout hides.")
@click.option("--size", type=click.IntRange(16, 1024), help="Side of the pictures, for picture networks.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the first network.")
@click.option(
    "--ratio",
    callback=_ratios,
    metavar="A/B/C",
    help="Shares of train, valid and test; default 0.8/0.1/0.1, drawn with the seed 1337.",
)
@click.option(
    "--by",
    type=click.Choice(["artist", "group"]),
    help="Let no artist, or no group, stand on two sides of the split.",
)
@click.option("--split", type=_FILE, help="A split that `musicai dataset split` wrote.")
@click.option("--train", type=_FILE, help="List of names to learn from.")
@click.option("--valid", type=_FILE, help="List of names to calibrate on.")
@click.option("--test", type=_FILE, help="List of names that are looked at once.")
@limit_option
@click.option(
    "--front-end", metavar="NAME|FILE", help="What drew a folder of pictures, if nothing says it."
)
@click.option(
    "--backbone",
    metavar="MODEL|FILE|HUB",
    help="Train a head on the frozen embeddings of a model, an .onnx or .pt2 file, or ORG/NAME of the hub.",
)
@click.option(
    "--hidden", type=click.IntRange(1), help="Width of a hidden layer in that head. Default: none."
)
@click.option("--use-all", is_flag=True, help="Ship weights that saw train and valid, measured without.")
@click.option("--promote", is_flag=True, help="Make it the active model if the gate lets it pass.")
@click.option("--strict-leaks", is_flag=True, help="Refuse data that stand on two sides of the split.")
@click.option("--skip-unreadable", is_flag=True, help="Leave out what cannot be read.")
@click.option("--threads", type=click.IntRange(1, 256), default=1, show_default=True, help="Of one step.")
@click.option(
    "--priority",
    type=click.Choice(["low", "normal", "high"]),
    default="normal",
    help="Which runs go first.",
)
@click.option("--enqueue", is_flag=True, help="Let a trainer do it, instead of this machine at once.")
@click.option(
    "--wait/--no-wait", default=None, help="Stay until its end. Default: unless a broker is configured."
)
@click.option("--json", "as_json", is_flag=True, help="Print the job as JSON when it ends.")
def train(priority: str, enqueue: bool, wait: bool | None, as_json: bool, **options: Any) -> None:
    """Train a model, measure it, calibrate it, and put it into the model store as a candidate.

    Runs here in a process of its own, or with --enqueue as a task on the queue `train`. Either way its
    progress stands in the catalogue: `musicai jobs watch`, `cancel`, `pause`; Ctrl-C pauses it. A run that
    was broken off goes on from its last checkpoint with `musicai jobs resume`.
    """
    from musicai.cli.carry import carry, finish, run_shown
    from musicai.cli.train_request import check_wait, read_request
    from musicai.config import Settings
    from musicai.services.catalogue import open_catalogue
    from musicai.services.node import heavy_side
    from musicai.services.training import LocalRun, check_data, create_run
    from musicai.states import Priority

    check_wait(enqueue=enqueue, wait=wait)
    request = read_request(options)
    if not enqueue:
        heavy_side.insist()
        check_data(request)
    settings = Settings.from_env()
    engine = open_catalogue(settings)
    view = create_run(engine, request, Priority(priority))
    if enqueue:
        stays = settings.has_private_broker if wait is None else wait
        carry(engine, settings, view.id, wait=stays, as_json=as_json)
        return
    run_shown(
        lambda display: LocalRun(engine, settings, display).carry(view.id),
        lambda ended: finish(engine, settings, ended, waited=True, as_json=as_json),
        as_json=as_json,
    )
