"""What a problem is: everything that `mirhydro run` needs to know of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from .eos import Array, Material
from .mesh import Mesh
from .solver import Solver
from .state import State


class Run(Protocol):
    """What the run loop, the pictures and the checkpoints ask of a solver."""

    mesh: Mesh
    names: tuple[str, ...]
    time: float
    steps: int
    seconds: dict[str, float]

    @property
    def vf(self) -> Array:
        """(nmat, ny, nx) volume fractions."""

    def step(self, until: float = ...) -> float:
        """Advance by one step."""

    def arrays(self) -> dict[str, Array]:
        """What a checkpoint holds."""

    def load(self, arrays: dict[str, Array]) -> None:
        """Take over a checkpoint."""

    def fields(self) -> dict[str, Array]:
        """Cell fields by name, (ny, nx)."""

    def interfaces(self) -> Any:
        """A reconstruction of `vf`."""


Series = Mapping[str, Array]


def _nothing(run: Any) -> dict[str, float]:
    return {}


def _no_summary(series: Series, run: Any) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Problem:
    """One entry of `mirhydro run`.

    `start(cells, method, cfl)` makes the solver, `cells` along x. `pictures` are the times of the PNGs, `until` the
    end. Times are in seconds from `origin`, the instant at which the solver's clock shows `origin`; `unit` scales
    them for people. `reflect` is the axis of symmetry, "x" or "y", whose other half the pictures add. `watch(run)`
    gives numbers recorded every `watch_every` steps, `summary(series, run)` what follows from them.
    """

    name: str
    title: str
    start: Callable[[int, str, float], Run]
    cells: int
    until: float
    pictures: tuple[float, ...]
    cfl: float = 0.5
    origin: float = 0.0
    unit: tuple[float, str] = (1.0, "")
    colours: tuple[str, ...] = ()
    reflect: str = ""
    watch: Callable[[Any], dict[str, float]] = _nothing
    watch_every: int = 4
    summary: Callable[[Series, Any], dict[str, Any]] = _no_summary


def hydro(
    materials: tuple[Material, ...],
    mesh: Mesh,
    vf: Array,
    rho: Array,
    velocity: tuple[Array | float, Array | float],
    p: Array,
    method: str,
    cfl: float,
    gravity: tuple[float, float] = (0.0, 0.0),
) -> Solver:
    """A solver from primitive values; rho and p of each material, broadcast to (nmat, ny, nx)."""
    u, v = (np.asarray(q, float) for q in velocity)
    state = State.from_primitives(materials, vf, np.asarray(rho, float), u, v, np.asarray(p, float))
    return Solver(materials, state, mesh, method, cfl=cfl, gravity=gravity)


def per_material(*values: float) -> Array:
    """(nmat, 1, 1): one value per material, for broadcasting over a mesh."""
    return np.array(values, float)[:, None, None]
