"""Where models lie: those that come with the package, and those in the user's model store."""

from dataclasses import dataclass
from pathlib import Path

from musicai.errors import NotFoundError
from musicai.models.side_car import SIDE_CAR_FILE, SideCar, read_side_car

SHIPPED = Path(__file__).parent / "shipped"
DEFAULT_MODEL = "gtzan-rescnn-1"
"""The model used when neither a command nor a setting names one."""


@dataclass(frozen=True)
class StoredModel:
    """A model and where it lies."""

    folder: Path
    side_car: SideCar
    shipped: bool


def find(name: str, store: Path) -> Path:
    """Return the folder of the model `name` (empty: the default one), the user's store first."""
    folders = _folders(store)
    wanted = name or DEFAULT_MODEL
    if wanted not in folders:
        known = ", ".join(sorted(folders)) or "none"
        raise NotFoundError(f"there is no model {wanted!r}; there are: {known}")
    return folders[wanted]


def list_models(store: Path) -> list[StoredModel]:
    """Return all models by name; ModelError when the side-car of one is broken."""
    return [
        StoredModel(folder, read_side_car(folder), folder.parent == SHIPPED)
        for _, folder in sorted(_folders(store).items())
    ]


def _folders(store: Path) -> dict[str, Path]:
    roots = [root for root in (SHIPPED, store) if root.is_dir()]
    return {file.parent.name: file.parent for root in roots for file in root.glob(f"*/{SIDE_CAR_FILE}")}
