"""What the fields of a class mean, as the class says it."""

import ast
import inspect
import re
import textwrap
from dataclasses import fields
from enum import Enum
from itertools import pairwise
from typing import Any


def meanings(kind: type[Any]) -> dict[str, str]:
    """Return each field of a dataclass with its meaning.

    Raises
    ------
    LookupError: a field that neither the list of parameters nor a docstring of its own explains.
    """
    known = {**_parameters(kind), **_below_names(kind)}
    for field in fields(kind):
        if field.name not in known:
            raise LookupError(f"{kind.__module__}.{kind.__name__}.{field.name} has no docstring")
    return {field.name: known[field.name] for field in fields(kind)}


def member_meanings(kind: type[Enum]) -> dict[str, str]:
    """Return each value of an enum with its meaning; values without a docstring mean what they say."""
    known = _below_names(kind)
    return {str(member.value): known.get(member.name, "") for member in kind}


def property_meaning(kind: type[Any], name: str) -> str:
    """Return the meaning of a property."""
    return inspect.cleandoc(getattr(kind, name).__doc__)


def _below_names(kind: type[Any]) -> dict[str, str]:
    """Return the string below each name that the body of a class gives a type or a value."""
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0].body  # type: ignore[attr-defined]
    found = {}
    for statement, below in pairwise(body):
        target = getattr(statement, "target", None) or next(iter(getattr(statement, "targets", [])), None)
        is_text = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
        if isinstance(target, ast.Name) and is_text:
            found[target.id] = _one_line(below.value.value)
    return found


def _parameters(kind: type[Any]) -> dict[str, str]:
    """Return what the section of parameters says: `name: meaning`, longer ones indented below."""
    section = (inspect.getdoc(kind) or "").partition("Parameters\n----------\n")[2].partition("\n\n")[0]
    entries = re.findall(r"^(\w[\w, ]*): (.*(?:\n[ ]+.*)*)", section, re.MULTILINE)
    return {name.strip(): _one_line(text) for names, text in entries for name in names.split(",")}


def _one_line(text: str) -> str:
    line = re.sub(r"\bNone\b", "`null`", " ".join(text.split()))
    return line[:1].upper() + line[1:] + ("" if line.endswith(".") else ".")
