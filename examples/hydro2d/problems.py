"""The problems of `mirhydro run`, by name. `--cells N` counts cells along x, or along the tube."""

from __future__ import annotations

from typing import Any

import numpy as np

import mirhydro as mir

from . import shock_bubble
from .advection import Advection, PrescribedFlow
from .diagnostics import areas, crossing, flow_integrals, pieces, slope
from .eos import Array, IdealGas, StiffenedGas
from .exact_riemann import GasState, RiemannSolution, solve
from .mesh import Mesh
from .problem import Problem, Series, hydro, per_material
from .solver import Solver

AIR, WATER = IdealGas("air", 1.4), StiffenedGas("water", 4.4, 6e8)


class Tube:
    """Two gases at rest on either side of x0 in the unit interval; `single`: both are one material."""

    def __init__(self, left: GasState, right: GasState, x0: float, *, single: bool = False) -> None:
        self.left, self.right, self.x0, self.single = left, right, x0, single

    def start(self, cells: int, method: str, cfl: float) -> Solver:
        """One row of cells with open ends."""
        mesh = Mesh(1, cells, (0.0, 1.0, 0.0, 1.0 / cells), ("outflow",) * 4)
        share = mir.volume_fractions([mir.HalfPlane((self.x0, 0.0), (1.0, 0.0))], 1, cells, extent=mesh.extent)
        sides = (self.left, self.right)
        rho, p = per_material(*(s.rho for s in sides)), per_material(*(s.p for s in sides))
        u = share[0] * self.left.u + share[1] * self.right.u
        if self.single:
            return hydro(
                (self.left.gas,),
                mesh,
                np.ones((1, 1, cells)),
                (share * rho).sum(axis=0),
                (u, 0.0),
                (share * p).sum(axis=0),
                method,
                cfl,
            )
        return hydro((self.left.gas, self.right.gas), mesh, share, rho, (u, 0.0), p, method, cfl)

    def exact(self) -> RiemannSolution:
        """The exact solution."""
        return solve(self.left, self.right)

    def errors(self, run: Solver) -> dict[str, float]:
        """Mean error of density, velocity, pressure, each over the largest exact value."""
        x = run.mesh.centres()[0][0]
        rho, u, p, _ = self.exact().sample((x - self.x0) / run.time)
        fields = run.fields()
        return {
            name: float(np.abs(fields[name][0] - exact).mean() / max(np.abs(exact).max(), 1e-300))
            for name, exact in (("density", rho), ("u", u), ("pressure", p))
        }

    def problem(self, name: str, title: str, until: float, unit: tuple[float, str] = (1.0, "")) -> Problem:
        """The entry of this tube."""
        return Problem(
            name=name,
            title=title,
            start=self.start,
            cells=400,
            until=until,
            pictures=(until,),
            unit=unit,
            colours=("#1f5fa8", "#e4572e"),
            summary=lambda series, run: {"relative L1 error": self.errors(run)},
        )


def _gases(
    left: tuple[float, float, float], right: tuple[float, float, float], gases: Any
) -> tuple[GasState, GasState]:
    return GasState(*left, gases[0]), GasState(*right, gases[1])


SOD = Tube(*_gases((1.0, 0.0, 1.0), (0.125, 0.0, 0.1), (AIR, AIR)), 0.5, single=True)
TWO_GASES = Tube(*_gases((1.0, 0.0, 1.0), (0.125, 0.0, 0.1), (IdealGas("left", 1.4), IdealGas("right", 1.667))), 0.5)
WATER_AIR = Tube(*_gases((1000.0, 0.0, 1e9), (50.0, 0.0, 1e5), (WATER, AIR)), 0.7)


def advected_disc(cells: int, method: str, cfl: float) -> Solver:
    """A dense disc carried through a periodic box by a uniform flow: pressure and velocity must stay as they are."""
    mesh = Mesh(cells, cells, (0.0, 1.0, 0.0, 1.0), ("periodic",) * 4)
    vf = mir.volume_fractions([mir.Circle((0.5, 0.5), 0.25)], cells, cells)
    gases = (IdealGas("disc", 1.4), IdealGas("rest", 1.667))
    return hydro(gases, mesh, vf, per_material(10.0, 1.0), (1.0, 0.5), np.array(1.0), method, cfl)


def contact_errors(series: Series, run: Solver) -> dict[str, Any]:
    """Departure from the uniform flow at the end."""
    fields = run.fields()
    errors = {
        name: float(np.abs(fields[name] - value).max()) for name, value in (("u", 1), ("v", 0.5), ("pressure", 1))
    }
    return {"largest departure": errors, "pieces": pieces(run.vf)}


def triple_point(cells: int, method: str, cfl: float) -> Solver:
    """Galera, Maire & Breil, J. Comput. Phys. 229 (2010) 5755, with three gases."""
    ny = max(1, round(cells * 3 / 7))
    mesh = Mesh(ny, cells, (0.0, 7.0, 0.0, 3.0), ("wall",) * 4)
    shapes = [mir.HalfPlane((1.0, 0.0), (1.0, 0.0)), mir.HalfPlane((0.0, 1.5), (0.0, 1.0))]
    vf = mir.volume_fractions(shapes, ny, cells, extent=mesh.extent)
    gases = (IdealGas("driver", 1.5), IdealGas("heavy", 1.4), IdealGas("light", 1.5))
    return hydro(gases, mesh, vf, per_material(1.0, 1.0, 0.125), (0.0, 0.0), per_material(1.0, 0.1, 0.1), method, cfl)


def wall_waves(run: Solver) -> dict[str, float]:
    """Contact and shock along the bottom and the top wall, kinetic energy, circulation."""
    x, pressure = run.mesh.centres()[0][0], run.fields()["pressure"]
    rows = {"bottom": (0, 0.5 * (0.1 + 0.511969)), "top": (-1, 0.5 * (0.1 + 0.299296))}
    waves = {}
    for wall, (row, level) in rows.items():
        waves[f"{wall} contact"] = crossing(x, run.vf[0, row], 0.5, last=True)
        waves[f"{wall} shock"] = crossing(x, pressure[row], level, last=True)
    return {**waves, **flow_integrals(run)}


def _pieces_and_areas(series: Series, run: Any) -> dict[str, Any]:
    return {"pieces": dict(zip(run.names, pieces(run.vf), strict=True)), **areas(run)}


# Collins & Jacobs, J. Fluid Mech. 464 (2002) 113: air with acetone over SF6, Mach 1.21, in m, s, kg
RM_WAVELENGTH, RM_AMPLITUDE, RM_MACH, RM_PRESSURE, RM_DENSITY, RM_RATIO = 0.05933, 1.83e-3, 1.21, 1e5, 1.351, 4.0666
RM_LIGHT, RM_HEAVY = IdealGas("air and acetone", 1.276), IdealGas("SF6", 1.093)


class RichtmyerMeshkov:
    """A shock from above on a rippled interface, half a wavelength wide, with `depth` wavelengths of tube below."""

    def __init__(self, amplitude: float = RM_AMPLITUDE, depth: float = 4.0) -> None:
        self.amplitude, self.depth = amplitude, depth
        g, squared = RM_LIGHT.gamma, RM_MACH**2
        sound = float(np.sqrt(g * RM_PRESSURE / RM_DENSITY))
        self.speed = RM_MACH * sound
        self.shocked = GasState(
            RM_DENSITY * (g + 1) * squared / ((g - 1) * squared + 2),
            -2 / (g + 1) * sound * (RM_MACH - 1 / RM_MACH),
            RM_PRESSURE * (1 + 2 * g / (g + 1) * (squared - 1)),
            RM_LIGHT,
        )
        self.start_height = 0.2 * RM_WAVELENGTH
        self.arrival = self.start_height / self.speed

    def start(self, cells: int, method: str, cfl: float) -> Solver:
        """`cells` across half a wavelength."""
        width = 0.5 * RM_WAVELENGTH
        low, high = -self.depth * RM_WAVELENGTH, RM_WAVELENGTH
        ny = round((high - low) / width * cells)
        mesh = Mesh(ny, cells, (0.0, width, low, high), ("wall", "wall", "wall", "outflow"))
        wave = 2 * np.pi / RM_WAVELENGTH
        below = mir.Implicit(lambda x, y: y - self.amplitude * np.cos(wave * x))
        vf = mir.volume_fractions([below], ny, cells, extent=mesh.extent)[::-1]
        behind = np.broadcast_to(mesh.centres()[1] > self.start_height, mesh.shape)
        rho = np.where(behind, self.shocked.rho, per_material(RM_DENSITY, RM_RATIO * RM_DENSITY))
        p = np.where(behind, self.shocked.p, RM_PRESSURE)
        return hydro((RM_LIGHT, RM_HEAVY), mesh, vf, rho, (0.0, np.where(behind, self.shocked.u, 0.0)), p, method, cfl)

    def richtmyer_rate(self) -> float:
        """Growth of a small ripple, k A+ du a0+ (Richtmyer 1960), from the exact 1D refraction."""
        heavy = GasState(RM_RATIO * RM_DENSITY, 0.0, RM_PRESSURE, RM_HEAVY)
        # the shock moves down: mirror, so that the driven gas is on the right
        refraction = solve(GasState(self.shocked.rho, -self.shocked.u, self.shocked.p, RM_LIGHT), heavy)
        light, dense = refraction.star_density("left"), refraction.star_density("right")
        compressed = self.amplitude * (1 - refraction.u_star / self.speed)
        return 2 * np.pi / RM_WAVELENGTH * (dense - light) / (dense + light) * refraction.u_star * compressed

    def watch(self, run: Solver) -> dict[str, float]:
        """Height of the interface on the two edges."""
        y, heavy = run.mesh.centres()[1][:, 0], run.vf[1]
        return {"crest": crossing(y, heavy[:, 0], 0.5, last=True), "trough": crossing(y, heavy[:, -1], 0.5, last=True)}

    def growth(self, series: Series, run: Solver) -> dict[str, Any]:
        """Growth rate of the amplitude over .1 to 1 ms, m/s, beside linear theory and the experiment."""
        amplitude = np.abs(0.5 * (series["crest"] - series["trough"]))
        rate = slope(series["time"] - self.arrival, amplitude, 1e-4, 1e-3)
        return {
            "growth rate, m/s": rate,
            "Richtmyer": self.richtmyer_rate(),
            "Collins & Jacobs": [6.28, 0.60],
            **areas(run),
        }


def bubble_collapse(cells: int, method: str, cfl: float) -> Solver:
    """A shock of 1.9 GPa in water closes a cavity of air 6 mm wide; the upper half is computed."""
    mesh = Mesh(max(1, cells // 2), cells, (0.0, 0.024, 0.0, 0.012), ("outflow", "outflow", "wall", "wall"))
    bubble = mir.volume_fractions([mir.Circle((0.012, 0.0), 0.003)], *mesh.shape, extent=mesh.extent)
    vf = np.stack([bubble[1], bubble[0]])
    # behind the shock: the star state of a piston, p = 1.9 GPa
    strong, rest = 1.9e9, GasState(1000.0, 0.0, 1e5, WATER)
    behind = np.broadcast_to(mesh.centres()[0] < 0.0066, mesh.shape)
    rho_s, u_s = _behind_shock(rest, strong)
    rho = np.where(behind, rho_s, per_material(1000.0, 1.0))
    return hydro(
        (WATER, AIR), mesh, vf, rho, (np.where(behind, u_s, 0.0), 0.0), np.where(behind, strong, 1e5), method, cfl
    )


def _behind_shock(rest: GasState, p: float) -> tuple[float, float]:
    """Density and velocity behind a shock that raises the pressure to p."""
    g, q = rest.gas.gamma, rest.gas.pinf
    ratio, weak = (p + q) / (rest.p + q), (g - 1) / (g + 1)
    density = rest.rho * (ratio + weak) / (weak * ratio + 1)
    return density, rest.u + float(np.sqrt((p - rest.p) * (1 / rest.rho - 1 / density)))


def _collapse_watch(run: Solver) -> dict[str, float]:
    return {"largest pressure": float(run.fields()["pressure"].max()), **areas(run)}


def _advected(shapes: list[Any], flow: PrescribedFlow, until: float) -> Any:
    """Start function of an advection problem in the unit square: the last shape less those before it."""

    def start(cells: int, method: str, cfl: float) -> Advection:
        mesh = Mesh(cells, cells, (0.0, 1.0, 0.0, 1.0), ("wall",) * 4)
        fractions = mir.volume_fractions(shapes, cells, cells)
        vf = np.stack([fractions[-2], fractions[:-2].sum(axis=0) + fractions[-1]])
        return Advection(vf, mesh, flow, until, method, cfl=cfl)

    return start


def _vortex_psi(x: Array, y: Array) -> Array:
    return np.asarray(np.sin(np.pi * x) ** 2 * np.sin(np.pi * y) ** 2 / np.pi)


def _rotation_psi(x: Array, y: Array) -> Array:
    return np.asarray(0.5 * ((x - 0.5) ** 2 + (y - 0.5) ** 2))


def _shape_error(start: Any, until: float) -> Any:
    """Summary: the disc should be back where it began."""

    def summary(series: Series, run: Advection) -> dict[str, Any]:
        first = start(run.mesh.nx, run.method, run.cfl).vf
        cell = run.mesh.dx * run.mesh.dy
        errors = np.abs(run.vf - first).sum(axis=(1, 2)) * cell
        drift = run.vf.sum(axis=(1, 2)) / first.sum(axis=(1, 2)) - 1
        back = abs(run.time - until) <= 1e-9 * until
        return {
            "E = sum |f - f0| h^2": float(errors[0]) if back else None,
            "E / area": float(errors[0] / (first[0].sum() * cell)) if back else None,
            "volume change": drift.tolist(),
            "pieces": pieces(run.vf),
        }

    return summary


def _advection_problem(
    name: str, title: str, shapes: list[Any], flow: PrescribedFlow, until: float, cells: int
) -> Problem:
    start = _advected(shapes, flow, until)
    return Problem(
        name=name,
        title=title,
        start=start,
        cells=cells,
        until=until,
        pictures=(0.5 * until, until),
        colours=("#e4572e", "#e0e6ee"),
        summary=_shape_error(start, until),
    )


VORTEX = _advection_problem(
    "vortex",
    "Disc in a reversed vortex, T = 8 (Rider & Kothe)",
    [mir.Circle((0.5, 0.75), 0.15)],
    PrescribedFlow(_vortex_psi, lambda t: float(np.cos(np.pi * t / 8)), 1.0),
    8.0,
    128,
)
_SLOT = mir.Polygon([(0.475, 0.5), (0.525, 0.5), (0.525, 0.85), (0.475, 0.85)])
ZALESAK = _advection_problem(
    "zalesak",
    "Slotted disc, one turn (Zalesak)",
    [_SLOT, mir.Circle((0.5, 0.75), 0.15)],
    PrescribedFlow(_rotation_psi, lambda t: 1.0, 0.5),
    2 * np.pi,
    100,
)

_RM = RichtmyerMeshkov()
_PROBLEMS = (
    SOD.problem("sod", "Sod's shock tube, one gas", 0.2),
    TWO_GASES.problem("two-gas-tube", "Shock tube with two gases, gamma 1.4 and 1.667", 0.2),
    WATER_AIR.problem("water-air-tube", "Water at 1 GPa on air", 229e-6, (1e6, "us")),
    Problem(
        name="advected-disc",
        title="Dense disc in a uniform flow",
        start=advected_disc,
        cells=64,
        until=1.0,
        pictures=(1.0,),
        colours=("#e4572e", "#1f5fa8"),
        summary=contact_errors,
    ),
    shock_bubble.HELIUM,
    shock_bubble.R22,
    Problem(
        name="triple-point",
        title="Triple point: one shock, three gases",
        start=triple_point,
        cells=320,
        until=5.0,
        pictures=(1.0, 2.0, 3.0, 3.5, 5.0),
        colours=("#1f5fa8", "#e4572e", "#f4d35e"),
        watch=wall_waves,
        summary=_pieces_and_areas,
    ),
    Problem(
        name="richtmyer-meshkov",
        title="Richtmyer-Meshkov instability, air and SF6, Mach 1.21",
        start=_RM.start,
        cells=32,
        until=_RM.arrival + 2e-3,
        pictures=tuple(_RM.arrival + t for t in (0.0, 0.5e-3, 1e-3, 2e-3)),
        origin=_RM.arrival,
        unit=(1e3, "ms"),
        colours=("#f4d35e", "#1f5fa8"),
        reflect="x",
        watch=_RM.watch,
        summary=_RM.growth,
    ),
    Problem(
        name="bubble-collapse",
        title="Shock of 1.9 GPa in water on a 6 mm cavity of air",
        start=bubble_collapse,
        cells=200,
        until=6e-6,
        pictures=(1e-6, 2e-6, 2.5e-6, 3e-6, 3.5e-6, 4e-6, 5e-6, 6e-6),
        unit=(1e6, "us"),
        colours=("#1f5fa8", "#f4d35e"),
        reflect="y",
        watch=_collapse_watch,
        summary=_pieces_and_areas,
    ),
    VORTEX,
    ZALESAK,
)
PROBLEMS = {problem.name: problem for problem in _PROBLEMS}
