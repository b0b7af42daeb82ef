"""``docs/reference/``, made of the code so that it cannot lie.

``python docs/generate.py`` writes the pages; with ``--check`` it says which are out of date and exits with 1.
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

REFERENCE = Path(__file__).resolve().parent / "reference"
# the checkout that this file belongs to is described, whatever else is installed
sys.path.insert(0, str(REFERENCE.parents[1]))

from generator import commands, errors, json_objects, metrics, settings  # noqa: E402

from musicai.catalogue.query.reference import query_reference  # noqa: E402

PAGES: Mapping[str, Callable[[], str]] = {
    "commands.md": commands.page,
    "errors.md": errors.page,
    "json.md": json_objects.page,
    "metrics.md": metrics.page,
    "query.md": query_reference,
    "settings.md": settings.page,
}


def main() -> int:
    """Write the pages, or compare them; return the exit status."""
    parser = argparse.ArgumentParser(description="Generate docs/reference from the code.")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail when a page is out of date"
    )
    check = parser.parse_args().check
    pages = {REFERENCE / name: make() for name, make in PAGES.items()}
    stale = [path for path, text in pages.items() if not _says(path, text)]
    for path in stale:
        where = path.relative_to(REFERENCE.parents[1])
        if check:
            sys.stderr.write(f"{where} is out of date: run `make docs` and commit what it writes\n")
        else:
            path.write_text(pages[path], encoding="utf-8")
            sys.stdout.write(f"wrote {where}\n")
    return int(check and bool(stale))


def _says(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
