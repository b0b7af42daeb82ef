"""The settings of the front end: what turns an excerpt into what the network sees.

A frozen value without behaviour of its own, so that it can travel with a model (its side-car), key a
cache (its digest) and be read on machines that have no audio libraries. `musicai.audio` computes it.
"""

import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from typing import Any, Literal, get_args

from musicai.errors import ModelError

Kind = Literal["mel_db", "band_db", "mel_log", "wave"]
MelScale = Literal["slaney", "htk"]

COLORMAPS = ("ember", "tide", "grey")
"""The colour maps that a picture can be drawn in; `musicai.audio.colours` holds them."""

_LEAST_PICTURE, _MOST_PICTURE = 8, 1024


def is_whole(value: object) -> bool:
    """Whether a value is a whole number; true and false are none, although Python counts with them."""
    return type(value) is int


def is_number(value: object) -> bool:
    """Whether a value is a finite number, and neither true nor false."""
    return type(value) in (int, float) and abs(value) <= sys.float_info.max  # type: ignore[arg-type]


_COUNT = ("a whole number of at least 1", lambda value: is_whole(value) and value > 0)
_NUMBER = ("a number", is_number)
_TYPES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    **dict.fromkeys(("sample_rate", "n_fft", "hop_length", "n_mels"), _COUNT),
    **dict.fromkeys(("f_min", "f_max"), _NUMBER),
    "excerpt_s": ("a number above 0", lambda value: is_number(value) and value > 0),
    "center": ("true or false", lambda value: isinstance(value, bool)),
}
"""What settings must be that come from files of people: in words, and whether a value is that."""


@dataclass(frozen=True)
class FrontEnd:
    """How an excerpt becomes a spectrogram of shape (n_mels, frames), float32, and that a picture of it.

    Parameters
    ----------
    kind: ``mel_db`` is librosa's mel spectrogram in dB relative to its peak (the report's);
        ``band_db`` is the power spectral density in dB, averaged within mel-spaced bands and z-scored
        per excerpt: it does not change under gain, nor under the lost scale of the shared GTZAN images;
        ``mel_log`` is ``log10(1 + 10000 * mel spectrogram)``, that of MusiCNN and Essentia's models.
        ``wave`` is the waveform itself, for networks that hear it: one band, one frame per sample.
    sample_rate: Hz; the waveform is resampled to it.
    n_fft: samples per frame.
    hop_length: samples from one frame to the next.
    n_mels: number of mel bands.
    f_min, f_max: Hz, edges of the lowest and of the highest band.
    center: whether frames are centred on their time (librosa's padding) or begin at it.
    excerpt_s: seconds of sound per excerpt.
    picture_size: side in pixels of the square RGB picture that a network sees; None: it sees the
        spectrogram itself.
    colormap: of the picture.
    mel_scale: of `mel_db` and `mel_log`: ``slaney`` (librosa's and Essentia's) or ``htk``.
    """

    kind: Kind = "band_db"
    sample_rate: int = 22_050
    n_fft: int = 2048
    hop_length: int = 1920
    n_mels: int = 80
    f_min: float = 20.0
    f_max: float = 10_500.0
    center: bool = False
    excerpt_s: float = 30.0
    picture_size: int | None = None
    colormap: str = "ember"
    mel_scale: MelScale = "slaney"

    def __post_init__(self) -> None:
        for name, known in (("kind", get_args(Kind)), ("mel_scale", get_args(MelScale))):
            if getattr(self, name) not in known:
                raise ModelError(
                    f"front end {name} must be {' or '.join(map(repr, known))}, not {getattr(self, name)!r}"
                )
        for name, (told, fits) in _TYPES.items():
            if not fits(getattr(self, name)):
                raise ModelError(f"front end {name} must be {told}, not {getattr(self, name)!r}")
        if not 0 <= self.f_min < self.f_max <= self.sample_rate / 2:
            raise ModelError(
                f"front end needs 0 <= f_min < f_max <= sample_rate/2, not {self.f_min}..{self.f_max} Hz"
            )
        _check_picture(self.picture_size, self.colormap)
        steps = (self.n_mels, self.n_fft, self.hop_length)
        if self.kind == "wave" and (steps != (1, 1, 1) or self.picture_size is not None):
            raise ModelError("front end wave needs n_mels, n_fft and hop_length of 1, and no picture_size")

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object that `from_json` reads back.

        A setting that came later is said where it is not the default: digests of older models stay.
        """
        value = asdict(self)
        if self.picture_size is None:
            del value["picture_size"], value["colormap"]
        if self.mel_scale == "slaney":
            del value["mel_scale"]
        return value

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "FrontEnd":
        """Read a JSON object; ModelError names an unknown or a wrong field."""
        known = {f.name for f in fields(cls)}
        if unknown := sorted(set(value) - known):
            raise ModelError(f"front end has unknown settings {', '.join(unknown)}; update musicai")
        try:
            return cls(**value)
        except TypeError as err:
            raise ModelError(f"front end settings have a wrong type: {err}") from err

    @cached_property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that change when any setting does."""
        text = json.dumps(self.to_json(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def is_spectrogram(self) -> bool:
        """Whether it makes spectrograms, which 8 bits are enough for."""
        return self.kind != "wave"

    @cached_property
    def spectrogram_digest(self) -> str:
        """The digest of what makes the spectrogram, whatever is drawn of it."""
        return replace(self, picture_size=None).digest


def _check_picture(size: object, colormap: str) -> None:
    if size is not None and not (is_whole(size) and _LEAST_PICTURE <= size <= _MOST_PICTURE):  # type: ignore[operator]
        raise ModelError(
            f"front end picture_size must be {_LEAST_PICTURE} to {_MOST_PICTURE} pixels, not {size!r}"
        )
    if colormap not in COLORMAPS:
        raise ModelError(f"front end colormap must be one of {', '.join(COLORMAPS)}, not {colormap!r}")


REPORT_FRONT_END = FrontEnd(
    kind="mel_db", hop_length=512, n_mels=128, f_min=0.0, f_max=11_025.0, center=True
)
"""The university report's: ``librosa.feature.melspectrogram`` with its defaults, in dB."""

GTZAN_FRONT_END = FrontEnd()
"""The one that the shared GTZAN spectrograms can be turned into as well.

Below 20 Hz stands only the offset of the recording; above 10.5 kHz stand the edges of codecs and
resamplers, which say where a file has been and not what music it is.
"""

MUSICNN_FRONT_END = FrontEnd(
    kind="mel_log",
    sample_rate=16_000,
    n_fft=512,
    hop_length=256,
    n_mels=96,
    f_min=0.0,
    f_max=8_000.0,
    center=True,
)
"""The one of MusiCNN and of Essentia's models on it: MSD, MTT, and EfficientNet of Discogs."""

FRONT_ENDS = {"gtzan": GTZAN_FRONT_END, "report": REPORT_FRONT_END, "musicnn": MUSICNN_FRONT_END}
"""Front ends that have a name."""
