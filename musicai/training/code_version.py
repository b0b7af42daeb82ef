"""Which state of the code made a model: the version alone stays the same from one release to the next."""

import hashlib
from pathlib import Path

from musicai import __version__

_DECISIVE = ("audio", "models", "training", "front_end.py")
"""What decides what a network hears, learns and answers."""
_DIGITS = 12


def digest_of(package: Path) -> str:
    """Return a short digest of those sources below a folder, wherever that lies."""
    digest = hashlib.sha256()
    for file in sorted(_sources(package)):
        name = file.relative_to(package).as_posix()
        digest.update(f"{name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()[:_DIGITS]


def _sources(package: Path) -> list[Path]:
    places = [package / name for name in _DECISIVE]
    return [file for place in places for file in ([place] if place.is_file() else place.rglob("*.py"))]


# when it is imported: by the end of a run of days the files may be those of another version
CODE_VERSION = f"{__version__}+src.{digest_of(Path(__file__).parents[1])}"
"""VERSION+src.DIGEST, the digest being that of the sources that decide what a network learns."""
