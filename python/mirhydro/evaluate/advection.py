"""Split, conservative advection of one material and the rest, or of several, by a prescribed flow.

Source: Weymouth & Yue, J. Comput. Phys. 229 (2010) 2853: the dilatation of a sweep is given to the material
that held more than half of the cell before the step, so that fractions stay in [0, 1] and none is lost. Of several
materials none need hold half: `MaterialSweeps` moves them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Protocol

import numpy as np

import mirhydro as mir
from mirhydro.evaluate.flows import Flow
from mirhydro.evaluate.layout import Figures
from mirhydro.evaluate.material_centroids import MaterialCentroids
from mirhydro.evaluate.material_sweeps import MaterialSweeps
from mirhydro.evaluate.truth import Array, centroids, needs_centroids
from mirhydro.evaluate.variants import Method, reconstructor
from mirhydro.shapes import Shape

AXES = ("x", "y")


@dataclass(frozen=True)
class Advected:
    """Fractions before and after, (n, n) or (nmat, n, n), and what the way there and back did to them.

    `error` is sum abs(f - f0) h^2, over all materials half of it, so that two materials count as one and the rest;
    `relative` the same over sum f0 h^2; `mass` the largest relative change of a material's sum; `lowest` and
    `highest` the extremes of f, `unclosed` the largest error of a cell's sum, at the end of any step; `seconds`
    per step.
    """

    before: Array
    after: Array
    steps: int
    lowest: float
    highest: float
    unclosed: float
    seconds: float

    @property
    def error(self) -> float:
        n = self.before.shape[-1]
        wrong = float(abs(self.after - self.before).sum()) / n**2
        return wrong if self.before.ndim == 2 else wrong / 2

    @property
    def relative(self) -> float:
        return float(abs(self.after - self.before).sum() / self.before.sum())

    @property
    def mass(self) -> float:
        inside = (-2, -1)
        return float((abs((self.after - self.before).sum(axis=inside)) / self.before.sum(axis=inside)).max())


class Sweeps:
    """Moves fractions in place, one axis at a time; keeps reconstruction and fluxes from step to step."""

    def __init__(
        self, method: Method, boundary: str, n: int, material_centroids: MaterialCentroids | None = None
    ) -> None:
        self._reconstructor = reconstructor(method, boundary=boundary)
        self._reconstruction: Any = None
        self._swept = {"x": np.empty((2, n, n + 1)), "y": np.empty((2, n + 1, n))}
        self._centroids = material_centroids

    def step(self, vf: Array, displacements: dict[str, Array], order: tuple[str, str]) -> None:
        """Advance `vf` (n, n) by one step; the displacements are in cells, as those of `swept`."""
        dilates = vf > 0.5
        for axis in order:
            self._sweep(vf, axis, displacements[axis], dilates)

    def _sweep(self, vf: Array, axis: str, displacement: Array, dilates: Any) -> None:
        along = 1 - AXES.index(axis)
        moved = self._centroids
        if moved is None:
            r = self._reconstructor(vf, out=self._reconstruction)
        else:
            r = self._reconstructor(vf, out=self._reconstruction, centroids=moved.values)
        self._reconstruction = r
        swept = r.swept(axis, displacement, out=self._swept[axis])[0]
        if moved is not None:
            moved.advance(r, vf, axis, displacement)
        vf -= np.diff(swept, axis=along)
        vf += dilates * np.diff(displacement, axis=along)


class Course(Protocol):
    """What carries a shape: velocities of faces, times a function of time, and how long it takes."""

    @property
    def duration(self) -> float: ...
    @property
    def modulation(self) -> Callable[[float], float]: ...
    def face_velocities(self, n: int) -> tuple[Array, Array]: ...


def course(flow: Course, n: int, steps: int) -> Iterator[tuple[dict[str, Array], tuple[str, str]]]:
    """Displacements in cells by axis, and the order of the sweeps, of each of the steps; the arrays are reused."""
    velocities = dict(zip(AXES, flow.face_velocities(n), strict=True))
    dt = flow.duration / steps
    displacements = {axis: np.empty_like(u) for axis, u in velocities.items()}
    for k in range(steps):
        scale = dt * n * flow.modulation((k + 0.5) * dt)
        for axis, u in velocities.items():
            np.multiply(u, scale, out=displacements[axis])
        yield displacements, AXES if k % 2 == 0 else AXES[::-1]


def advect(
    method: Method,
    flow: Flow,
    n: int,
    cfl: float = 0.5,
    parts: Sequence[Shape] = (),
    order: str | Sequence[int] = "auto",
) -> Advected:
    """Carry the shape of `flow` there and back on n x n cells with one method.

    The order of the sweeps alternates from step to step; velocities are those of the middle of the step. A
    method that needs centroids gets those of the materials, moved with the flow (`MaterialCentroids`).

    Parameters
    ----------
    method : str or Variant
    flow : Flow
    n : int
    cfl : float
        The fastest face moves that many cells in a step.
    parts : shapes that do not overlap, inside the shape of the flow
        Materials of their own; what they leave of the shape is one more, the surroundings are the last.
    order : "auto" or all materials
        As of `Reconstructor`; two materials have no order.

    """
    vf = mir.volume_fractions([*parts, flow.shape], n, n)
    moved = None
    if needs_centroids(method):
        moved = MaterialCentroids(_all_centroids(parts, flow.shape, vf) if parts else centroids(flow.shape, vf))
    sweeps: Sweeps | MaterialSweeps
    if parts:
        sweeps = MaterialSweeps(method, flow.boundary, moved, order)
    else:
        vf, sweeps = vf[0].copy(), Sweeps(method, flow.boundary, n, moved)
    before = vf.copy()
    steps = flow.steps(n, cfl)
    lowest, highest, unclosed, started = 0.0, 1.0, 0.0, perf_counter()
    for displacements, axes in course(flow, n, steps):
        sweeps.step(vf, displacements, axes)
        lowest, highest = min(lowest, float(vf.min())), max(highest, float(vf.max()))
        if parts:
            unclosed = max(unclosed, float(abs(vf.sum(axis=0) - 1).max()))
    seconds = (perf_counter() - started) / steps
    return Advected(before, vf, steps, lowest, highest, unclosed, seconds)


def round_trip(method: Method, flow: Flow, n: int) -> Figures:
    """What the tables of flows print of `advect`."""
    end = advect(method, flow, n)
    return {
        "error": end.error,
        "relative": end.relative,
        "mass": end.mass,
        "outside": max(0.0, -end.lowest, end.highest - 1.0),
        "steps": float(end.steps),
        "ms": 1e3 * end.seconds,
    }


def _all_centroids(parts: Sequence[Shape], whole: Shape, vf: Array) -> Array:
    """Centroids (nmat, n, n, 2) of the parts, of what they leave of the whole, and of its surroundings."""
    rest = whole
    for part in parts:
        rest = rest - part
    alone = [centroids(shape, np.stack([f, 1 - f]))[0] for shape, f in zip((*parts, rest), vf[:-1], strict=True)]
    return np.stack([*alone, centroids(whole, np.stack([1 - vf[-1], vf[-1]]))[1]])
