"""Flows that several of the hydro tests start from."""

from __future__ import annotations

import numpy as np
from mirhydro.hydro2d.eos import IdealGas, StiffenedGas
from mirhydro.hydro2d.exact_riemann import GasState
from mirhydro.hydro2d.mesh import Mesh
from mirhydro.hydro2d.problem import hydro, per_material
from mirhydro.hydro2d.problems import Tube
from mirhydro.hydro2d.solver import Solver

import mirhydro as mir

# every hydro law is held by each of these; add a method by its name
METHODS = ("youngs", "myc", "elvira", "lvira", "ppic", "neural", "autoencoder")
WATER = StiffenedGas("water", 4.4, 6e8)


def debris(random, nmat, shape, decades):
    """Gases, vf, rho, u, v, p: fractions at random, densities over as many decades on either side of 1."""
    vf = random.dirichlet(np.full(nmat, 0.3), shape).transpose(2, 0, 1)
    vf = np.where(vf < 1e-9, 0.0, vf)
    gases = tuple(IdealGas(str(k), 1.2 + 0.2 * k) for k in range(nmat))
    rho, p = 10 ** random.uniform(-decades, decades, vf.shape), 10 ** random.uniform(-1, 1, vf.shape)
    return gases, vf, rho, random.normal(size=shape), random.normal(size=shape), p


def tube(left, right, gamma, x0=0.5, single=False):
    """Two ideal gases (density, velocity, pressure) with these gammas."""
    gases = [IdealGas(name, g) for name, g in zip(("left", "right"), gamma, strict=True)]
    return Tube(GasState(*left, gases[0]), GasState(*right, gases[1]), x0, single=single)


def water_tube(density):
    """Water at 1 GPa on air of this density."""
    return Tube(GasState(1000, 0, 1e9, WATER), GasState(density, 0, 1e5, IdealGas("air", 1.4)), 0.7)


# hydro.md section 3: relative L1 errors of density, velocity, pressure at N = 100, and star states
TUBES = {
    "sod, one material": (tube((1, 0, 1), (0.125, 0, 0.1), (1.4, 1.4), single=True), 0.2, (6.4e-3, 1.2e-2, 5.1e-3)),
    "sod, two materials": (tube((1, 0, 1), (0.125, 0, 0.1), (1.4, 1.4)), 0.2, (5.9e-3, 1.3e-2, 5.2e-3)),
    "1.4 and 1.667": (tube((1, 0, 1), (0.125, 0, 0.1), (1.4, 1.667)), 0.2, (4.8e-3, 1.2e-2, 5.2e-3)),
    "2.0 and 1.4": (tube((2, 0, 2), (0.125, 0, 0.1), (2.0, 1.4)), 0.16, (7.1e-3, 1.8e-2, 5.7e-3)),
    "strong": (tube((1, 0, 500), (1, 0, 0.2), (1.4, 1.667)), 0.015, (1.0e-2, 1.3e-2, 6.2e-3)),
    "water and dense air": (water_tube(50), 229e-6, (4.2e-3, 1.4e-2, 4.9e-3)),
    "water and air": (water_tube(1), 200e-6, (2.6e-3, 1.7e-2, 5.1e-3)),
}


def box(method="youngs", n=24, nmat=3, sides=("wall",) * 4, ny=None, **options) -> Solver:
    """A lively flow with round interfaces in the unit square: waves of 50%, no symmetry."""
    mesh = Mesh(ny or n, n, (0.0, 1.0, 0.0, 1.0), sides)
    shapes = [mir.Circle((0.41, 0.52), 0.23), mir.Circle((0.72, 0.37), 0.17)][: nmat - 1]
    vf = mir.volume_fractions(shapes, *mesh.shape) if shapes else np.ones((1, *mesh.shape))
    gases = tuple(IdealGas(str(k), g) for k, g in enumerate((1.5, 1.4, 1.667)[:nmat]))
    x, y = mesh.centres()
    p = 1 + 0.5 * np.sin(2 * np.pi * x) * np.cos(2 * np.pi * y)
    u, v = 0.3 * np.sin(2 * np.pi * y) + 0 * x, 0.2 * np.cos(2 * np.pi * x) + 0 * y
    cfl = options.pop("cfl", 0.5)
    run = hydro(gases, mesh, vf, per_material(*(1.0, 0.1, 0.5)[:nmat]), (u, v), p, method, cfl)
    for name, value in options.items():
        setattr(run, name, value)
    return run


def vortex(n, nmat=1, method="youngs") -> Solver:
    """Isentropic vortex in the middle of a periodic box of 10 x 10; two materials: an interface through it."""
    mesh = Mesh(n, n, (-5.0, 5.0, -5.0, 5.0), ("periodic",) * 4)
    rho, u, v, p = vortex_solution(mesh)
    gas = IdealGas("gas", 1.4)
    if nmat == 1:
        return hydro((gas,), mesh, np.ones((1, n, n)), rho, (u, v), p, method, 0.5)
    vf = mir.volume_fractions([mir.Circle((0.0, 0.0), 1.5)], n, n, extent=mesh.extent)
    return hydro((gas, gas), mesh, vf, rho, (u, v), p, method, 0.5)


def vortex_solution(mesh):
    """Density, velocity, pressure: Shu's vortex of strength 5, carried by (1, 1): after t = 10 it is back."""
    x, y = mesh.centres()
    r2 = x**2 + y**2
    swirl = 5 / (2 * np.pi) * np.exp(0.5 * (1 - r2))
    temperature = 1 - 0.4 / (2 * 1.4) * swirl**2
    rho = temperature ** (1 / 0.4)
    return rho, 1 - swirl * y, 1 + swirl * x, rho * temperature
