"""What a training run is asked to do. Light and JSON all through: it travels in the catalogue."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from musicai.errors import ConfigError
from musicai.front_end import FrontEnd
from musicai.training.family import check_family
from musicai.training.plan import Plan
from musicai.training.split_plan import SplitPlan

MOST_SEED = 2**63 - 1
"""What fits the random numbers of torch and numpy alike."""


@dataclass(frozen=True)
class TrainRequest:
    """Data, split, plan and what comes after.

    Parameters
    ----------
    name: family of the model; its version is appended: ``jazzbox`` becomes ``jazzbox-1``.
    data: sources, as `parse_source` reads them; several are joined.
    plan: what is trained.
    split: which examples are learnt from, and which are held out.
    seed: of the first network; the others count on from it.
    front_end: what drew a folder of pictures, when nothing beside it says so: a name, or JSON.
    limit: genre -> most examples to learn from.
    backbone: a network whose frozen embeddings a new head learns from: a file, a folder or a hub's name.
    use_all: ship weights trained on train and valid together, measured with weights that saw only train.
    promote: offer the model to the gate when it is done.
    strict_leaks: refuse data that stand on both sides.
    skip_unreadable: leave out files that cannot be read, instead of refusing them all.
    threads: of the processor that one step may use.
    """

    name: str
    data: tuple[str, ...]
    plan: Plan = field(default_factory=Plan)
    split: SplitPlan = field(default_factory=SplitPlan)
    seed: int = 0
    front_end: str | None = None
    limit: Mapping[str, int] = field(default_factory=dict)
    backbone: str | None = None
    use_all: bool = False
    promote: bool = False
    strict_leaks: bool = False
    skip_unreadable: bool = False
    threads: int = 1

    def __post_init__(self) -> None:
        check_family(self.name)
        if not self.data:
            raise ConfigError("a training run needs data: name a folder, a manifest or `catalogue:`")
        if not 0 <= self.seed <= MOST_SEED:
            raise ConfigError(f"a seed is a whole number from 0 to {MOST_SEED}, not {self.seed}")

    def heard_by(self, front_end: FrontEnd) -> "TrainRequest":
        """Return the same for networks that hear by another front end: the data, or a backbone, decide."""
        return replace(self, plan=replace(self.plan, front_end=front_end))

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object that `from_json` reads back."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return values | {
            "data": list(self.data),
            "plan": self.plan.to_json(),
            "split": asdict(self.split),
            "limit": dict(self.limit),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "TrainRequest":
        """Read back `to_json`; ConfigError when another version wrote it."""
        try:
            return cls(
                **{
                    **value,
                    "data": tuple(value["data"]),
                    "plan": Plan.from_json(value["plan"]),
                    "split": SplitPlan.from_json(value["split"]),
                }
            )
        except (TypeError, KeyError, ValueError) as err:
            raise ConfigError(f"a run was asked for what this version does not know: {err}") from err
