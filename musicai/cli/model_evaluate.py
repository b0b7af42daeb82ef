"""``musicai models evaluate``: how good a model is on labelled data."""

from pathlib import Path

import click


@click.command()
@click.argument("name")
@click.option(
    "--data",
    required=True,
    metavar="SOURCE",
    help="Labelled tracks: a folder with a subfolder per genre, a CSV manifest, or `catalogue:`.",
)
@click.option(
    "--split",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A split, of which one side is evaluated; or a list of names. Default: everything.",
)
@click.option(
    "--side",
    type=click.Choice(["train", "valid", "test"]),
    help="Which side of the split. Default: test.",
)
@click.option(
    "--front-end",
    default="",
    metavar="NAME|FILE",
    help="What drew a folder of pictures, where nothing beside it says so.",
)
@click.option(
    "--leaks/--no-leaks",
    default=True,
    show_default=True,
    help="Compare with the other sides of the split, which have to be read for that.",
)
@click.option("--skip-unreadable", is_flag=True, help="Leave out files that cannot be read.")
@click.option(
    "--answers",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Keep the answers to tracks, so that models can be compared on them.",
)
@click.option(
    "--png",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Draw confusion matrix and reliability diagram into a folder.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def evaluate(
    name: str,
    data: str,
    split: Path | None,
    side: str | None,
    front_end: str,
    leaks: bool,
    skip_unreadable: bool,
    answers: Path | None,
    png: Path | None,
    as_json: bool,
) -> None:
    """Measure the model NAME on labelled tracks.

    Every figure comes with its 95 % interval, over excerpts and over tracks.
    """
    from musicai.cli.count_progress import count_progress
    from musicai.cli.evaluation_table import print_report
    from musicai.cli.output import emit_json, note
    from musicai.config import Settings
    from musicai.models.store import find
    from musicai.services.evaluate import draw_report, evaluate_model
    from musicai.training.evaluation.request import EvaluationRequest

    settings = Settings.from_env()
    request = EvaluationRequest(
        model=str(find(name, settings.model_store)),
        data=data,
        split=str(split or ""),
        side=side or "",
        front_end=front_end,
        look_for_leaks=leaks,
        skip_unreadable=skip_unreadable,
        answers=str(answers or ""),
    )
    with count_progress("listening") as progress:
        report = evaluate_model(settings, request, progress)
    drawn = draw_report(report, png) if png else ()
    if as_json:
        emit_json(report.to_json())
    else:
        print_report(report)
    for file in drawn:
        note(f"drawn: {file}")
