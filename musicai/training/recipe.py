"""Everything that decides how a network is trained, in one frozen value that the side-car repeats."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Augmentation:
    """How strongly training varies the clips. Levels are in standard deviations of a clip.

    Parameters
    ----------
    tempo: most relative change of speed.
    shift: most bands that the picture moves up or down.
    tilt: standard deviation of a smooth random equaliser.
    low_pass: share of clips whose highest bands are pulled down.
    noise: most standard deviation of noise added to each cell.
    range_change: most relative change of the spread of levels.
    mask_bands, mask_frames: most bands and frames hidden per mask; two masks each.
    mixup: parameter of the beta distribution that mixes pairs of clips; 0 mixes none.
    """

    tempo: float = 0.1
    shift: float = 2.0
    tilt: float = 0.3
    low_pass: float = 0.2
    noise: float = 0.1
    range_change: float = 0.1
    mask_bands: int = 12
    mask_frames: int = 16
    mixup: float = 0.4


@dataclass(frozen=True)
class Recipe:
    """Architecture, schedule and augmentation of one network.

    Pictures are varied by `jitter`, and by the augmentation's mixup; spectrograms by the whole
    augmentation.
    """

    architecture: str = "residual_cnn"
    arguments: dict[str, Any] = field(default_factory=dict)
    augmentation: Augmentation = field(default_factory=Augmentation)
    epochs: int = 100
    batch: int = 32
    crop_frames: int = 160
    peak_rate: float = 3e-3
    weight_decay: float = 0.05
    label_smoothing: float = 0.1
    averaging: float = 0.99
    """Decay per step of the moving average of the weights, which is what is kept; 0 keeps the last ones."""
    optimiser: Literal["adamw", "sgd"] = "adamw"
    momentum: float = 0.9
    """Only for `sgd`."""
    schedule: Literal["one_cycle", "constant"] = "one_cycle"
    """How the rate moves: up to `peak_rate` and down to nothing, or not at all."""
    last_batch: Literal["drop", "keep"] = "drop"
    """Whether the clips that do not fill a batch are left out of an epoch."""
    jitter: float = 0.0
    """Only for pictures: share of them whose colours are jittered."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """bfloat16 halves the time on processors with AMX; the results differ within the noise of a seed."""
    copies: int = 1
    """Only for `radial` and `texture`: variations of each clip that are learned from too."""
    ridge: float = 3e-4
    """Only for `radial` and `texture`: how strongly the weights are held small."""
    negatives: int = 0
    """Only for `texture`: synthesised sounds that are no music, to learn from as such."""
    parts: bool = False
    """Only for `texture`: learn from halves and two thirds of each clip too."""
    consistency: float = 0.0
    """Only for `texture`: how strongly the answers for variations of a clip are held together."""
    narrow: float = 0.0
    """Only for `texture`: the same for a clip and what a sample rate of 16 kHz leaves of it."""
    weight: float = 1.0
    """How much the logits count among the members of a committee."""

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Recipe":
        """Read back `to_json`; absent settings take their defaults."""
        augmentation = Augmentation(**value.get("augmentation", {}))
        return cls(**{**value, "augmentation": augmentation})
