"""How a card writes numbers, lists and links."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_DIGEST = re.compile(r"[0-9a-f]{12,}")


def paragraphs(*parts: str) -> str:
    """Join what is not empty with blank lines."""
    return "\n\n".join(part.strip("\n") for part in parts if part)


def picture(folder: Path | None, file: str, title: str) -> str:
    """Return an image if the file lies in the folder."""
    return f"![{title}]({file})" if folder and (folder / file).is_file() else ""


def linked(folder: Path | None, files: Mapping[str, str]) -> str:
    """Return links to those files that lie in the folder, file -> what it is."""
    if folder is None:
        return ""
    found = [f"[{text}]({file})" for file, text in files.items() if (folder / file).is_file()]
    return f"Beside this card: {', '.join(found)}." if found else ""


def fact_list(facts: Mapping[str, Any]) -> str:
    """Return nested facts as a list; what is empty is left out."""
    return "\n".join(_lines(facts, 0))


def duration(seconds: float) -> str:
    """Return seconds as people say them: '48 s', '6 min', '2 h 5 min'."""
    minutes, hours = round(seconds / 60), int(seconds // 3600)
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if seconds < 7200 else f"{hours} h {minutes - 60 * hours} min"


def _lines(facts: Mapping[str, Any], depth: int) -> list[str]:
    lines = []
    for name, value in facts.items():
        head = f"{'  ' * depth}* {name.replace('_', ' ')}"
        if isinstance(value, Mapping) and value:
            lines += [head, *_lines(value, depth + 1)]
        elif value not in (None, "", [], {}, ()):
            lines.append(f"{head}: {_text(value)}")
    return lines


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return f"`{text}`" if _DIGEST.fullmatch(text) else text
