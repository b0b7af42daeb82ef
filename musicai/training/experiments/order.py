"""What the heavy process is asked to carry out. Light, and JSON all through."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from musicai.training.experiments.file import ExperimentFile, read_experiments
from musicai.training.plan import Plan
from musicai.training.request import TrainRequest
from musicai.training.split_plan import SplitPlan


@dataclass(frozen=True)
class Order:
    """Rows of a file of experiments, on data, into a folder.

    Parameters
    ----------
    file: path of the file, or ``report``.
    data: a source, as `parse_source` reads it.
    out: folder of the results.
    numbers: of the rows, from 1.
    size: side of the pictures in pixels; None: what the file says.
    limit: most training examples of genres, for all rows.
    front_end: what drew a folder of pictures, when nothing beside it says so: a name, or JSON.
    skip_unreadable: leave out files that cannot be read, instead of refusing them all.
    """

    file: str
    data: str
    out: str
    numbers: tuple[int, ...]
    size: int | None = None
    limit: Mapping[str, int] = field(default_factory=dict)
    front_end: str | None = None
    skip_unreadable: bool = False

    def experiments(self) -> ExperimentFile:
        """Read the file as it is to be run."""
        return read_experiments(self.file).at_size(self.size).held_small(self.limit)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object that `from_json` reads back."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Order":
        """Read back `to_json`."""
        return cls(**{**value, "numbers": tuple(value["numbers"])})


def request_of(order: Order, experiments: ExperimentFile, number: int) -> TrainRequest:
    """Return a row as a training run, whether it is carried out here or by a trainer."""
    row = experiments.rows[number - 1]
    return TrainRequest(
        name=experiments.model_name(number),
        data=(order.data,),
        plan=Plan(
            members=(row.recipe(experiments.size),),
            front_end=experiments.front_end,
            data_set=experiments.data_set,
            terms=experiments.terms,
        ),
        split=SplitPlan("ratio", ratios=experiments.ratios, seed=experiments.split_seed),
        seed=row.seed,
        front_end=order.front_end,
        limit=dict(row.limit),
        skip_unreadable=order.skip_unreadable,
    )
