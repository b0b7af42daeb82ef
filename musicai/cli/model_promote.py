"""``musicai models promote``, ``rollback`` and ``history``: which model answers, and why."""

from typing import TYPE_CHECKING

import click

from musicai.cli.gate_options import gate_options

if TYPE_CHECKING:
    from musicai.services.registry.promotion import Promotion


@click.command()
@click.argument("name")
@click.option(
    "--force", is_flag=True, help="Promote it even when the gate says no; the audit trail says so."
)
@gate_options
@click.option(
    "--data",
    metavar="SOURCE",
    help="Where the candidate's held-out tracks lie, for an active model that never answered them. "
    "Default: where the candidate was trained from.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def promote(name: str, force: bool, test: str, alpha: float, data: str | None, as_json: bool) -> None:
    """Make the model NAME the active one, if it is better than the one that is active.

    The gate compares both on the candidate's held-out tracks: it must have more right answers, a paired
    test must say that this is no chance, and its confidences must be as honest. Workers that run already
    take the new model with the next job; answers of the former one stay.
    """
    from musicai.cli.output import emit_json
    from musicai.config import Settings
    from musicai.errors import StateError
    from musicai.services.actor import current_actor
    from musicai.services.catalogue import open_catalogue
    from musicai.services.registry.judgement import Rules
    from musicai.services.registry.promotion import promote

    settings = Settings.from_env()
    rules = Rules(test, alpha)
    promotion = promote(
        open_catalogue(settings), settings, name, actor=current_actor(), rules=rules, force=force, data=data
    )
    if as_json:
        emit_json(promotion.to_json())
    elif promotion.promoted:
        _say_promoted(promotion)
    if not promotion.promoted:
        reasons = "\n  ".join(promotion.judgement.reasons)
        raise StateError(
            f"model {name!r} is not promoted, {promotion.former!r} stays active:\n  {reasons}\n"
            "--force promotes it all the same"
        )


def _say_promoted(promotion: "Promotion") -> None:
    forced = " by force, although the gate said no" if promotion.forced else ""
    click.echo(f"{promotion.model} is the active model now{forced}, in the place of {promotion.former}:")
    for reason in promotion.judgement.reasons:
        click.echo(f"  {reason}")
    _say_overruled(promotion.overruled_by)
    click.echo("`musicai enqueue --force` gives tracks that were classified before its answers")


@click.command()
@click.option(
    "--to", metavar="NAME", help="A model that was active once. Default: the one before this one."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def rollback(to: str | None, as_json: bool) -> None:
    """Make the model active again that was so before the last promotion."""
    from musicai.cli.output import emit_json
    from musicai.config import Settings
    from musicai.services.actor import current_actor
    from musicai.services.catalogue import open_catalogue
    from musicai.services.registry.rollback import roll_back

    settings = Settings.from_env()
    done = roll_back(open_catalogue(settings), settings, actor=current_actor(), to=to)
    if as_json:
        emit_json(done.to_json())
        return
    click.echo(f"{done.model} is the active model again, in the place of {done.former}")
    _say_overruled(done.overruled_by)


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def history(name: str | None, as_json: bool) -> None:
    """Print the audit trail of the model NAME, or of all: what was done, when, by whom, and why."""
    from musicai.catalogue.session import reading
    from musicai.cli.model_trail import print_trail
    from musicai.cli.output import emit_json
    from musicai.config import Settings
    from musicai.services.catalogue import open_catalogue
    from musicai.services.model_list import read_model
    from musicai.services.registry.trail import read_trail

    settings = Settings.from_env()
    with reading(open_catalogue(settings)) as session:
        if name is not None:
            read_model(session, settings, name)
        lines = read_trail(session, name)
    if as_json:
        emit_json([line.to_json() for line in lines])
    else:
        print_trail(lines)


def _say_overruled(other: str | None) -> None:
    from musicai.cli.output import note

    if other:
        note(f"MUSICAI_MODEL={other} is set: that model answers on this node all the same")
