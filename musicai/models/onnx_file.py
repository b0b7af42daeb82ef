"""An ONNX file opened for inference, on one core. It may hold weights and sums, and lead nowhere else.

What is refused: whatever is no ONNX (a pickle above all), and weights that lie in other files: their digest
stands nowhere, and their paths may lead anywhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicai.errors import ModelError

_INSTALL = "pip install 'musicai[onnx]'"
_FLOAT = "tensor(float)"
_FORMS = {
    b"\x80": "a pickle of Python, which could run anything; MusicAI never opens one",
    b"PK": "a ZIP archive (torch.save makes such files, with a pickle inside); MusicAI never opens one",
    b"\x89HDF": "an HDF5 file",
    b"{": "JSON",
}


@dataclass(frozen=True)
class Port:
    """An input or an output: its name, and its shape with None for sizes that are free."""

    name: str
    shape: tuple[int | None, ...]

    def __str__(self) -> str:
        return f"{self.name} ({', '.join('?' if size is None else str(size) for size in self.shape)})"


@dataclass(frozen=True)
class OnnxFile:
    """A session of onnxruntime."""

    session: Any
    source: Port
    outputs: tuple[Port, ...]

    def run(self, x: NDArray[np.float32], output: str) -> NDArray[np.float32]:
        """Return what one output says to an input; ModelError when the file cannot compute it."""
        try:
            (value,) = self.session.run([output], {self.source.name: np.ascontiguousarray(x, np.float32)})
        except _runtime_errors() as err:
            raise ModelError(f"the ONNX model cannot compute {x.shape}: {_first_line(err)}") from err
        return np.asarray(value, np.float32)


def open_onnx(content: bytes, origin: str) -> OnnxFile:
    """Open the bytes of an ONNX file; errors name `origin`.

    Raises
    ------
    ModelError: it is no ONNX, it is damaged, its weights lie elsewhere, it has not just one input of
        float32, or onnxruntime is not installed.
    """
    runtime = _imported("onnxruntime")
    _refuse_strangers(content, origin)
    _refuse_other_files(content, origin)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # workers share the cores already
    options.log_severity_level = 4  # what goes wrong comes as an error
    try:
        session = runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except _runtime_errors() as err:
        raise ModelError(f"{origin} cannot be used as an ONNX model: {_first_line(err)}") from err
    outputs = tuple(_port(node) for node in session.get_outputs())
    return OnnxFile(session, _source(session, origin), outputs)


def check_outputs(file: OnnxFile, output: str, genres: int) -> None:
    """Raise ModelError when an output is known to hold another number of values than there are genres."""
    shape = next(port.shape for port in file.outputs if port.name == output)
    if len(shape) != 2 or shape[1] not in (None, genres):
        there = ", ".join(map(str, file.outputs))
        raise ModelError(
            f"the model's output {output!r} holds {shape[-1] if shape else 'one'} values for each patch, "
            f"and there are {genres} labels; its outputs are {there}"
        )


def _source(session: Any, origin: str) -> Port:
    inputs = session.get_inputs()
    if len(inputs) != 1 or inputs[0].type != _FLOAT:
        found = ", ".join(f"{_port(node)} {node.type}" for node in inputs) or "none"
        raise ModelError(f"{origin} must have one input of float32; it has {found}")
    return _port(inputs[0])


def _port(node: Any) -> Port:
    return Port(node.name, tuple(size if isinstance(size, int) else None for size in node.shape))


def _refuse_strangers(content: bytes, origin: str) -> None:
    for start, form in _FORMS.items():
        if content.startswith(start):
            raise ModelError(f"{origin} is no ONNX model but {form}")


def _refuse_other_files(content: bytes, origin: str) -> None:
    onnx = _imported("onnx")
    from google.protobuf.message import DecodeError  # noqa: PLC0415  # comes with onnx

    try:
        model = onnx.load_model_from_string(content)
    except DecodeError as err:
        raise ModelError(f"{origin} is no ONNX model: {_first_line(err)}") from err
    if not model.graph.node:
        raise ModelError(f"{origin} is no ONNX model: it computes nothing")
    for tensor in _messages(model, onnx.TensorProto):
        if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
            raise ModelError(
                f"{origin} keeps weights ({tensor.name}) in another file, which no digest vouches for: "
                "write it as one file, onnx.save(onnx.load('MODEL.onnx'), 'ONE.onnx')"
            )


def _messages(message: Any, kind: type[Any]) -> Iterator[Any]:
    """Yield all parts of a message that are of a kind, however deep."""
    if isinstance(message, kind):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is not None:
            for part in value if hasattr(value, "add") else (value,):
                yield from _messages(part, kind)


def _imported(name: str) -> ModuleType:
    import importlib  # noqa: PLC0415

    try:
        return importlib.import_module(name)
    except ImportError as err:
        raise ModelError(f"this model is ONNX, and {name} is not installed: {_INSTALL}") from err


def _runtime_errors() -> tuple[type[Exception], ...]:
    """Return what onnxruntime raises; its errors have no base class of their own."""
    state = _imported("onnxruntime.capi.onnxruntime_pybind11_state")
    own = [e for e in vars(state).values() if isinstance(e, type) and issubclass(e, Exception)]
    return (*own, RuntimeError, ValueError)


def _first_line(err: Exception) -> str:
    return (str(err).strip().splitlines() or [type(err).__name__])[0][:300]
