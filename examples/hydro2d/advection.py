"""Advection of materials in a prescribed solenoidal flow: the loop of the solver without its thermodynamics.

Source: Weymouth & Yue, J. Comput. Phys. 229 (2010) 2853. Both sweeps take the same indicator c (1 for the material that
fills most of the cell when the step begins), so the volume of every material is conserved to round-off.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

import mirhydro as mir

from .eos import Array
from .mesh import Axis, Mesh
from .solver import FLUSH, RULES


@dataclass(frozen=True)
class PrescribedFlow:
    """u = -d psi/dy, v = d psi/dx of a stream function psi(x, y), times a factor of time."""

    stream_function: Callable[[Array, Array], Array]
    factor: Callable[[float], float]
    speed: float
    """The largest |u| or |v|, which sets the time step."""


class Advection:
    """One run: fractions `vf` (nmat, ny, nx), a flow, a method; dt = cfl h/speed, evened out so that `until` is met."""

    def __init__(
        self, vf: Array, mesh: Mesh, flow: PrescribedFlow, until: float, method: str = "youngs", *, cfl: float = 0.5
    ) -> None:
        if not 0 < cfl <= 1:
            raise ValueError(f"cfl = {cfl}: it lies in (0, 1]")
        self.vf, self.mesh, self.flow, self.cfl, self.method = np.array(vf, float), mesh, flow, cfl, method
        self.names = tuple("disc" if k == 0 else "rest" for k in range(len(vf)))
        steps = int(np.ceil(until * flow.speed / (cfl * min(mesh.dx, mesh.dy)) * (1 - 1e-12)))
        self._dt = until / max(steps, 1)
        self.time, self.steps = 0.0, 0
        self.seconds: dict[str, float] = defaultdict(float)
        boundary = tuple(RULES[side] for side in mesh.sides)
        self.rec = mir.Reconstructor(method, spacing=(mesh.dx, mesh.dy), boundary=boundary)
        self.reconstruction: Any = None
        self._face_speed = _face_speeds(flow, mesh)
        self._swept = {axis.name: np.zeros((len(vf), *axis.face_shape)) for axis in mesh.axes}

    def step(self, until: float = np.inf) -> float:
        """One step of both sweeps, at most to `until`; returns its length."""
        dt = min(self._dt, until - self.time)
        factor = self.flow.factor(self.time + 0.5 * dt)
        fills = np.zeros_like(self.vf)
        np.put_along_axis(fills, self.vf.argmax(axis=0)[None], 1.0, axis=0)
        axes = self.mesh.axes if self.steps % 2 == 0 else self.mesh.axes[::-1]
        for axis in axes:
            self._sweep(axis, self._face_speed[axis.name] * (factor * dt / axis.spacing), fills)
        self.time = until if abs(until - self.time - dt) <= 1e-12 * dt else self.time + dt
        self.steps += 1
        return dt

    def _sweep(self, axis: Axis, displacement: Array, fills: Array) -> None:
        """Fluxes along one axis and the dilatation that the other axis will undo."""
        start = perf_counter()
        r = self.reconstruction = self.rec(self.vf, out=self.reconstruction)
        swept = r.swept(axis.name, displacement, out=self._swept[axis.name], flush=FLUSH)
        self.seconds["reconstruction"] += perf_counter() - start
        start = perf_counter()
        entering, leaving = axis.along(swept, 0, -1), axis.along(swept, 1, None)
        stretch = axis.along(displacement, 1, None) - axis.along(displacement, 0, -1)
        vf = self.vf
        cells = np.asarray(r.flushed.cells)
        gone = (np.asarray(r.flushed.material), cells[:, 0], cells[:, 1])
        inflow = np.maximum(entering[gone], 0.0) - np.minimum(leaving[gone], 0.0)
        vf -= leaving - entering
        vf[gone] = inflow
        vf += fills * stretch
        np.maximum(vf, 0.0, out=vf)
        vf /= vf.sum(axis=0)
        self.seconds["remap"] += perf_counter() - start

    def arrays(self) -> dict[str, Array]:
        """What a checkpoint holds."""
        return {"vf": self.vf}

    def load(self, arrays: dict[str, Array]) -> None:
        """Take over the content of `arrays()`; ValueError where shapes differ."""
        found = arrays["vf"].shape if "vf" in arrays else "nothing"
        if found != self.vf.shape:
            raise ValueError(f"array vf of the checkpoint has shape {found}, the problem needs {self.vf.shape}")
        self.vf[...] = arrays["vf"]

    def fields(self) -> dict[str, Array]:
        """Cell fields for pictures and VTK: the velocity, as if steady."""
        factor = self.flow.factor(self.time)
        u, v = self._face_speed["x"] * factor, self._face_speed["y"] * factor
        return {"u": 0.5 * (u[:, 1:] + u[:, :-1]), "v": 0.5 * (v[1:] + v[:-1])}

    def interfaces(self) -> Any:
        """The reconstruction of the fractions as they are now."""
        return self.rec(self.vf)

    def areas(self) -> Array:
        """Area of each material."""
        return np.asarray(self.vf.sum(axis=(1, 2)) * (self.mesh.dx * self.mesh.dy))


def _face_speeds(flow: PrescribedFlow, mesh: Mesh) -> dict[str, Array]:
    """Mean normal velocity of every face from the stream function at its ends: free of divergence to round-off."""
    x0, x1, y0, y1 = mesh.extent
    x, y = np.linspace(x0, x1, mesh.nx + 1), np.linspace(y0, y1, mesh.ny + 1)
    psi = flow.stream_function(x[None, :], y[:, None])
    return {"x": -(psi[1:] - psi[:-1]) / mesh.dy, "y": (psi[:, 1:] - psi[:, :-1]) / mesh.dx}
