"""Files of a run that are of use only as long as it may go on: large, and nothing but bridges."""

from pathlib import Path

EMBEDDINGS = "embeddings.safetensors"
"""What a backbone made of excerpts."""
_PATTERNS = ("*.ckpt", "*.part", EMBEDDINGS)


def leftovers(folder: Path) -> list[Path]:
    """Return checkpoints, and what a frozen backbone made of the examples, of a run's folder."""
    return [file for pattern in _PATTERNS for file in sorted(folder.glob(pattern))]
