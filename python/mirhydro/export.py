"""`mirhydro export`: a model in ONNX, so that others can check our figures in a runtime of theirs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from . import _native, model_file


def to_onnx(model: str) -> Any:
    """An onnx.ModelProto of a model of ours: "cells" (n, inputs) in, "nodes" (n, outputs) out, in float32.

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
    if architecture != "stencil_net":
        raise ValueError(f"model file {described['path']}: export knows stencil_net, not {architecture!r}")
    _native.Engine(model, "native", "cpu", "float32", 1, False)  # and the net itself
    stored = model_file.read(described["path"])
    count = len(stored.tensors) // 2
    nodes, flow = [], "cells"
    for k in range(count):
        result = "nodes" if k == count - 1 else f"sum{k}"
        nodes.append(helper.make_node("Gemm", [flow, f"layer{k}.weight", f"layer{k}.bias"], [result], transB=1))
        flow = result
        if k < count - 1:
            flow = f"hidden{k}"
            nodes.append(helper.make_node("Relu", [result], [flow]))
    inputs, outputs = (
        stored.tensors["layer0.weight"].shape[1],
        stored.tensors[f"layer{count - 1}.weight"].shape[0],
    )
    graph = helper.make_graph(
        nodes,
        "mirhydro",
        [helper.make_tensor_value_info("cells", TensorProto.FLOAT, ["n", inputs])],
        [helper.make_tensor_value_info("nodes", TensorProto.FLOAT, ["n", outputs])],
        [numpy_helper.from_array(tensor, name) for name, tensor in stored.tensors.items()],
    )
    # operator set 13 and IR 8 are what runtimes since 2021 read; nothing here needs a later one
    proto = helper.make_model(
        graph, producer_name="mirhydro", opset_imports=[helper.make_opsetid("", 13)], ir_version=8
    )
    helper.set_model_props(proto, stored.metadata)
    onnx.checker.check_model(proto)
    return proto


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
