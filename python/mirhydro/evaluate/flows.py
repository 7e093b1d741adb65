"""Prescribed flows on the unit square, each with the shape it carries away and brings back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import mirhydro as mir
from mirhydro.evaluate.truth import Array
from mirhydro.shapes import Shape

Scalar = Callable[[float], float]


def face_velocities(psi: Callable[[Array, Array], Array], n: int) -> tuple[Array, Array]:
    """Mean velocity of a stream function through each face, u (n, n + 1) and v (n + 1, n); discretely solenoidal."""
    node = np.linspace(0, 1, n + 1)
    at_nodes = psi(node[None, :], node[:, None]) + np.zeros((n + 1, n + 1))
    return -n * np.diff(at_nodes, axis=0), n * np.diff(at_nodes, axis=1)


def carried(velocity: Callable[[float, Array], Array], place: Array, start: float, end: float, steps: int) -> Array:
    """Points moved with velocity(time, points); `end` may lie before `start`. Classical Runge-Kutta of order four."""
    dt = (end - start) / steps
    for k in range(steps):
        t = start + k * dt
        a = velocity(t, place)
        b = velocity(t + dt / 2, place + dt / 2 * a)
        c = velocity(t + dt / 2, place + dt / 2 * b)
        d = velocity(t + dt, place + dt * c)
        place = place + dt / 6 * (a + 2 * b + 2 * c + d)
    return place


@dataclass(frozen=True)
class Flow:
    """A stream function psi with u = -dpsi/dy, v = dpsi/dx, times a function of time.

    `speed` is the largest component of the velocity; `duration` the time at which the shape is back where it
    began; `boundary` the rule of `Reconstructor`.
    """

    shape: Shape
    psi: Callable[[Array, Array], Array]
    speed: float
    duration: float
    modulation: Scalar = lambda t: 1.0
    boundary: str = "mirror"

    def face_velocities(self, n: int) -> tuple[Array, Array]:
        """Mean velocity through each face, u (n, n + 1) and v (n + 1, n)."""
        return face_velocities(self.psi, n)

    def steps(self, n: int, cfl: float) -> int:
        """Number of equal steps in which the fastest face moves at most `cfl` cells each."""
        return int(np.ceil(self.duration * self.speed * n / cfl - 1e-9))


def _disc(x: float, y: float, radius: float) -> Shape:
    return mir.Circle((x, y), radius)


def vortex(duration: float) -> Flow:
    """Single vortex that stretches a disc and returns. Source: Rider & Kothe, JCP 141 (1998) 112."""
    return Flow(
        shape=_disc(0.5, 0.75, 0.15),
        psi=lambda x, y: np.sin(np.pi * x) ** 2 * np.sin(np.pi * y) ** 2 / np.pi,
        speed=1.0,
        duration=duration,
        modulation=lambda t: float(np.cos(np.pi * t / duration)),
    )


def deformation() -> Flow:
    """Sixteen vortices tear a disc and return, T = 2. Sources: Smolarkiewicz 1982; Rider & Kothe 1998."""
    wave = 4 * np.pi
    return Flow(
        shape=_disc(0.5, 0.5, 0.15),
        psi=lambda x, y: np.sin(wave * (x + 0.5)) * np.cos(wave * (y + 0.5)) / wave,
        speed=1.0,
        duration=2.0,
        modulation=lambda t: float(np.cos(np.pi * t / 2)),
        boundary="periodic",
    )


def _rotation(shape: Shape) -> Flow:
    """One revolution about the middle of the square; the fastest faces are those of its rim."""
    return Flow(
        shape=shape,
        psi=lambda x, y: np.pi * ((x - 0.5) ** 2 + (y - 0.5) ** 2),
        speed=np.pi,
        duration=1.0,
    )


def zalesak() -> Flow:
    """Disc with a slot .05 wide and .25 deep, one revolution. Source: Zalesak, JCP 31 (1979) 335."""
    slot = mir.Polygon([(0.475, 0.5), (0.525, 0.5), (0.525, 0.85), (0.475, 0.85)])
    return _rotation(mir.Circle((0.5, 0.75), 0.15) - slot)


def rotation() -> Flow:
    """Disc of radius .15, one revolution about the middle of the square."""
    return _rotation(_disc(0.5, 0.75, 0.15))


def translation() -> Flow:
    """Disc of radius .25, once through the periodic square along (1, 1/2), twice along x."""
    return Flow(
        shape=_disc(0.5, 0.5, 0.25),
        psi=lambda x, y: 0.5 * x - y,
        speed=1.0,
        duration=2.0,
        boundary="periodic",
    )


def shear(n: int, steps: int, cfl: float) -> Flow:
    """Rudman's shear flow: `steps` forward, as many back, on n x n cells; his box of side pi is scaled to 1.

    Source: Rudman, Int. J. Numer. Meth. Fluids 24 (1997) 671, section on shearing flow.
    """
    half = steps * cfl / n
    return Flow(
        shape=_disc(0.5, (1 + np.pi) / (5 * np.pi), 0.2),
        psi=lambda x, y: -np.sin(np.pi * x) * np.sin(np.pi * y) / np.pi,
        speed=1.0,
        duration=2 * half,
        modulation=lambda t: 1.0 if t < half else -1.0,
    )
