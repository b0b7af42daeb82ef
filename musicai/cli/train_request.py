"""From the options of ``musicai train`` to the request of a run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from musicai.errors import ConfigError
from musicai.training.plan import BACKBONE, DEFAULT, Plan, read_plan
from musicai.training.recipe import Recipe
from musicai.training.request import TrainRequest
from musicai.training.sources import located
from musicai.training.sources.drawn_by import front_end_text, parse_front_end
from musicai.training.split.ratios import RATIOS
from musicai.training.split_plan import Kind, SplitPlan

_SIDES = ("train", "valid", "test")
_RECIPE = {"epochs": "epochs", "batch": "batch", "rate": "peak_rate", "momentum": "momentum"}


def read_request(options: Mapping[str, Any]) -> TrainRequest:
    """Return what the options ask for; ConfigError when they do not fit one another."""
    return TrainRequest(
        name=options["name"],
        data=tuple(absolute_source(text) for text in options["data"]),
        plan=_plan(options),
        split=_split(options),
        seed=options["seed"],
        front_end=portable_front_end(options["front_end"]),
        limit=options["limit"],
        backbone=_place(options["backbone"]),
        use_all=options["use_all"],
        promote=options["promote"],
        strict_leaks=options["strict_leaks"],
        skip_unreadable=options["skip_unreadable"],
        threads=options["threads"],
    )


def check_wait(*, enqueue: bool, wait: bool | None) -> None:
    """Refuse not to wait for what this command does itself; ConfigError."""
    if wait is False and not enqueue:
        raise ConfigError("--no-wait is for --enqueue: without it, this command trains itself")


def absolute_source(text: str) -> str:
    """Return a source that means the same in another working folder."""
    return located(text, Path.cwd())


def portable_front_end(text: str | None) -> str | None:
    """Return a front end with its settings: a trainer may have another disk than the file is on."""
    return None if text is None else front_end_text(parse_front_end(text))


def _place(backbone: str | None) -> str | None:
    """Return a backbone that means the same in another working folder; a model's name stays a name."""
    if backbone is None or not Path(backbone).expanduser().exists():
        return backbone
    return str(Path(backbone).expanduser().absolute())


def _plan(options: Mapping[str, Any]) -> Plan:
    if options["backbone"] is not None:
        return _plan_of_head(options)
    if options["hidden"] is not None:
        raise ConfigError("--hidden is for the head of a --backbone")
    if options["recipe"] and options["network"]:
        raise ConfigError("--recipe and --network exclude each other: a recipe names its networks")
    plan = read_plan(options["recipe"] or options["network"] or DEFAULT)
    changes = {field: options[name] for name, field in _RECIPE.items() if options[name] is not None}
    if options["dropout"] is not None:
        changes["arguments"] = {"dropout": options["dropout"]}
    if options["size"] is not None:
        plan = plan.resized(options["size"])
    return plan.varied(**changes) if changes else plan


def _plan_of_head(options: Mapping[str, Any]) -> Plan:
    if options["recipe"] or options["network"] or options["size"]:
        raise ConfigError("--backbone trains a head: leave --recipe, --network and --size out")
    if options["hidden"] is None and options["dropout"] is not None:
        raise ConfigError("--dropout hides values of the head's hidden layer: say its width with --hidden")
    names = {name: options[name] for name in ("hidden", "dropout") if options[name] is not None}
    changes = {field: options[name] for name, field in _RECIPE.items() if options[name] is not None}
    return Plan((Recipe(BACKBONE, names),)).varied(**changes)


def _split(options: Mapping[str, Any]) -> SplitPlan:
    lists = {side: options[side] for side in _SIDES if options[side]}
    ways = [options["split"], lists, options["by"] or options["ratio"]]
    if sum(bool(way) for way in ways) > 1:
        raise ConfigError("name one split: --split FILE, or lists (--train, --valid), or --ratio and --by")
    if options["split"]:
        return SplitPlan.of_files({"split": options["split"]})
    if lists:
        return SplitPlan.of_files(lists)
    kind: Kind = options["by"] or ("ratio" if options["ratio"] else "auto")
    return SplitPlan(kind, options["ratio"] or RATIOS)
