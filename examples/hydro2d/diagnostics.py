"""Numbers that say whether a run is right: conservation, extrema, energies, circulation, pieces, space-time records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .eos import Array
from .problem import Run, Series
from .solver import Solver


class Recorder:
    """Numbers recorded every few steps, as columns by name; `time` is always among them."""

    def __init__(self, watch: Callable[[Any], dict[str, float]], every: int = 1) -> None:
        self._watch, self._every = watch, every
        self._rows: dict[str, list[float]] = {"time": []}

    def record(self, run: Run) -> None:
        """Record one row when the run's step count is due."""
        if run.steps % self._every == 0:
            for name, value in {"time": run.time, **self._watch(run)}.items():
                self._rows.setdefault(name, []).append(float(value))

    def series(self) -> dict[str, Array]:
        """Columns as arrays of equal length."""
        return {name: np.array(values) for name, values in self._rows.items()}

    def load(self, series: Series) -> None:
        """Continue from columns recorded earlier."""
        self._rows = {name: list(map(float, values)) for name, values in series.items()}


def conservation(run: Solver, start: Array) -> dict[str, Any]:
    """Relative change of mass and energy since `start` (State.totals), through open sides included.

    Momentum, relative to the sum of its absolute values, only along a periodic axis: a wall pushes.
    """
    state, sides = run.state, run.mesh.sides
    now, nmat = state.totals(), run.state.nmat
    scale = max(float(np.abs(state.mx).sum() + np.abs(state.my).sum()), 1e-300)
    moved = {axis: float((now[nmat + i] - start[nmat + i]) / scale) for i, axis in enumerate("xy")}
    return {
        "closed box": "outflow" not in sides,
        "mass": {name: float(now[k] / start[k] - 1) for k, name in enumerate(run.names)},
        "momentum": {axis: moved[axis] for axis, side in (("x", sides[0]), ("y", sides[2])) if side == "periodic"},
        "energy": float(now[-1] / start[-1] - 1),
        "least internal energy of a material": float(state.I[state.a > 0].min()),
        "steps redone": run.redone,
    }


def extrema(run: Run) -> dict[str, list[float]]:
    """Least and largest value of each field and of each material's fraction."""
    fields = {**run.fields(), **{f"fraction of {name}": f for name, f in zip(run.names, run.vf, strict=True)}}
    return {name: [float(q.min()), float(q.max())] for name, q in fields.items()}


def flow_integrals(run: Solver) -> dict[str, float]:
    """Kinetic energy and circulation of the box."""
    area = run.mesh.dx * run.mesh.dy
    fields = run.fields()
    return {
        "kinetic energy": float(run.state.kinetic_energy().sum() * area),
        "circulation": circulation(fields["u"], fields["v"], run.mesh.dx, run.mesh.dy),
    }


def circulation(u: Array, v: Array, dx: float, dy: float) -> float:
    """Integral of the vorticity dv/dx - du/dy over the box, by second-order differences."""
    if min(u.shape) < 2:
        return 0.0
    vorticity = np.gradient(v, dx, axis=1) - np.gradient(u, dy, axis=0)
    return float(vorticity.sum() * dx * dy)


def areas(run: Run) -> dict[str, float]:
    """Area of each material."""
    cell = run.mesh.dx * run.mesh.dy
    return {f"area of {name}": float(f.sum() * cell) for name, f in zip(run.names, run.vf, strict=True)}


def pieces(vf: Array) -> list[int]:
    """Number of connected pieces of each material, (nmat,): cells with more than half of it that touch by a side."""
    return [_components(f > 0.5) for f in vf]


def interfaces(r: Any) -> int:
    """Number of unbroken lines in a reconstruction's contours: a film that breaks into drops has one for each. Lines
    shorter than a cell are debris and do not count."""
    c = r.contours()
    along = np.r_[0, np.cumsum(np.hypot(*np.diff(c.points, axis=0).T))]
    return int((along[c.offsets[1:] - 1] - along[c.offsets[:-1]] > 1).sum())


def _components(mask: Array) -> int:
    """Connected components of a mask by its runs per row, joined with those below."""
    parent: list[int] = []

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    below: list[tuple[int, int, int]] = []
    for row in mask:
        edges = np.flatnonzero(np.diff(row.astype(np.int8), prepend=0, append=0))
        runs = []
        for start, stop in zip(edges[::2], edges[1::2], strict=True):
            label = len(parent)
            parent.append(label)
            for first, last, other in below:
                if first < stop and start < last:
                    parent[root(other)] = root(label)
            runs.append((int(start), int(stop), label))
        below = runs
    return sum(parent[i] == i for i in range(len(parent)))


def crossing(x: Array, values: Array, level: float, last: bool = False) -> float:
    """Where a profile first (last) exceeds a level, by linear interpolation with the cell before (after); else NaN."""
    above = np.flatnonzero(values > level)
    if not above.size:
        return float("nan")
    k = int(above[-1 if last else 0])
    other = k + 1 if last else k - 1
    if not 0 <= other < values.size:
        return float(x[k])
    return float(x[k] + (x[other] - x[k]) * (values[k] - level) / (values[k] - values[other]))


def slope(time: Array, position: Array, first: float, last: float) -> float:
    """Speed of a position between two times, by least squares; NaN with fewer than three records."""
    use = (time >= first) & (time <= last) & np.isfinite(position)
    return float(np.polyfit(time[use], position[use], 1)[0]) if use.sum() > 2 else float("nan")
