"""The Dockerfile, taken apart: stages, and the instructions of each with those of the stages below it."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Stage:
    """One stage: what it is built from, and its own instructions as (WORD, rest)."""

    parent: str
    instructions: list[tuple[str, str]]

    def all_of(self, word: str) -> list[str]:
        return [rest for found, rest in self.instructions if found == word]


def stages() -> dict[str, Stage]:
    """Return the stages by name."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n", " ", text).split("\n")
    found: dict[str, Stage] = {}
    instructions: list[tuple[str, str]] = []
    for word, rest in (line.split(maxsplit=1) for line in lines if line.strip()):
        if word == "FROM":
            parent, name = re.fullmatch(r"(\S+) AS (\S+)", rest).groups()
            found[name] = Stage(parent, instructions := [])
        else:
            instructions.append((word, rest))
    return found


def chain(target: str) -> list[Stage]:
    """Return the stages that a target consists of, the lowest first."""
    all_stages = stages()
    if target not in all_stages:
        return []
    return [*chain(all_stages[target].parent), all_stages[target]]


def packages(target: str) -> set[str]:
    """Return the names of what the locks put into a target."""
    runs = " ".join(run for stage in chain(target) for run in stage.all_of("RUN"))
    names = set()
    for lock in re.findall(r"/locks/(\w+)\.txt", runs):
        text = (ROOT / "deploy" / "locks" / f"{lock}.txt").read_text()
        names |= set(re.findall(r"^([\w.-]+)==", text, re.MULTILINE))
    return names
