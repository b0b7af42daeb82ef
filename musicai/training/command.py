"""The command that asks for a run, as one would type it: for the card of its model."""

import shlex
from collections.abc import Iterator
from dataclasses import replace

from musicai.training.plan import Plan, read_plan, shipped_plans
from musicai.training.request import TrainRequest


def command_of(request: TrainRequest) -> str:
    """Return a command line; data, recipe and lists stand in it by what they hold, see `run.json`."""
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
    for name in ("use_all", "strict_leaks", "skip_unreadable"):
        if getattr(request, name):
            yield f"--{name.replace('_', '-')}"


def _recipe(plan: Plan) -> str:
    """Return the name of the shipped recipe that the plan is, or of a file that one has to write."""
    bare = replace(plan, data_set="", terms="")
    known = [name for name in shipped_plans() if replace(read_plan(name), data_set="", terms="") == bare]
    return known[0] if known else "recipe.json"


def _split(request: TrainRequest) -> Iterator[str]:
    split = request.split
    if split.kind == "file":
        yield from ("--split", "split.txt")
    elif split.kind == "lists":
        for side in split.texts:
            yield from (f"--{side}", f"{side}.txt")
    elif split.kind != "auto":
        if split.kind != "ratio":
            yield from ("--by", split.kind)
        yield from ("--ratio", "/".join(f"{ratio:g}" for ratio in split.ratios))
