"""`mirhydro bench`: how many samples a second, on which engine and device, against the machine's roof and PLIC."""

from __future__ import annotations

import argparse
import json
import math
import os
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mirhydro import model_file
from mirhydro.autoencoder import ORIGINAL, SHRUNK, Shape, shape_of
from mirhydro.model_file import Model

_MODELS = {
    "autoencoder": ("autoencoder-shrunk", "autoencoder-original"),
    "neural": ("neural",),
}
_SHAPES = {"autoencoder-shrunk": SHRUNK, "autoencoder-original": ORIGINAL}  # of random weights: as fast as trained ones


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of `mirhydro bench`."""
    parser.add_argument("group", choices=sorted(_MODELS), help="which models")
    parser.add_argument("--models", metavar="A,B", help="names or files, in place of the group's")
    parser.add_argument("--random", action="store_true", help="autoencoders of random weights: as fast as trained ones")
    parser.add_argument("--engines", metavar="A,B", default="native,torch,onnxruntime,openvino")
    parser.add_argument("--devices", metavar="A,B", help="cpu, cuda:0, ... (all that torch sees)")
    parser.add_argument("--quick", action="store_true", help="batches up to 64 and few rounds")
    parser.add_argument("--no-memory", action="store_true", help="leave out peak memory by batch")
    parser.add_argument("--output", type=Path, metavar="DIR", help="write JSON, Markdown and a plot there")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


def execute(args: argparse.Namespace) -> int:
    """`mirhydro bench`."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):  # before anything loads OpenMP
        os.environ.setdefault(name, "1")
    from mirhydro.bench.report import keep, table

    with tempfile.TemporaryDirectory() as folder:
        figures = measured(args, Path(folder))
    if args.output:
        for path in keep(figures, args.output, f"bench-{args.group}"):
            print(path)
    print(json.dumps(figures, indent=2) if args.json else table(figures))
    return 0


def measured(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """All figures of one run. Raises ValueError for engines and models that do not exist."""
    from mirhydro.bench import measure, roof, runners
    from mirhydro.build import build_info

    engines = args.engines.split(",")
    for name in engines:
        if name not in runners.ENGINES:
            raise ValueError(f"--engines: {name!r} is none of {', '.join(runners.ENGINES)}")
    devices = args.devices.split(",") if args.devices else ["cpu", *runners.accelerators()]
    wanted = args.models.split(",") if args.models else list(_MODELS[args.group])
    batches = measure.BATCHES[:4] if args.quick else measure.BATCHES
    info = build_info()
    figures: dict[str, Any] = {
        "about": {key: info[key] for key in ("version", "compiler", "instruction_set", "python") if key in info},
        "devices": roof.names(devices),
        "roofs": roof.roofs(devices),
        "plic": measure.plic(5 if args.quick else 31),
        "skipped": [],
        "models": {},
    }
    for name in wanted:
        path = random_weights(name, folder) if args.random and name in _SHAPES else name
        found, skipped = runners.runners(Path(path), engines, devices)
        figures["skipped"] += skipped
        figures["models"][name] = one_model(args, path, found, batches, engines)
    return figures


def one_model(
    args: argparse.Namespace, path: str | Path, found: Any, batches: Any, engines: list[str]
) -> dict[str, Any]:
    """Rates and memory of one model."""
    from mirhydro._native import describe_model
    from mirhydro.bench import measure
    from mirhydro.engine import Engine

    bare = Engine(path)
    described = describe_model(os.fspath(path))
    shapes = (bare.input_shape, bare.output_shape)
    part: dict[str, Any] = {
        "multiply_adds": multiply_adds(described["metadata"], described["tensors"]),
        "bytes_in_and_out": 4 * sum(math.prod(shape) for shape in shapes),
        "rows": measure.by_batch(found, shapes, batches, 3 if args.quick else 9),
    }
    if args.group == "autoencoder" and not args.no_memory:
        part["memory"] = []
        for engine in engines:
            done = [
                row["batch"] for row in part["rows"] if row["runner"].startswith(f"{engine} cpu") and "seconds" in row
            ]
            if done:  # batches that patience allowed
                few = [n for n in batches[:: 3 if args.quick else 2] if n <= max(done)]
                part["memory"] += measure.memory_by_batch(Path(path), engine, shapes, few)
    return part


def multiply_adds(metadata: dict[str, str], tensors: list[Any]) -> int:
    """Of one sample."""
    if metadata.get("architecture") == "autoencoder":
        return shape_of(metadata).multiplications()
    return sum(math.prod(shape) for name, _, shape in tensors if name.endswith(".weight"))


def random_weights(name: str, folder: Path) -> Path:
    """A model file of the right shape."""
    path = folder / f"{name}.safetensors"
    model_file.write(path, random_autoencoder(_SHAPES[name]))
    return path


def random_autoencoder(shape: Shape, half: bool = False, seed: int = 0) -> Model:
    """Weights with which sums keep their size from layer to layer."""
    import numpy as np

    random, tensors = np.random.default_rng(seed), {}
    for name, extents in shape.tensors().items():
        inputs = extents[0] * 4 if name.startswith("decoder") else math.prod(extents[1:])
        tensors[name] = random.normal(0, 0.1 if name.endswith("bias") else math.sqrt(2 / inputs), extents)
    return model_file.autoencoder(tensors, **asdict(shape), data="random", half=half)
