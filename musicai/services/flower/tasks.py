"""What Flower's pages say of a task."""

import ast
from typing import Any


def format_task(task: Any) -> Any:
    """Return a copy of a task as people read it: `job 3, library Music` instead of a Python dictionary."""
    task.kwargs = _words(task.kwargs)
    task.args = "" if task.args in ("()", "[]") else task.args
    task.result = _text(getattr(task, "result", None))
    task.sent = None  # nobody tells of it; what comes under this name says how far a task is
    return task


def _words(kwargs: str | None) -> str:
    found = _literal(kwargs)
    if not isinstance(found, dict):
        return kwargs or ""
    return ", ".join(f"{name} {value}" for name, value in found.items() if value not in ("", None))


def _text(result: str | None) -> str:
    found = _literal(result)
    return found if isinstance(found, str) else result or ""


def _literal(text: str | None) -> Any:
    try:
        return ast.literal_eval(text or "")
    except (ValueError, SyntaxError):  # cut short by Celery, or written by somebody else
        return None
