"""What an experiment is asked to do."""

from dataclasses import dataclass
from pathlib import Path

from musicai.front_end import FrontEnd
from musicai.training.recipe import Recipe


@dataclass(frozen=True)
class Experiment:
    """What to train, on what, and where the outcome goes.

    Parameters
    ----------
    name: of the model.
    spectrograms: folder of ``<genre>/<id>.png``.
    train_list, valid_list: split lists; all choices are made on the second.
    front_end: of the images.
    recipes: of the networks that answer together.
    first_seed: seed of the first network; the others count on from it.
    familiar: see `Committee`.
    use_all: ship weights trained on both lists, after everything was measured and calibrated with weights
        of the same recipe that saw only the first.
    out: the model's folder.
    work: folder of the checkpoints; None keeps none.
    data_set: what the clips are and where they come from.
    terms: what the training data allows.
    """

    name: str
    spectrograms: Path
    train_list: Path
    valid_list: Path
    front_end: FrontEnd
    recipes: tuple[Recipe, ...]
    first_seed: int
    familiar: float | None
    use_all: bool
    out: Path
    work: Path | None
    data_set: str = ""
    terms: str = ""
