"""What an ONNX file is, found out by looking at it and by asking it about noise."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicai.errors import ModelError
from musicai.front_end import FrontEnd
from musicai.models.onnx_file import OnnxFile, Port, check_outputs
from musicai.models.onnx_layout import Layout, layout_of

_SLACK = 1e-4
"""How far from 0..1 a probability may be by rounding."""


@dataclass(frozen=True)
class Wishes:
    """What a person says about a model; None where its file shall say it.

    Parameters
    ----------
    output: name of the output that holds the genres.
    activation: what is still to be done to it.
    axes: layout of the input.
    patch, hop: frames of a patch, and from one patch to the next.
    """

    output: str | None = None
    activation: str | None = None
    axes: str | None = None
    patch: int | None = None
    hop: int | None = None


def arguments_of(file: OnnxFile, front_end: FrontEnd, genres: int, wishes: Wishes) -> dict[str, Any]:
    """Return the arguments with which the side-car describes the model.

    Raises
    ------
    ModelError: front end, labels and model do not fit one another, or the model cannot be run.
    """
    layout = layout_of(file.source, front_end.n_mels, axes=wishes.axes, patch=wishes.patch, hop=wishes.hop)
    output = _output(file.outputs, genres, wishes.output)
    check_outputs(file, output, genres)
    answers = _ask(file, layout, output, front_end)
    if answers.ndim != 2 or answers.shape[1] != genres:
        raise ModelError(
            f"the model's output {output!r} has the shape {answers.shape} for {len(answers)} patches, "
            f"and there are {genres} labels: it must be (patches, labels)"
        )
    return {
        "axes": layout.axes,
        "patch_frames": layout.patch_frames,
        "hop_frames": layout.hop_frames,
        "batch": layout.batch,
        "output": output,
        "activation": _activation(answers, wishes.activation),
    }


def _output(outputs: tuple[Port, ...], genres: int, wished: str | None) -> str:
    there = ", ".join(map(str, outputs))
    if wished is not None:
        if wished not in {port.name for port in outputs}:
            raise ModelError(f"the model has no output {wished!r}; it has {there}")
        return wished
    fitting = [port.name for port in outputs if port.shape and port.shape[-1] == genres]
    if len(fitting) == 1 or len(outputs) == 1:
        return (fitting or [outputs[0].name])[0]
    raise ModelError(f"which output holds the {genres} genres? Say it with --output; there are {there}")


def _ask(file: OnnxFile, layout: Layout, output: str, front_end: FrontEnd) -> NDArray[np.float32]:
    """Return what the model says to noise of different strengths, one excerpt each."""
    random = np.random.default_rng(0)
    frames = int(front_end.excerpt_s * front_end.sample_rate / front_end.hop_length)
    answers = []
    for strength in (0.1, 1.0, 4.0):
        noise = strength * random.standard_normal((front_end.n_mels, frames)).astype(np.float32)
        answers += [file.run(batch, output)[:count] for batch, count in layout.batches(noise)]
    found = np.concatenate(answers)
    if not np.isfinite(found).all():
        raise ModelError(f"the model's output {output!r} holds values that are not finite numbers")
    return found


def _activation(answers: NDArray[np.float32], wished: str | None) -> str:
    within = bool(answers.min() >= -_SLACK and answers.max() <= 1 + _SLACK)
    if wished is None:
        return "none" if within else "softmax"
    if wished == "none" and not within:
        raise ModelError(
            f"the model's output goes from {answers.min():.2g} to {answers.max():.2g}: these are no "
            "probabilities; say --activation softmax, or sigmoid where several labels may be true at once"
        )
    return wished
