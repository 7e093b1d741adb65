"""`mirhydro export`: a model in ONNX, so that others can check our figures in a runtime of theirs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from . import _native, model_file
from .autoencoder import shape_of


def to_onnx(model: str) -> Any:
    """An onnx.ModelProto of a model of ours: "cells" (n, *input_shape) in, "nodes" (n, *output_shape) out, float32.

    Raises
    ------
    ValueError
        Naming the file and what is wrong with it.
    ImportError
        Where the package onnx is missing.
    """
    try:
        import onnx
        from onnx import TensorProto, helper, numpy_helper
    except ImportError:
        raise ImportError("mirhydro export writes with the package onnx: pip install onnx") from None
    described = _native.describe_model(model)  # the reader that checks everything
    architecture = described["metadata"].get("architecture", "")
    if architecture not in ("stencil_net", "autoencoder"):
        raise ValueError(
            f"model file {described['path']}: export knows stencil_net and autoencoder, not {architecture!r}"
        )
    _native.Engine(model, "native", "cpu", "float32", 1, False)  # and the net itself
    stored = model_file.read(described["path"])
    tensors = {name: np.asarray(tensor, np.float32) for name, tensor in stored.tensors.items()}
    if architecture == "stencil_net":
        nodes, inputs, outputs = _stencil_net(tensors, helper)
    else:
        nodes, constants = _autoencoder(stored.metadata, helper)
        tensors |= constants
        inputs = outputs = [64, 64]
    graph = helper.make_graph(
        nodes,
        "mirhydro",
        [helper.make_tensor_value_info("cells", TensorProto.FLOAT, ["n", *inputs])],
        [helper.make_tensor_value_info("nodes", TensorProto.FLOAT, ["n", *outputs])],
        [numpy_helper.from_array(tensor, name) for name, tensor in tensors.items()],
    )
    # operator set 13 and IR 8 are what runtimes since 2021 read; nothing here needs a later one
    proto = helper.make_model(
        graph, producer_name="mirhydro", opset_imports=[helper.make_opsetid("", 13)], ir_version=8
    )
    helper.set_model_props(proto, stored.metadata)
    onnx.checker.check_model(proto)
    return proto


def _stencil_net(tensors: dict[str, Any], helper: Any) -> tuple[list[Any], list[int], list[int]]:
    """Nodes of the graph, and what a sample's input and output are."""
    count = len(tensors) // 2
    nodes, flow = [], "cells"
    for k in range(count):
        result = "nodes" if k == count - 1 else f"sum{k}"
        nodes.append(helper.make_node("Gemm", [flow, f"layer{k}.weight", f"layer{k}.bias"], [result], transB=1))
        flow = result
        if k < count - 1:
            flow = f"hidden{k}"
            nodes.append(helper.make_node("Relu", [result], [flow]))
    return nodes, [tensors["layer0.weight"].shape[1]], [tensors[f"layer{count - 1}.weight"].shape[0]]


def _autoencoder(metadata: dict[str, str], helper: Any) -> tuple[list[Any], dict[str, Any]]:
    """Nodes of the graph, and constants that they read beside the weights."""
    shape = shape_of(metadata)
    sides, d = shape.sides(), shape.dilation
    constants = {
        "image": np.array([-1, 1, 64, 64]),
        "planes": np.array([-1, shape.channels, sides[-1], sides[-1]]),
        "whole": np.array([-1, 64, 64]),
    }
    nodes: list[Any] = []
    flow = "cells"

    def then(operator: str, *more: str, to: str = "", **attributes: Any) -> None:
        nonlocal flow
        result = to or f"flow{len(nodes)}"
        nodes.append(helper.make_node(operator, [flow, *more], [result], **attributes))
        flow = result

    def pooled(stride: int) -> None:
        beyond = d if stride == 1 else max(0, d - stride + 1)
        if beyond:
            constants[f"beyond{beyond}"] = np.array([0, 0, 0, 0, 0, 0, beyond, beyond])
            then("Pad", f"beyond{beyond}", mode="edge")
        then("MaxPool", kernel_shape=[2, 2], strides=[stride, stride], dilations=[d, d])

    then("Reshape", "image")
    for k in range(shape.convolutions):
        then("Conv", f"encoder{k}.weight", f"encoder{k}.bias", pads=[1, 1, 1, 1])
        then("Relu")
        if sides[k + 1] < sides[k]:
            pooled(shape.pool)
    then("Flatten")
    for name in ("squeeze", "expand"):
        then("Gemm", f"{name}.weight", f"{name}.bias", transB=1)
        then("Relu")
    then("Reshape", "planes")
    for k in reversed(range(shape.convolutions)):
        up = sides[k] // sides[k + 1]
        then("ConvTranspose", f"decoder{k}.weight", f"decoder{k}.bias", pads=[1, 1, 1, 1], strides=[up, up])
        if k > 0:
            then("Relu")
            if shape.pool > 1 and sides[k] > 1:
                pooled(1)
    then("Reshape", "whole", to="nodes")
    return nodes, constants


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of `mirhydro export`."""
    parser.add_argument("model", help="name of a model that comes with mirhydro, or a model file")
    parser.add_argument("--onnx", required=True, metavar="FILE", type=Path, help="file to write")


def execute(args: argparse.Namespace) -> int:
    """`mirhydro export`."""
    content = to_onnx(args.model).SerializeToString()
    model_file.write_whole(args.onnx, content)
    print(f"{args.onnx}: {len(content)} bytes")
    return 0
