"""Carries out the graph of a program of torch.export: operators of ATen on tensors, and nothing else."""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from musicai.errors import ModelError
from musicai.models.backbone.exported_archive import DTYPES, Archive, read_archive
from musicai.models.onnx_file import Port

_ATEN = re.compile(r"torch\.ops\.aten\.(\w+)\.(\w+)")
_REFUSED = {"from_file"}
"""Operators of ATen that reach beyond tensors."""
_ON_NUMBERS = "add sub mul truediv floordiv mod pow neg eq ne lt le gt ge getitem"
_NUMBERS: dict[str, Callable[..., Any]] = {name: getattr(operator, name) for name in _ON_NUMBERS.split()}
_MEMORY_FORMATS = {
    1: torch.contiguous_format,
    2: torch.channels_last,
    3: torch.channels_last_3d,
    4: torch.preserve_format,
}
_PLAIN = frozenset(
    {"as_int", "as_ints", "as_float", "as_floats", "as_bool", "as_bools", "as_string", "as_strings"}
)
_SYMBOLS = frozenset({"as_sym_int", "as_sym_float", "as_sym_bool"})
_SYMBOL_LISTS = frozenset({"as_sym_ints", "as_sym_floats", "as_sym_bools"})

Values = dict[str, Any]


@dataclass(frozen=True)
class ExportedFile:
    """A program that was opened: it has one input, and outputs by name.

    Parameters
    ----------
    given: the values of parameters, buffers and constants, by their names in the graph.
    nodes: what is done, in order.
    """

    source: Port
    outputs: tuple[Port, ...]
    given: Mapping[str, Tensor]
    nodes: tuple["Node", ...]

    @torch.inference_mode()
    def run(self, x: NDArray[np.float32], output: str) -> NDArray[np.float32]:
        """Return what one output says to an input; ModelError when it cannot be computed."""
        values: Values = {**self.given, self.source.name: torch.from_numpy(np.ascontiguousarray(x))}
        try:
            for node in self.nodes:
                node.carry_out(values)
            answer: NDArray[np.float32] = values[output].float().numpy()
        except (RuntimeError, TypeError, ValueError, KeyError, IndexError) as err:
            reason = (str(err).splitlines() or [""])[0]
            raise ModelError(f"the exported program cannot compute {x.shape}: {reason}") from err
        return answer


@dataclass(frozen=True)
class Node:
    """One operator, the arguments that it takes, and the names that its results get."""

    apply: Callable[..., Any]
    by_name: bool
    inputs: tuple[tuple[str, Mapping[str, Any]], ...]
    outputs: tuple[Mapping[str, Any], ...]

    def carry_out(self, values: Values) -> None:
        """Compute the results from `values` and put them there."""
        given = [(name, _argument(argument, values)) for name, argument in self.inputs]
        result = self.apply(**dict(given)) if self.by_name else self.apply(*(value for _, value in given))
        results = (result,) if len(self.outputs) == 1 else result
        for output, one in zip(self.outputs, results or (), strict=True):
            _bind(output, one, values)


def open_exported(content: bytes, origin: str) -> ExportedFile:
    """Open the bytes of what ``torch.export.save`` wrote. Nothing is unpickled, no code is run.

    Raises
    ------
    ModelError: it is damaged, does more than compute with tensors, or has not just one input.
    """
    archive = read_archive(content, origin)
    try:
        return _opened(archive, origin)
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration) as err:
        raise ModelError(f"{origin} has a graph that cannot be read: {err!r}") from err


def _opened(archive: Archive, origin: str) -> ExportedFile:
    module = archive.program["graph_module"]
    graph, signature = module["graph"], module["signature"]
    given, inputs = _sorted_inputs(signature["input_specs"], archive.tensors)
    if len(inputs) != 1:
        raise ModelError(f"{origin} must have one input; it has {len(inputs)}")
    if any("user_output" not in spec for spec in signature["output_specs"]):
        raise ModelError(f"{origin} changes weights of its own: export the network in eval mode")
    names = [spec["user_output"]["arg"]["as_tensor"]["name"] for spec in signature["output_specs"]]
    known = graph["tensor_values"]
    return ExportedFile(
        _port(inputs[0], known),
        tuple(_port(name, known) for name in names),
        given,
        tuple(_node(node, origin) for node in graph["nodes"]),
    )


def _sorted_inputs(
    specs: list[dict[str, Any]], tensors: Mapping[str, Tensor]
) -> tuple[dict[str, Tensor], list[str]]:
    """Return the tensors that the program brings along, and the names of those that it asks for."""
    given, asked = {}, []
    for spec in specs:
        ((kind, told),) = spec.items()
        if kind == "user_input":
            asked.append(told["arg"]["as_tensor"]["name"])
        else:
            key = next(value for name, value in told.items() if name.endswith("_name"))
            given[told["arg"]["name"]] = tensors[key]
    return given, asked


def _port(name: str, known: Mapping[str, Any]) -> Port:
    return Port(name, tuple(size.get("as_int") for size in known[name]["sizes"]))


def _node(node: Mapping[str, Any], origin: str) -> Node:
    apply, by_name = _operator(node["target"], origin)
    inputs = tuple((one["name"], one["arg"]) for one in node["inputs"])
    return Node(apply, by_name, inputs, tuple(node["outputs"]))


def _operator(target: str, origin: str) -> tuple[Callable[..., Any], bool]:
    module, _, name = target.rpartition(".")
    if module == "_operator" and name in _NUMBERS:
        return _NUMBERS[name], False
    found = _ATEN.fullmatch(target)
    packet = getattr(torch.ops.aten, found[1], None) if found and found[1] not in _REFUSED else None
    operation = getattr(packet, found[2], None) if found and packet is not None else None
    if not isinstance(operation, torch._ops.OpOverload):
        raise ModelError(f"{origin} uses {target!r}, and only operators of ATen are carried out")
    return operation, True


def _argument(argument: Mapping[str, Any], values: Values) -> Any:
    ((kind, value),) = argument.items()
    if kind in _PLAIN:
        return value
    if kind in ("as_tensor", "as_optional_tensor"):
        return values[value["name"]] if "name" in value else _argument(value, values)
    if kind in ("as_tensors", "as_optional_tensors"):
        return [_argument({kind[:-1]: one}, values) for one in value]
    if kind in _SYMBOLS:
        return values[value["as_name"]] if "as_name" in value else next(iter(value.values()))
    if kind in _SYMBOL_LISTS:
        return [_argument({kind[:-1]: one}, values) for one in value]
    return _setting(kind, value)


def _setting(kind: str, value: Any) -> Any:
    if kind == "as_none":
        return None
    if kind == "as_scalar_type":
        return DTYPES[value]
    if kind == "as_device":
        return torch.device("cpu")
    if kind == "as_layout":
        return torch.strided
    if kind == "as_memory_format":
        return _MEMORY_FORMATS[value]
    raise ValueError(f"arguments of kind {kind} are not known")


def _bind(output: Mapping[str, Any], result: Any, values: Values) -> None:
    ((kind, named),) = output.items()
    if kind == "as_tensors":
        for one, tensor in zip(named, result, strict=True):
            values[one["name"]] = tensor
    elif kind in _SYMBOLS:
        values[named["as_name"]] = result
    elif kind != "as_none":
        values[named["name"]] = result
