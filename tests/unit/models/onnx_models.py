"""Small ONNX classifiers, made on the spot: the mean over time of each band, times a matrix."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def small_onnx(
    *,
    genres: int = 3,
    bands: int = 80,
    shape: tuple[int | str, ...] = ("n", 1, 80, "t"),
    time_axis: int = 3,
    last: str = "",
    second_output: bool = False,
    seed: int = 0,
) -> bytes:
    """Return a model whose logits are `weights(seed)` times the mean spectrum; `last` is its last node."""
    weights = numpy_helper.from_array(matrix(bands, genres, seed), "w")
    flat = numpy_helper.from_array(np.array([-1, bands], np.int64), "flat")
    axes = numpy_helper.from_array(np.array([time_axis], np.int64), "axes")
    nodes = [
        helper.make_node("ReduceMean", ["x", "axes"], ["mean"], keepdims=0),
        helper.make_node("Reshape", ["mean", "flat"], ["spectrum"]),
        helper.make_node("MatMul", ["spectrum", "w"], ["logits"]),
    ]
    output = "logits"
    if last:
        nodes.append(helper.make_node(last, ["logits"], ["activations"]))
        output = "activations"
    outputs = [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", genres])]
    if second_output:
        outputs.append(helper.make_tensor_value_info("spectrum", TensorProto.FLOAT, ["n", bands]))
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        outputs,
        [weights, flat, axes],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    content: bytes = model.SerializeToString()
    return content


def matrix(bands: int, genres: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(bands, genres)).astype(np.float32)


def with_outside_weights(folder: Path) -> Path:
    """Write a model whose weights lie in a file beside it."""
    model = onnx.load_model_from_string(small_onnx())
    onnx.save(model, folder / "split.onnx", save_as_external_data=True, location="w.bin", size_threshold=0)
    return folder / "split.onnx"
