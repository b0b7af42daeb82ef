"""``musicai experiments``: files of experiments, such as the report's nine."""

import sys
from pathlib import Path

import click

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


def _limits(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, int]:
    limits = {}
    for value in values:
        genre, _, count = value.rpartition("=")
        if not genre or not count.isdigit() or int(count) < 1:
            raise click.BadParameter(f"{value!r}: GENRE=N, such as pop=80")
        limits[genre] = int(count)
    return limits


_LIMIT = click.option(
    "--limit",
    multiple=True,
    callback=_limits,
    metavar="GENRE=N",
    help="Learn from at most so many examples of a genre; may be given again.",
)


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
    required=True,
    metavar="SOURCE",
    help="What to learn from: a folder GENRE/FILE of audio, pictures or spectrograms, or a CSV manifest.",
)
@_SIZE
@_ONLY
@_LIMIT
@_OUT
@_JSON
@_MARKDOWN
def run(
    file: str,
    data: str,
    size: int | None,
    only: str | None,
    limit: dict[str, int],
    out: Path | None,
    as_json: bool,
    markdown: bool,
) -> None:
    """Train the experiments of FILE one after the other, and print the table.

    What is finished is not run again, and what was interrupted goes on from its checkpoint. Each leaves a
    folder with its model, its curves, its confusion matrices and its result; `tensorboard --logdir
    OUT/logs` shows the curves while it runs.
    """
    from musicai.cli.experiment_progress import ExperimentProgress
    from musicai.cli.experiment_table import print_views
    from musicai.services.experiments import place, read_views, run_experiments
    from musicai.training.experiments.order import Order

    order = Order(file, data, "", (), size, limit)
    asked = order.experiments()
    numbers, folder = asked.numbers(only), place(asked, limit, out)
    with ExperimentProgress(live=sys.stderr.isatty() and not as_json) as progress:
        run_experiments(Order(file, data, str(folder), tuple(numbers), size, limit), progress)
    print_views(read_views(asked, numbers, folder), as_json=as_json, markdown=markdown)


@experiments.command("show")
@_FILE
@_SIZE
@_ONLY
@_LIMIT
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
    from musicai.cli.experiment_table import print_views
    from musicai.services.experiments import place, read_views
    from musicai.training.experiments.order import Order

    asked = Order(file, "", "", (), size, limit).experiments()
    folder = place(asked, limit, out)
    print_views(read_views(asked, asked.numbers(only), folder), as_json=as_json, markdown=markdown)
