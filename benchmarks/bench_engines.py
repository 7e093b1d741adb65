"""How many nets a second do the engines run, ours and public ones, at batches of 1 to 65536?

python benchmarks/bench_engines.py [--quick] [--nets BUILD/benchmarks/bench_nets]

CPU time of one thread, calls interleaved. Every engine reads the same batch and writes an array of its caller's, or
its own where it has no other way. `--nets` runs the C++ benchmark of the bare kernels and of the core's roof beside it.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before anything loads OpenMP

import numpy as np

import mirhydro as mir
from interleaved import interleaved, keep
from mirhydro import model_file
from mirhydro.bench.runners import Call, onnx_runtime, openvino
from mirhydro.build import torch_problem
from mirhydro.export import to_onnx

BATCHES = (1, 16, 64, 1024, 16384, 65536)


def random_net(hidden: tuple[int, ...], nodes: int) -> model_file.Model:
    random = np.random.default_rng(0)
    widths = (55, *hidden, (nodes + 1) ** 2 + 1)
    layers = [
        (random.normal(0, np.sqrt(2 / a), (b, a)), random.normal(0, 0.1, b)) for a, b in itertools.pairwise(widths)
    ]
    return model_file.stencil_net(layers, nodes=nodes)


def engines(path: Path) -> dict[str, Call]:
    """Every engine that is there, by name and precision."""
    found: dict[str, Call] = {}

    def ours(engine: str, precision: str) -> Call:
        e = mir.Engine(path, engine=engine, precision=precision)
        return lambda x, out: e.infer(x, out=out)

    for precision in ("float32", "bfloat16"):
        found[f"native {precision}"] = ours("native", precision)
        if not torch_problem():
            found[f"torch {precision}"] = ours("torch", precision)
    try:
        content = to_onnx(str(path)).SerializeToString()
    except ImportError:
        return found
    for name, make in {
        "onnxruntime float32": lambda: onnx_runtime(content),
        "openvino float32": lambda: openvino(content, "float32"),
        "openvino bfloat16": lambda: openvino(content, "bfloat16"),
    }.items():
        try:
            found[name] = make()
        except ImportError:
            print(f"{name}: not installed")
    return found


def rates(path: Path, batches: tuple[int, ...], rounds: int) -> dict[str, dict[str, float]]:
    """Nets a second: {engine: {batch: rate}}."""
    calls = engines(path)
    reference = None
    result: dict[str, dict[str, float]] = {name: {} for name in calls}
    for n in batches:
        x = np.random.default_rng(1).normal(size=(n, 55)).astype(np.float32)
        repeat = max(1, 4096 // n)  # a round lasts long enough for the clock
        works = []
        for name, call in calls.items():
            out = np.zeros((n, mir.Engine(path).output_shape[0]), np.float32)
            call(x, out)
            if reference is None or len(reference) != n:
                reference = out.copy()
            worst = np.abs(out - reference).max() / np.abs(reference).max()
            assert worst < (1e-4 if "float32" in name else 0.05), f"{name}: other numbers ({worst:.1e})"

            def work(call: Call = call, out: np.ndarray = out) -> None:
                for _ in range(repeat):  # noqa: B023
                    call(x, out)  # noqa: B023

            works.append(work)
        seconds = np.median(interleaved(works, rounds), axis=0) / repeat
        for name, s in zip(calls, seconds, strict=True):
            result[name][str(n)] = float(n / s)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds, small batches, nothing written")
    parser.add_argument("--nets", type=Path, help="the C++ benchmark bench_nets: kernels alone, and the roof")
    args = parser.parse_args()
    batches = BATCHES[:4] if args.quick else BATCHES
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, hidden, nodes in (("55-64-64-26", (64, 64), 4), ("55-32-32-10", (32, 32), 2)):
            path = Path(folder) / f"net{nodes}.safetensors"
            model_file.write(path, random_net(hidden, nodes))
            figures[name] = rates(path, batches, 5 if args.quick else 31)
            print(f"{name}, million nets a second at batches of {', '.join(map(str, batches))}")
            for engine, rate in figures[name].items():
                print(f"  {engine:20}" + "".join(f"{value / 1e6:9.3f}" for value in rate.values()))
    if args.nets:
        run = subprocess.run([str(args.nets)], capture_output=True, text=True, check=True)
        figures["kernels"] = json.loads(run.stdout)
        for name, row in figures["kernels"]["nets_per_second"].items():
            words = (
                f"{p} {row[p] / 1e6:.2f} M/s, {row[p] / row[f'roof_{p}']:.2f} of the roof"
                for p in ("float32", "bfloat16")
            )
            print(f"kernels alone, {name}: {'; '.join(words)}")
    if not args.quick:
        keep("engines", figures)


if __name__ == "__main__":
    main()
