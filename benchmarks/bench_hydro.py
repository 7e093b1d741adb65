"""What does a hydro step cost for each cell, and how much of it is reconstruction?

python benchmarks/bench_hydro.py [--quick]
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from mirhydro.hydro2d.eos import IdealGas
from mirhydro.hydro2d.mesh import Mesh
from mirhydro.hydro2d.problem import hydro, per_material
from mirhydro.hydro2d.solver import Solver

import mirhydro as mir
from interleaved import keep

GASES = tuple(IdealGas(name, gamma) for name, gamma in (("driver", 1.5), ("heavy", 1.4), ("light", 1.5)))


def triple_point(n: int, method: str) -> Solver:
    """The triple point problem on a square of n x n cells."""
    mesh = Mesh(n, n, (0.0, 7.0, 0.0, 3.0), ("wall",) * 4)
    shapes = [mir.HalfPlane((1.0, 0.0), (1.0, 0.0)), mir.HalfPlane((0.0, 1.5), (0.0, 1.0))]
    vf = mir.volume_fractions(shapes, n, n, extent=mesh.extent)
    rho, p = per_material(1.0, 1.0, 0.125), per_material(1.0, 0.1, 0.1)
    return hydro(GASES, mesh, vf, rho, (0.0, 0.0), p, method, 0.5)


def one_gas(n: int, method: str) -> Solver:
    """A round pressure pulse in one gas."""
    mesh = Mesh(n, n, (0.0, 1.0, 0.0, 1.0), ("wall",) * 4)
    x = (np.arange(n) + 0.5) / n - 0.5
    p = 1 + np.exp(-50 * (x * x + x[:, None] ** 2))
    return hydro(GASES[:1], mesh, np.ones((1, n, n)), per_material(1.0), (0.0, 0.0), p[None], method, 0.5)


def cost(solver: Solver, steps: int) -> dict[str, float]:
    """CPU microseconds per cell and step (both sweeps), median; share of reconstruction and swept volumes."""
    solver.step(), solver.step()
    solver.seconds.clear()
    seconds = []
    for _ in range(steps):
        start = time.process_time()
        solver.step()
        seconds.append(time.process_time() - start)
    cells = solver.mesh.ny * solver.mesh.nx
    phases = solver.seconds
    return {
        "microseconds_per_cell_and_step": float(np.median(seconds)) / cells * 1e6,
        "share_of_reconstruction": phases["reconstruction"] / sum(phases.values()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smaller mesh, nothing written")
    args = parser.parse_args()
    n, steps = (200, 4) if args.quick else (1000, 20)
    figures = {
        "1 material": cost(one_gas(n, "elvira"), steps),
        "3 materials": cost(triple_point(n, "elvira"), steps),
        "3 materials, ppic": cost(triple_point(n, "ppic"), steps),
        "3 materials, neural": cost(triple_point(n, "neural"), steps),
    }
    for name, f in figures.items():
        print(
            f"{name}, {n}^2: {f['microseconds_per_cell_and_step']:.2f} us per cell and step, "
            f"reconstruction and swept volumes {100 * f['share_of_reconstruction']:.1f}% of it"
        )
    if not args.quick:
        keep("hydro", figures)


if __name__ == "__main__":
    main()
