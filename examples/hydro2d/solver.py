"""The time step: a directionally split Lagrange-remap scheme for any number of compressible materials.

State per cell: volume fractions, masses and internal energies of the materials, one momentum. A step sweeps along
both axes, in alternating order; a sweep lets the mesh follow the fluid, then remaps it with the volumes that the
reconstruction of the interfaces sweeps out. Conserves the mass of each material, momentum and total energy to
round-off.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import numpy as np

import mirhydro as mir

from . import closure
from .eos import Array, Material
from .interface import InterfaceCells, MixedContent
from .lagrange import CellMeans, LagrangianCells
from .mesh import Axis, Mesh, inner
from .remap import Remap
from .scratch import Scratch
from .state import State

FLUSH = 1e-10  # volumes below this never travel alone; 1e-6 and 1e-10 preserve contacts equally well
RULES = {"wall": "mirror", "outflow": "replicate", "periodic": "periodic"}


class StepFailed(RuntimeError):
    """The state is beyond what any time step can repair; the message names cell and value."""


class Solver:
    """One run: a state, a mesh, a reconstruction method.

    Parameters
    ----------
    materials : nmat equations of state
    state : initial state; owned and overwritten from here on
    mesh : cells and sides
    method : name of the reconstruction, one of mirhydro.methods()
    cfl : share of the stable time step, (0, 1]
    gravity : acceleration (x, y)
    first_axis : axis swept first in even steps
    order : order of onion skins, as `mirhydro.Reconstructor` takes it
    """

    def __init__(
        self,
        materials: Sequence[Material],
        state: State,
        mesh: Mesh,
        method: str = "youngs",
        *,
        cfl: float = 0.5,
        gravity: tuple[float, float] = (0.0, 0.0),
        first_axis: str = "x",
        order: str | Sequence[int] = "auto",
    ) -> None:
        if not 0 < cfl <= 1:
            raise ValueError(f"cfl = {cfl}: it lies in (0, 1]")
        if state.shape != mesh.shape or state.nmat != len(materials):
            raise ValueError(
                f"state of {state.nmat} materials on {state.shape}: expected {len(materials)} on {mesh.shape}"
            )
        self.materials, self.state, self.mesh = tuple(materials), state, mesh
        self.names = tuple(material.name for material in materials)
        self.method, self.cfl, self.gravity, self.first_axis = method, cfl, gravity, first_axis
        self.time, self.steps, self.redone = 0.0, 0, 0
        self.seconds: dict[str, float] = defaultdict(float)
        boundary = tuple(RULES[side] for side in mesh.sides)
        self.rec = mir.Reconstructor(method, spacing=(mesh.dx, mesh.dy), boundary=boundary, order=order)
        self.reconstruction: Any = None
        self._axes = {axis.name: axis for axis in mesh.axes if axis.n > 1}
        self._spare = [State.zeros(state.nmat, mesh.ny, mesh.nx) for _ in range(2)]
        self._means, self._scratch = CellMeans.on(mesh), Scratch()
        self._lagrangian = {axis.name: LagrangianCells.on(mesh, axis) for axis in self._axes.values()}
        self._remap = {axis.name: Remap.on(axis) for axis in self._axes.values()}
        self._swept = {axis.name: np.zeros((state.nmat, *axis.face_shape)) for axis in self._axes.values()}

    def step(self, until: float = np.inf) -> float:
        """Advance by one time step, at most to `until`, and return its length.

        Halved and redone, from the start, where a cell would be compressed to a fifth or lose all it holds or all
        its heat.

        Raises
        ------
        StepFailed
            When the state is not finite or twenty halvings did not help.
        """
        dt = min(self.time_step(), until - self.time)
        for _ in range(20):
            if self._try_step(dt):
                self.time += dt
                self.steps += 1
                return dt
            dt *= 0.5
            self.redone += 1
        raise StepFailed(f"step {self.steps}, t = {self.time:g}: no time step down to {dt:g} keeps all cells positive")

    def run(self, until: float) -> None:
        """Step until the time is reached, to round-off."""
        while self.time < until * (1 - 1e-14):
            self.step(until)

    def renumbered(self, numbering: Sequence[int], order: str | Sequence[int] = "auto") -> Solver:
        """The same flow at the same time in a solver of its own; its material k is this one's `numbering[k]`.

        order : of its onion skins, in its own numbers

        Raises
        ------
        ValueError
            When `numbering` does not name every material once, or the method does not take the order.
        """
        numbering = list(numbering)
        if sorted(numbering) != list(range(self.state.nmat)):
            raise ValueError(f"numbering = {numbering}: each of the {self.state.nmat} materials once")
        other = Solver(
            [self.materials[k] for k in numbering],
            self.state.renumbered(numbering),
            self.mesh,
            self.method,
            cfl=self.cfl,
            gravity=self.gravity,
            first_axis=self.first_axis,
            order=order,
        )
        other.time, other.steps = self.time, self.steps
        return other

    @property
    def vf(self) -> Array:
        """(nmat, ny, nx) volume fractions, not copied."""
        return self.state.a

    def fields(self) -> dict[str, Array]:
        """Density, velocity and mean pressure, (ny, nx), for pictures and diagnostics."""
        means = self._means
        means.update(self.materials, self.state, self.mesh, self.mesh.axes[0], self._scratch)
        names = ("density", "u", "v", "pressure")
        return {name: inner(getattr(means, name)).copy() for name in names}

    def interfaces(self) -> Any:
        """The reconstruction of the fractions as they are now; that of the last sweep is older."""
        return self.rec(self.state.a)

    def arrays(self) -> dict[str, Array]:
        """What a checkpoint holds."""
        return self.state.arrays()

    def load(self, arrays: dict[str, Array]) -> None:
        """Take over a checkpoint; ValueError where shapes differ."""
        self.state.load(arrays)

    def time_step(self) -> float:
        """cfl times the least h/(|u| + c) over cells and axes; c of the mean: a sliver of hot gas costs no steps."""
        with self._timed("time step"):
            means = self._means
            rate = 0.0
            means.update(self.materials, self.state, self.mesh, self.mesh.axes[0], self._scratch)
            for j0, j1 in self.mesh.row_blocks():
                density, u, v, bulk = (inner(q)[j0:j1] for q in (means.density, means.u, means.v, means.bulk))
                self._scratch.reset()
                sound, speed = self._scratch.take(u.shape), self._scratch.take(u.shape)
                np.divide(bulk, density, out=sound)
                np.sqrt(sound, out=sound)
                for axis, velocity in zip(self.mesh.axes, (u, v), strict=True):
                    np.abs(velocity, out=speed)
                    speed += sound
                    fastest = float(speed.max())
                    if not np.isfinite(fastest):
                        where = f"in rows {j0} to {j1 - 1}"
                        raise StepFailed(f"step {self.steps}, t = {self.time:g}: the state is not finite {where}")
                    rate = max(rate, fastest / axis.spacing) if axis.n > 1 else rate
        return self.cfl / rate

    def _try_step(self, dt: float) -> bool:
        """Both sweeps and the gravity; False, and nothing changed, when dt is too long."""
        order = ("x", "y") if (self.steps % 2 == 0) == (self.first_axis == "x") else ("y", "x")
        axes = [self._axes[name] for name in order if name in self._axes]
        momenta = (self.state.mx.copy(), self.state.my.copy()) if any(self.gravity) else None
        self._kick(self.state, 0.5 * dt)
        old = self.state
        for axis, new in zip(axes, self._spare, strict=False):
            if not self._sweep(axis, dt, old, new):
                if momenta is not None:
                    self.state.mx[...], self.state.my[...] = momenta
                return False
            old = new
        self._kick(old, 0.5 * dt)
        self._spare = [state for state in (self.state, *self._spare) if state is not old]
        self.state = old
        return True

    def _sweep(self, axis: Axis, dt: float, old: State, new: State) -> bool:
        """One sweep from `old` to `new`; in `old` the mixed cells' pressures are relaxed. False if dt is too long."""
        means, cells, remap = self._means, self._lagrangian[axis.name], self._remap[axis.name]
        several = old.nmat > 1
        with self._timed("closure"):
            mixed = old.mixed_cells()
            self._relax(old, mixed)  # step 0
            means.update(self.materials, old, self.mesh, axis, self._scratch)
            means.fill_ghosts(axis)  # 1; the line above is 2
        with self._timed("lagrange"):
            if not cells.advance(means, axis, dt / axis.spacing, self._scratch):  # 3, 4, 5
                return False
        new.a[...], new.owner[...] = old.a, old.owner
        if several:
            with self._timed("closure"):
                content = self._split(old, mixed, cells, new.a)  # 5 in mixed cells
            with self._timed("reconstruction"):
                r = self.reconstruction = self.rec(new.a, out=self.reconstruction)  # 6
                swept = r.swept(axis.name, cells.displacement, out=self._swept[axis.name], flush=FLUSH)  # 7, 8
                _choose_donor_image(swept, cells.shift, axis)
        with self._timed("remap"):
            remap.flux(means, cells, axis, self._scratch)  # 9 as one fluid
        if several:
            with self._timed("interface"):
                near = InterfaceCells(old, axis, new.a, content)
                flux = near.fluxes(swept, r.flushed, cells)  # 9 of each material
                remap.replace(flux, axis)
        with self._timed("remap"):
            if not remap.update(means, cells, axis, old, new, self._scratch):  # 10, 11
                return False
        if several:
            with self._timed("interface"):
                near.update(flux, r.flushed, remap.defect, new)
        return True

    def _relax(self, state: State, mixed: Array) -> None:
        """Step 0."""
        if mixed.size:
            a, m, energy = (q.reshape(state.nmat, -1) for q in (state.a, state.m, state.I))
            a[:, mixed], energy[:, mixed] = closure.relaxed(self.materials, a[:, mixed], m[:, mixed], energy[:, mixed])

    def _split(self, old: State, mixed: Array, cells: LagrangianCells, fractions: Array) -> MixedContent:
        """Divide the Lagrangian phase of mixed cells among their materials and write their fractions."""
        a, m, energy = (q.reshape(old.nmat, -1)[:, mixed] for q in (old.a, old.m, old.I))
        after = cells.volume.ravel()[self.mesh.padded_index(mixed)]
        heat, pressure = cells.heat.ravel()[mixed], cells.pressure.ravel()[mixed]
        volume, warmed = closure.split(self.materials, (a, m, energy), after - 1.0, heat, pressure)
        shares = volume / after
        fractions.reshape(old.nmat, -1)[:, mixed] = shares
        return MixedContent(mixed, shares, warmed)

    def _kick(self, state: State, dt: float) -> None:
        """Gravity for a time dt."""
        if any(self.gravity):
            density = state.density()
            state.mx += density * (self.gravity[0] * dt)
            state.my += density * (self.gravity[1] * dt)

    @contextmanager
    def _timed(self, phase: str) -> Iterator[None]:
        """Add the time spent inside to `seconds[phase]`."""
        start = perf_counter()
        yield
        self.seconds[phase] += perf_counter() - start


def _choose_donor_image(swept: Array, shift: Array, axis: Axis) -> None:
    """The two ends of a periodic axis are one face; its volumes are those seen from inside the donor."""
    if axis.periodic:
        first, last = axis.along(swept, 0, 1), axis.along(swept, axis.n, axis.n + 1)
        first[...] = np.where(axis.along(shift, 0, 1) > 0, last, first)
