"""A shock of Mach 1.22 in air hits a cylinder of helium or R22.

Experiment: Haas & Sturtevant, J. Fluid Mech. 181 (1987) 41 (tube 89 mm wide, cylinder 50 mm; half of it is computed).
Gas data and reference velocities: Quirk & Karni, J. Fluid Mech. 318 (1996) 129. The helium holds 28% of air by mass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import mirhydro as mir

from .diagnostics import areas, crossing, slope
from .eos import IdealGas
from .mesh import Mesh
from .problem import Problem, Series, hydro, per_material
from .solver import Solver

PRESSURE, TEMPERATURE, AIR_CONSTANT, MACH = 101325.0, 295.0, 287.05, 1.22
LENGTH, HALF_WIDTH, CENTRE, RADIUS, SHOCK = 0.26, 0.0445, 0.06, 0.025, 0.025
AIR = IdealGas("air", 1.4)
PHOTOGRAPHS = tuple(t * 1e-6 for t in (32, 52, 62, 72, 82, 102, 245, 427, 674, 983))

# name: (window in s or None for the refracted shock's exit, Haas & Sturtevant, Quirk & Karni), m/s
HELIUM_REFERENCE = {
    "Vs": (410, 422),
    "VR": (900, 943),
    "VT": (393, 377),
    "Vui": (170, 178),
    "Vj": (230, 227),
    "Vdi": (145, 146),
    "Vuf": (113, None),
}


@dataclass(frozen=True)
class ShockedAir:
    """Air before and behind the shock."""

    density: float
    behind: tuple[float, float, float]
    """Density, velocity, pressure."""
    speed: float

    @property
    def arrival(self) -> float:
        """Time at which the shock reaches the cylinder."""
        return (CENTRE - RADIUS - SHOCK) / self.speed


def shocked_air() -> ShockedAir:
    """Rankine-Hugoniot state of the Mach 1.22 shock."""
    g, squared = AIR.gamma, MACH**2
    density = PRESSURE / (AIR_CONSTANT * TEMPERATURE)
    sound = float(np.sqrt(g * PRESSURE / density))
    behind = (
        density * (g + 1) * squared / ((g - 1) * squared + 2),
        2 / (g + 1) * sound * (MACH - 1 / MACH),
        PRESSURE * (1 + 2 * g / (g + 1) * (squared - 1)),
    )
    return ShockedAir(density, behind, MACH * sound)


def start(gas: IdealGas, gas_constant: float, cells: int, method: str, cfl: float) -> Solver:
    """The half tube with `cells` along its length; materials air, gas."""
    ny = max(1, round(cells * HALF_WIDTH / LENGTH))
    mesh = Mesh(ny, cells, (0.0, LENGTH, 0.0, HALF_WIDTH), ("outflow", "outflow", "wall", "wall"))
    air = shocked_air()
    bubble = mir.volume_fractions([mir.Circle((CENTRE, 0.0), RADIUS)], ny, cells, extent=mesh.extent)
    vf = np.stack([bubble[1], bubble[0]])
    density, u, pressure = air.behind
    behind = np.broadcast_to(mesh.centres()[0] < SHOCK, mesh.shape)
    rho = np.where(behind, density, per_material(air.density, PRESSURE / (gas_constant * TEMPERATURE)))
    return hydro(
        (AIR, gas), mesh, vf, rho, (np.where(behind, u, 0.0), 0.0), np.where(behind, pressure, PRESSURE), method, cfl
    )


def watch(run: Solver) -> dict[str, float]:
    """Positions of shocks and interfaces along the axis and the wall."""
    x = run.mesh.centres()[0][0]
    pressure, gas = run.fields()["pressure"], run.vf[1]
    columns = np.flatnonzero((gas > 0.5).any(axis=0))
    return {
        "upstream interface": crossing(x, gas[0], 0.5),
        "downstream interface": crossing(x, gas[0], 0.5, last=True),
        "axis shock": crossing(x, pressure[0], 1.05 * PRESSURE, last=True),
        "wall shock": crossing(x, pressure[-1], 0.5 * (PRESSURE + shocked_air().behind[2]), last=True),
        "rear": float(x[columns[0]]) if columns.size else float("nan"),
    }


def helium_velocities(series: Series, run: Solver) -> dict[str, Any]:
    """The seven velocities of Haas & Sturtevant's table 2, m/s, beside their values and Quirk & Karni's."""
    time = series["time"] - shocked_air().arrival
    left = np.flatnonzero((time > 0) & (series["axis shock"] > series["downstream interface"]))
    if not left.size:
        return areas(run)
    out = float(time[left[0]])
    windows = {
        "Vs": ("wall shock", 0.0, 50e-6),
        "VR": ("axis shock", 5e-6, out),
        "VT": ("axis shock", out + 10e-6, 250e-6),
        "Vui": ("upstream interface", 0.0, 100e-6),
        "Vj": ("upstream interface", 100e-6, 250e-6),
        "Vdi": ("downstream interface", out + 10e-6, 250e-6),
        "Vuf": ("rear", 600e-6, 1e-3),
    }
    velocities = {
        name: {
            "m/s": slope(time, series[column], first, last),
            "Haas & Sturtevant": HELIUM_REFERENCE[name][0],
            "Quirk & Karni": HELIUM_REFERENCE[name][1],
        }
        for name, (column, first, last) in windows.items()
    }
    return {"exit of the refracted shock, us": out * 1e6, "velocities": velocities, **areas(run)}


def r22_velocities(series: Series, run: Solver) -> dict[str, Any]:
    """Velocities of the R22 cylinder, m/s."""
    time = series["time"] - shocked_air().arrival
    windows = {
        "Vs": ("wall shock", 0.0, 60e-6),
        "VR": ("axis shock", 20e-6, 180e-6),
        "Vui": ("upstream interface", 0.0, 400e-6),
        "Vdi": ("downstream interface", 250e-6, 400e-6),
    }
    return {"velocities": {k: slope(time, series[c], a, b) for k, (c, a, b) in windows.items()}, **areas(run)}


def problem(name: str, gas: IdealGas, gas_constant: float, velocities: Any, until: float) -> Problem:
    """The entry of one gas; times count from the shock's arrival at the cylinder."""
    arrival = shocked_air().arrival
    return Problem(
        name=name,
        title=f"Shock of Mach 1.22 on a cylinder of {gas.name}",
        start=lambda cells, method, cfl: start(gas, gas_constant, cells, method, cfl),
        cells=292,
        until=arrival + until,
        pictures=tuple(arrival + t for t in PHOTOGRAPHS if t <= until),
        origin=arrival,
        unit=(1e6, "us"),
        colours=("#1f5fa8", "#e4572e"),
        reflect="y",
        watch=watch,
        summary=velocities,
    )


HELIUM = problem("shock-bubble-helium", IdealGas("helium", 1.648), 1578.0, helium_velocities, 1e-3)
R22 = problem("shock-bubble-r22", IdealGas("R22", 1.249), 91.0, r22_velocities, 1e-3)
