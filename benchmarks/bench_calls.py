"""What does a call cost in a time step: against one read of the fractions, and per mixed cell?

python benchmarks/bench_calls.py [--quick]
"""

from __future__ import annotations

import argparse
import resource
from collections.abc import Callable

import numpy as np

import mirhydro as mir
from interleaved import interleaved, keep


def discs(n: int, across: int) -> np.ndarray:
    """(2, n, n): fractions of across^2 discs and the rest, made in place disc by disc."""
    vf = np.zeros((2, n, n))
    vf[1] = 1
    size = n // across
    radius = 0.45 * size
    random = np.random.default_rng(0)
    for j in range(0, across * size, size):
        for i in range(0, across * size, size):
            centre = 0.5 * size + random.uniform(-0.04 * size, 0.04 * size, 2)
            box = (slice(None), slice(j, j + size), slice(i, i + size))
            vf[box] = mir.volume_fractions([mir.Circle(centre, radius)], size, size, extent=(0, size, 0, size))
    return vf


def strips(n: int) -> np.ndarray:
    """(2, n, n): strips along y. Every stencil is its own mirror image, as before the first step of many a run."""
    profile = np.resize([0.37, 1, 1, 0.63, 0, 0, 0, 0], n)
    return np.stack([np.tile(profile, (n, 1)), np.tile(1 - profile, (n, 1))])


def against_one_read(n: int) -> dict[str, float]:
    """rec(vf, out=r) on a large mesh with few mixed cells, against one read of vf; memory beside the input."""
    vf = discs(n, 8)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    rec = mir.Reconstructor("elvira")
    r = rec(vf)
    rec(vf, out=r)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    seconds = np.median(interleaved([lambda: rec(vf, out=r), vf.sum], 15), axis=0)
    return {
        "cells": float(n * n),
        "mixed": float(len(r)),
        "seconds": seconds[0],
        "seconds_to_read_vf": seconds[1],
        "times_one_read": seconds[0] / seconds[1],
        "memory_beside_input": (after - before) / vf.nbytes,
    }


def per_mixed_cell(n: int) -> dict[str, dict[str, float]]:
    """Mixed cells a second of reconstruction and of swept volumes, beside the same calls on a pure field."""
    vf, aligned = discs(n, 32), strips(n)
    pure = np.zeros_like(vf)
    pure[0] = 1
    displacement = {"x": np.full((n, n + 1), 0.3), "y": np.full((n + 1, n), 0.3)}
    out = {"x": np.empty((2, n, n + 1)), "y": np.empty((2, n + 1, n))}
    figures = {}
    for method in mir.methods():
        if method == "mof":
            continue  # needs centroids
        rec = mir.Reconstructor(method)
        r, none, straight = rec(vf), rec(pure), rec(aligned)
        calls = [lambda: rec(vf, out=r), lambda: rec(pure, out=none), lambda: rec(aligned, out=straight)]  # noqa: B023
        for axis in "xy":
            calls += [
                lambda q=q, axis=axis: q.swept(axis, displacement[axis], out[axis])  # type: ignore[misc]
                for q in (r, none)
            ]
        s = np.median(interleaved(calls), axis=0)
        mixed = len(r)
        figures[method] = {
            "reconstruct_cells_per_second": mixed / (s[0] - s[1]),
            "reconstruct_aligned_cells_per_second": len(straight) / (s[2] - s[1]),
            "swept_x_cells_per_second": mixed / (s[3] - s[4]),
            "swept_y_cells_per_second": mixed / (s[5] - s[6]),
            "swept_both_axes_cells_per_second": mixed / (s[3] - s[4] + s[5] - s[6]),
        }
    return figures


def hundred_calls(rec: mir.Reconstructor, vf: np.ndarray) -> Callable[[], None]:
    r = rec(vf)

    def call() -> None:
        for _ in range(100):
            rec(vf, out=r)

    return call


def small_calls() -> dict[str, dict[str, float]]:
    """Microseconds of a whole call on 20 x 20 cells, from Python, by the number of mixed cells: a patch of a host."""
    circles = [mir.Circle((0.503, 0.511), radius) for radius in (0.02, 0.1, 0.27, 0.4)]
    fields = {str(len(mir.mixed_cells(vf))): vf for vf in (mir.volume_fractions([c], 20, 20) for c in circles)}
    figures = {}
    for method in ("elvira", "ppic", "neural", "neural-fine"):
        rec = mir.Reconstructor(method)
        seconds = np.median(interleaved([hundred_calls(rec, vf) for vf in fields.values()], 15), axis=0)
        figures[method] = {cells: float(s) * 1e4 for cells, s in zip(fields, seconds, strict=True)}
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller meshes, nothing written")
    args = parser.parse_args()
    read = against_one_read(1024 if args.quick else 4096)
    print(
        f"rec(vf, out=r), {read['cells']:.3g} cells, {read['mixed']:.3g} mixed: {read['seconds']:.4f} s, "
        f"{read['times_one_read']:.2f} x one read of vf, memory {read['memory_beside_input']:.3f} of the input"
    )
    rates = per_mixed_cell(512 if args.quick else 1024)
    for method, figures in rates.items():
        words = (f"{key.removesuffix('_cells_per_second')} {value:.2e}/s" for key, value in figures.items())
        print(f"{method:8}", "  ".join(words))
    small = small_calls()
    for method, figures in small.items():
        print(f"{method:12} 20 x 20 cells:", ", ".join(f"{n} mixed {us:.1f} us" for n, us in figures.items()))
    if not args.quick:
        keep("calls", {"against_one_read": read, "per_mixed_cell": rates, "microseconds_of_small_calls": small})


if __name__ == "__main__":
    main()
