"""How does a host on several ranks scale, and what is in its way? examples/hosts/mpi measured, and modelled beyond.

python benchmarks/bench_mpi.py PROGRAM [--ranks 1 2] [--rounds 7] [--quick]

PROGRAM is the built `advection`. Strong: one mesh on more ranks; weighed: the same, cut so that all have as much work
when the run begins, mixed cells at the price measured here; weak: a mesh that grows with them. Processor time of
a rank's cells, in which a busy machine and waiting do not count; the mixed cells of the fullest rank are counted, on
more ranks than there are cores; the model is processor time by cells and mixed cells, and a network written down here.
"""

from __future__ import annotations

import argparse
import re
import subprocess
from typing import Any

import numpy as np

from interleaved import keep

LATENCY, BANDWIDTH = 2e-6, 1e10  # seconds a message, bytes a second: a usual interconnect
LINES = {
    "mixed": "mixed cells, with ghosts",
    "work": "work in cells",
    "bytes": "bytes sent",
    "seconds": "seconds",
    "cells": "processor: cells",
    "exchange": "processor: exchange",
}
METHODS, FITTED = ("elvira", "neural"), ("cells", "mixed")
Run = dict[str, tuple[float, float]]


def advection(program: str, ranks: int, method: str, n: int, steps: int, weight: float = 0) -> Run:
    """What the program says of one step: (mean, most) of a rank."""
    version = subprocess.run(["mpirun", "--version"], capture_output=True, text=True).stdout
    more = ["--allow-run-as-root", "--oversubscribe"] if "Open MPI" in version else []
    command = ["mpirun", *more, "-n", str(ranks), program, method, str(n), "-", str(steps), "/dev/null", str(weight)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = {key: re.search(rf"^{re.escape(name)} +(\S+) +(\S+)$", said, re.MULTILINE) for key, name in LINES.items()}
    return {key: (float(match[1]), float(match[2])) for key, match in found.items() if match is not None}


def median(runs: list[Run], key: str, which: int) -> float:
    return float(np.median([run[key][which] for run in runs]))


def size(cells_of: int, ranks: int) -> int:
    """Side of a mesh with as many cells a rank."""
    return round(cells_of * ranks**0.5)


def measured(
    program: str, method: str, n: int, ranks: list[int], rounds: int, steps: int, weight: float
) -> list[dict[str, Any]]:
    cases = [(kind, p, size(n, p) if kind == "weak" else n) for p in ranks for kind in ("strong", "weighed", "weak")]
    runs: dict[tuple[str, int, int], list[Run]] = {case: [] for case in cases}
    random = np.random.default_rng(0)
    for _ in range(rounds):  # a new order each round: noisy neighbours slow all alike
        for k in random.permutation(len(cases)):
            kind, p, side = cases[k]
            runs[cases[k]].append(advection(program, p, method, side, steps, weight if kind == "weighed" else 0))
    rows: list[dict[str, Any]] = []
    for (kind, p, side), done in runs.items():
        one, most = median(runs[kind, ranks[0], n], "cells", 1), median(done, "cells", 1)
        share = 1.0 if kind == "weak" else ranks[0] / p
        row = {"kind": kind, "method": method, "ranks": p, "n": side, "efficiency": share * one / most}
        for which, name in enumerate(("mean", "most")):
            row |= {f"{key}_{name}": median(done, key, which) for key in LINES}
        rows.append(row)
    return rows


def costs(program: str, n: int, steps: int, rounds: int) -> dict[str, float]:
    """Processor seconds of a sweep: of any cell, and of a mixed one on top of it.

    Of two ranks one has all mixed cells, for the disc starts in the upper half, and both have as many cells."""
    found: dict[str, float] = {}
    for method in METHODS:
        runs = [advection(program, 2, method, n, steps) for _ in range(rounds)]
        seconds, mixed = ([(2 * median(runs, key, 0) - median(runs, key, 1)), median(runs, key, 1)] for key in FITTED)
        found.setdefault("cell", seconds[0] / (n * n))
        found[method] = (seconds[1] - seconds[0]) / (2 * (mixed[1] - mixed[0]))
    return found


def modelled(program: str, method: str, n: int, ranks: list[int], cost: dict[str, float]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for p in ranks:
        run = advection(program, p, method, n, 2)
        weighed = advection(program, p, method, n, 2, cost[method] / cost["cell"])["work"]
        mean, most = run["mixed"]
        cells, sent = cost["cell"] * n * n / p, run["bytes"][1]
        work, even = 2 * (cells + cost[method] * most), 2 * (cells + cost[method] * mean)
        network = 0.0 if p == 1 else 8 * LATENCY + sent / BANDWIDTH
        serial = rows[0]["work"] if rows else work
        row = {"method": method, "ranks": p, "mixed_mean": mean, "mixed_most": most, "bytes_most": sent}
        row |= {"work": work, "network": network, "efficiency": serial / p / (work + network)}
        row |= {"efficiency_weighed": serial / p / (2 * cost["cell"] * weighed[1] + network)}
        rows.append(row | {"efficiency_if_even": serial / p / (even + network)})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2], help="as many as there are cores")
    parser.add_argument("--more", type=int, nargs="+", default=[1, 4, 16, 64], help="ranks to count and to model")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="a smaller mesh, once, nothing written")
    args = parser.parse_args()
    n, steps, rounds = (64, 2, 1) if args.quick else (256, 20, args.rounds)
    cost = costs(args.program, n, steps, rounds)
    print(", ".join(f"{name} {seconds * 1e9:.1f} ns" for name, seconds in cost.items()))
    figures: dict[str, Any] = {"latency": LATENCY, "bandwidth": BANDWIDTH, "seconds": cost}
    figures |= {"measured": [], "modelled": []}
    for method in METHODS:
        rows = measured(args.program, method, n, args.ranks, rounds, steps, cost[method] / cost["cell"])
        figures["measured"] += rows
        for r in rows:
            print(
                f"{method:7} {r['kind']:7} {r['ranks']:3} ranks {r['n']:4}^2: {r['cells_most'] * 1e3:7.3f} ms of cells,"
                f" {r['seconds_most'] * 1e3:7.3f} ms wall, {r['mixed_mean']:6.0f} mixed, {r['mixed_most']:6.0f} most,"
                f" efficiency {r['efficiency']:.2f}"
            )
        rows = modelled(args.program, method, n, args.more, cost)
        figures["modelled"] += rows
        for r in rows:
            print(
                f"{method:7} {r['ranks']:3} ranks: mixed {r['mixed_mean']:6.0f} mean {r['mixed_most']:6.0f} most, "
                f"{r['bytes_most'] / 1e3:6.1f} kB, work {r['work'] * 1e6:8.0f} us, net {r['network'] * 1e6:5.0f} us,"
                f" efficiency {r['efficiency']:.2f}, {r['efficiency_weighed']:.2f} weighed,"
                f" {r['efficiency_if_even']:.2f} if mixed cells were even"
            )
    if not args.quick:
        keep("mpi", figures)


if __name__ == "__main__":
    main()
