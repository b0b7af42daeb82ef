"""Training the networks of a plan one after the other, each with checkpoints of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from torch import nn

from musicai.errors import ConfigError
from musicai.models.backbone.memory import Memory
from musicai.training.at_once import FITS
from musicai.training.backbone import Backbone, fit_backbone
from musicai.training.dataset import Dataset
from musicai.training.epoch_report import EpochReport
from musicai.training.hooks import Hooks
from musicai.training.journal import Journal
from musicai.training.leftovers import EMBEDDINGS
from musicai.training.loop import Checkpoints, train
from musicai.training.plan import BACKBONE, Plan, in_epochs
from musicai.training.recipe import Recipe

_CHECKPOINTS = 40
"""Checkpoints per network: what a crash costs against what they cost."""


@dataclass
class Members:
    """Trains the networks of a plan, and numbers their epochs as one series.

    Parameters
    ----------
    seed: of the first network; the others count on from it.
    journal: keeps the curves.
    folder: of the checkpoints. A network that is done is not trained again after a crash.
    backbone: what recipes of that architecture train a head on.
    """

    plan: Plan
    seed: int
    folder: Path
    hooks: Hooks
    journal: Journal
    passes: int = 1
    backbone: Backbone | None = None
    history: list[EpochReport] = field(default_factory=list, init=False)

    @property
    def epochs(self) -> int:
        """Epochs of all networks and passes together."""
        return self.passes * self.plan.epochs

    def train(self, label: str, data: Dataset, watch: Dataset | None) -> list[nn.Module]:
        """Train all networks on data; `label` names the checkpoints of this pass."""
        return [
            self._member(f"{label}-{number}", recipe, data, watch, self.seed + number)
            for number, recipe in enumerate(self.plan.members)
        ]

    def _member(
        self, label: str, recipe: Recipe, data: Dataset, watch: Dataset | None, seed: int
    ) -> nn.Module:
        self.hooks.say(f"{label}: {recipe.architecture} on {len(data)} excerpts")
        if recipe.architecture == BACKBONE:
            return self._head(recipe, data, seed)
        if not in_epochs(recipe):
            return FITS[recipe.architecture](data, recipe, seed, self.plan.front_end)
        before = len(self.history)

        def numbered(report: EpochReport) -> EpochReport:
            return replace(report, epoch=before + report.epoch, epochs=self.epochs)

        def report(epoch: EpochReport) -> None:
            self.history.append(numbered(epoch))
            self.journal.epoch(self.history[-1])
            self.hooks.epoch(self.history[-1])

        def resumed(done: Sequence[EpochReport]) -> None:
            self.history.extend(map(numbered, done))
            self.journal.resumed(self.history)
            if done:  # the catalogue has those before it from the process that died
                self.hooks.epoch(self.history[-1])

        return train(
            data,
            recipe,
            seed,
            watch=watch,
            report=report,
            resumed=resumed,
            checkpoints=Checkpoints(
                self.folder / f"{label}.ckpt", every=max(1, recipe.epochs // _CHECKPOINTS)
            ),
            should_stop=self.hooks.should_stop,
        )

    def _head(self, recipe: Recipe, data: Dataset, seed: int) -> nn.Module:
        if self.backbone is None:
            raise ConfigError("the recipe trains a head, and no --backbone says on what")
        memory = Memory(self.folder / EMBEDDINGS)
        return fit_backbone(data, recipe, seed, self.backbone, memory, should_stop=self.hooks.should_stop)
