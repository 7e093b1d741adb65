"""Latency and throughput by batch, until memory or patience ends."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import mirhydro as mir
from mirhydro.bench.roof import waiter
from mirhydro.bench.runners import Runner

BATCHES = tuple(4**k for k in range(9))  #: 1 to 65,536
PATIENCE = 4.0  #: seconds; a call that takes longer is the last of its runner


def _lacks_memory(error: BaseException) -> bool:
    return isinstance(error, MemoryError) or any(
        text in str(error).lower() for text in ("out of memory", "allocate memory", "bad_alloc", "allocate buffer")
    )


def _device_arrays(runner: Runner, x: np.ndarray, out: np.ndarray) -> tuple[Any, Any]:
    import torch

    return torch.from_numpy(x).to(runner.device), torch.empty(out.shape, device=runner.device)


def _seconds(runner: Runner, x: Any, out: Any) -> float:
    wait = waiter(runner.device)
    start = time.perf_counter()
    runner.call(x, out)
    wait()
    return time.perf_counter() - start


def by_batch(
    runners: Sequence[Runner], shapes: tuple[tuple[int, ...], tuple[int, ...]], batches: Sequence[int], rounds: int
) -> list[dict[str, Any]]:
    """A row for each runner and batch; all runners take turns in each round, so that a noisy neighbour slows all.

    `seconds` is the median of a call on host arrays, copies to a device counted; `seconds_resident` that on arrays of
    the device. `ended` says why a row has no figures; then the runner is left out of larger batches.
    """
    rows: list[dict[str, Any]] = []
    ended: set[str] = set()
    random = np.random.default_rng(1)
    for n in batches:
        pairs: list[tuple[Runner, str, Any, Any]] = []
        found: dict[str, dict[str, Any]] = {}
        try:
            x = random.uniform(-1, 1, (n, *shapes[0])).astype(np.float32)
            out = np.zeros((n, *shapes[1]), np.float32)
        except MemoryError:
            return rows + [{"runner": r.name, "batch": n, "ended": "memory of the host"} for r in runners]
        for runner in runners:
            if runner.name in ended:
                continue
            row = found[runner.name] = {"runner": runner.name, "batch": n}
            try:
                took = _seconds(runner, x, out)
                row["seconds"] = took
                here = [(runner, "seconds", x, out)]
                if runner.resident:
                    there = _device_arrays(runner, x, out)
                    took = max(took, _seconds(runner, *there))
                    here.append((runner, "seconds_resident", *there))
            except (RuntimeError, ValueError, MemoryError) as error:
                row["ended"] = "out of memory" if _lacks_memory(error) else str(error).splitlines()[0]
                ended.add(runner.name)
                continue
            if took > PATIENCE:
                ended.add(runner.name)  # one call is its figure
            else:
                pairs += here
        _take_turns(pairs, found, rounds)
        rows += found.values()
    for row in rows:
        if "ended" not in row:
            row["samples_per_second"] = row["batch"] / row["seconds"]
    return rows


def _take_turns(pairs: list[tuple[Runner, str, Any, Any]], found: dict[str, dict[str, Any]], rounds: int) -> None:
    seconds = np.empty((rounds, len(pairs)))
    order = np.random.default_rng(0)
    for line in seconds:
        for k in order.permutation(len(pairs)):
            runner, _, x, out = pairs[k]
            line[k] = _seconds(runner, x, out)
    for (runner, key, _, _), column in zip(pairs, seconds.T, strict=True):
        found[runner.name][key] = float(np.median(column))


def plic(rounds: int) -> dict[str, float]:
    """Mixed cells a second of reconstructions, one thread: discs on 256 x 256 cells, less the search of a mesh without
    mixed cells."""
    discs = [mir.Circle(((i + 0.5) / 6, (j + 0.5) / 6), 0.07) for j in range(6) for i in range(6)]
    rest = mir.volume_fractions(discs, 256, 256)[-1]
    vf, pure = (np.stack([1 - f, f]) for f in (rest, np.ones_like(rest)))
    result = {}
    for method in ("elvira", "ppic"):
        rec = mir.Reconstructor(method, threads=1)
        r, none = rec(vf), rec(pure)
        seconds = np.empty((rounds, 2))
        for k in range(rounds):
            for j, (field, out) in enumerate(((vf, r), (pure, none))):
                start = time.perf_counter()
                rec(field, out=out)
                seconds[k, j] = time.perf_counter() - start
        result[method] = len(r) / float(np.median(seconds[:, 0] - seconds[:, 1]))
    return result


_ONE_BATCH = """
import sys, numpy as np
from pathlib import Path
from mirhydro.bench.runners import in_float32
shapes = [tuple(map(int, text.split(","))) for text in sys.argv[4:6]]
n = int(sys.argv[3])
call = in_float32(Path(sys.argv[1]), sys.argv[2])
x, o = (np.zeros((n, *shape), np.float32) for shape in shapes)
x += 1; o += 1; call(x, o)
peak = next(l for l in open("/proc/self/status") if l.startswith("VmHWM"))
print(int(peak.split()[1]) * 1024 - x.nbytes - o.nbytes)
"""


def memory_by_batch(
    path: Path, engine: str, shapes: tuple[tuple[int, ...], tuple[int, ...]], batches: Sequence[int]
) -> list[dict[str, Any]]:
    """Peak resident bytes of a process that runs one batch, beyond the batch itself; each in a process of its own."""
    import subprocess
    import sys

    extents = [",".join(map(str, shape)) for shape in shapes]
    rows: list[dict[str, Any]] = []
    for n in batches:
        command = [sys.executable, "-c", _ONE_BATCH, str(path), engine, str(n), *extents]
        run = subprocess.run(command, capture_output=True, text=True)
        if run.returncode:
            reason = run.stderr.strip().splitlines()[-1:] or [f"ended by signal {-run.returncode}"]
            rows.append({"engine": engine, "batch": n, "ended": reason[0]})
            break
        rows.append({"engine": engine, "batch": n, "bytes": int(run.stdout)})
    return rows


def bytes_per_sample(rows: Sequence[dict[str, Any]]) -> float | None:
    """What a sample more in the batch costs in memory: slope between the two largest batches that ran."""
    ran = [(row["batch"], row["bytes"]) for row in rows if "bytes" in row]
    if len(ran) < 2:
        return None
    (few, low), (many, high) = ran[-2:]
    return (high - low) / (many - few)
