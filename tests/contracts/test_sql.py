"""SQL is written once and bound: no value of anybody becomes part of a statement."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("musicai", "worker", "scheduler", "migrations")
# functions of SQLAlchemy and of drivers that take a statement as text
TAKES_SQL = frozenset(("text", "exec_driver_sql", "execute", "literal_column", "DDL"))
# of our own constants, where no parameter can stand
ALLOWED = {
    ("musicai/catalogue/session.py", 'f"PRAGMA {pragma}"'),
    ("musicai/services/exporter/catalogue_part.py", 'f"SET LOCAL statement_timeout = {_PATIENCE_MS}"'),
}


def spliced(source: str) -> Iterator[str]:
    """Yield the statements in a program that are put together from parts."""
    for node in ast.walk(ast.parse(source)):
        is_statement = isinstance(node, ast.Call) and node.args and _name(node.func) in TAKES_SQL
        if is_statement and _is_spliced(node.args[0]):
            yield ast.get_source_segment(source, node.args[0]) or ""


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Name):
        return function.id
    is_picture = isinstance(function, ast.Attribute) and ast.unparse(function.value) in ("canvas", "self")
    return function.attr if isinstance(function, ast.Attribute) and not is_picture else ""


def _is_spliced(argument: ast.expr) -> bool:
    if isinstance(argument, ast.JoinedStr):
        return True
    if isinstance(argument, ast.Call):  # "...".format(), "...".join(), "...".replace()
        function = argument.func
        return isinstance(function, ast.Attribute) and isinstance(function.value, ast.Constant)
    is_sum = isinstance(argument, ast.BinOp) and isinstance(argument.op, ast.Add | ast.Mod)
    return is_sum and any(isinstance(part, ast.Constant | ast.JoinedStr) for part in ast.walk(argument))


def test_no_statement_is_spliced() -> None:
    found = {
        (str(file.relative_to(ROOT)), statement)
        for folder in FOLDERS
        for file in (ROOT / folder).rglob("*.py")
        for statement in spliced(file.read_text())
    }
    assert found == ALLOWED


@pytest.mark.parametrize(
    "source",
    [
        'session.execute(text(f"SELECT {name}"))',
        'connection.exec_driver_sql("SELECT " + name)',
        'connection.execute("SELECT %s" % name)',
        'sa.text("SELECT {}".format(name))',
    ],
)
def test_the_test_sees_what_it_looks_for(source: str) -> None:
    assert list(spliced(source))
