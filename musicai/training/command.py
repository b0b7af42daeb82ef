"""The command that asks for a run, as one would type it: for the card of its model."""

import shlex
from collections.abc import Iterator
from dataclasses import replace

from musicai.training.plan import Plan, read_plan, shipped_plans
from musicai.training.request import TrainRequest
from musicai.training.split.ratios import SEED

RECIPE_FILE, SPLIT_FILE = "recipe.json", "split.txt"


def command_of(request: TrainRequest) -> str:
    """Return a command line; `recipe.json` and `split.txt` in it lie beside the card."""
    return " ".join(shlex.quote(word) for word in _words(request))


def _words(request: TrainRequest) -> Iterator[str]:
    yield from ("musicai", "train", "--name", request.name)
    for source in request.data:
        yield from ("--data", source)
    if request.backbone is None:
        yield from ("--recipe", _recipe(request.plan))
    elif hidden := request.plan.members[0].arguments.get("hidden"):
        yield from ("--hidden", str(hidden))
    yield from ("--seed", str(request.seed))
    yield from _split(request)
    for genre, most in request.limit.items():
        yield from ("--limit", f"{genre}={most}")
    for name in ("front_end", "backbone"):
        if value := getattr(request, name):
            yield from (f"--{name.replace('_', '-')}", value)
    for name in ("use_all", "promote", "strict_leaks", "skip_unreadable"):
        if getattr(request, name):
            yield f"--{name.replace('_', '-')}"
    if request.threads > 1:
        yield from ("--threads", str(request.threads))


def _recipe(plan: Plan) -> str:
    """Return the name of the shipped recipe that the plan is, or of the file beside the card."""
    bare = replace(plan, data_set="", terms="")
    known = [name for name in shipped_plans() if replace(read_plan(name), data_set="", terms="") == bare]
    return known[0] if known else RECIPE_FILE


def _split(request: TrainRequest) -> Iterator[str]:
    split = request.split
    drawn_otherwise = split.kind != "auto" and split.seed != SEED  # no option of `train` says it
    if split.kind in ("file", "lists") or drawn_otherwise:
        yield from ("--split", SPLIT_FILE)
    elif split.kind != "auto":
        if split.kind != "ratio":
            yield from ("--by", split.kind)
        yield from ("--ratio", "/".join(f"{ratio:g}" for ratio in split.ratios))
