"""``musicai experiments``: files of experiments, such as the report's nine."""

from dataclasses import replace
from pathlib import Path

import click

from musicai.cli.limit_option import limit_option

_FILE = click.argument("file", default="report")
_OUT = click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of checkpoints, models and results; by default one in the home folder.",
)
_SIZE = click.option("--size", type=click.IntRange(16, 1024), help="Side of the pictures in pixels.")
_ONLY = click.option("--only", metavar="1,3-5", help="Numbers of the experiments; without it all.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
_MARKDOWN = click.option("--markdown", is_flag=True, help="Print a table in Markdown.")


@click.group()
def experiments() -> None:
    """Run files of experiments, and print what came out beside what was reported.

    FILE is a TOML file; the name `report`, which is the default, stands for the nine experiments of the
    university report that MusicAI began as.
    """


@experiments.command("run")
@_FILE
@click.option(
    "--data",
    metavar="SOURCE",
    help="What to learn from: a folder GENRE/FILE of audio, pictures or spectrograms, a CSV manifest, or "
    "`catalogue:` for the tracks that you corrected. Default: what FILE says.",
)
@_SIZE
@_ONLY
@limit_option
@click.option(
    "--front-end", metavar="NAME|FILE", help="What drew a folder of pictures, if nothing says it."
)
@click.option("--skip-unreadable", is_flag=True, help="Leave out what cannot be read.")
@_OUT
@click.option("--enqueue", is_flag=True, help="Let trainers do it: one job for each, on the queue.")
@click.option(
    "--wait/--no-wait",
    default=None,
    help="With --enqueue: stay until the end. Default: unless a broker is configured.",
)
@_JSON
@_MARKDOWN
def run(
    file: str,
    data: str | None,
    size: int | None,
    only: str | None,
    limit: dict[str, int],
    front_end: str | None,
    skip_unreadable: bool,
    out: Path | None,
    enqueue: bool,
    wait: bool | None,
    as_json: bool,
    markdown: bool,
) -> None:
    """Train the experiments of FILE one after the other, and print the table.

    What is finished is not run again, and what was interrupted goes on from its checkpoint. Each leaves a
    folder with its model, its curves, its confusion matrices and its result; `tensorboard --logdir
    OUT/logs` shows the curves while it runs.
    """
    from musicai.cli.experiment_run import enqueue_and_carry, read_all, run_here
    from musicai.cli.experiment_table import print_views
    from musicai.cli.train_request import absolute_source, check_wait, portable_front_end
    from musicai.errors import ConfigError
    from musicai.services.experiments import place
    from musicai.training.experiments.order import Order

    check_wait(enqueue=enqueue, wait=wait)
    order = Order(file, "", "", (), size, limit, portable_front_end(front_end), skip_unreadable)
    asked = order.experiments()
    source = absolute_source(data) if data else asked.data
    if not source:
        raise ConfigError(f'where are the data? --data SOURCE, or data = "SOURCE" in the file {file}')
    numbers = tuple(asked.numbers(only))
    order = replace(order, data=source, out=str(place(asked, limit, out)), numbers=numbers)
    status = 0
    if enqueue:
        status = enqueue_and_carry(order, wait=wait, as_json=as_json)
    else:
        run_here(order, quiet=as_json)
    print_views(read_all(order), as_json=as_json, markdown=markdown)
    if status:
        raise click.exceptions.Exit(status)


@experiments.command("show")
@_FILE
@_SIZE
@_ONLY
@limit_option
@_OUT
@_JSON
@_MARKDOWN
def show(
    file: str,
    size: int | None,
    only: str | None,
    limit: dict[str, int],
    out: Path | None,
    as_json: bool,
    markdown: bool,
) -> None:
    """Print the experiments of FILE with the results that there are; nothing is trained."""
    from musicai.cli.experiment_run import read_all
    from musicai.cli.experiment_table import print_views
    from musicai.services.experiments import place
    from musicai.training.experiments.order import Order

    order = Order(file, "", "", (), size, limit)
    asked = order.experiments()
    order = replace(order, out=str(place(asked, limit, out)), numbers=tuple(asked.numbers(only)))
    print_views(read_all(order), as_json=as_json, markdown=markdown)
