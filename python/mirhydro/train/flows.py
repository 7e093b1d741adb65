"""Random solenoidal flows in the unit square, with walls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mirhydro.evaluate import flows
from mirhydro.train.shapes import Array, Rng

TRACE_STEPS = 32  #: of Runge-Kutta per unit of time


@dataclass(frozen=True)
class RandomFlow:
    """psi = sum of amplitude sin(pi m x) sin(pi n y), u = -dpsi/dy, v = dpsi/dx; its largest speed is about 1.

    `duration` of the way there and back, on which the flow turns by cos(pi t / duration).
    """

    amplitude: Array
    m: Array
    n: Array
    duration: float

    def psi(self, x: Array, y: Array) -> Array:
        waves = np.sin(np.pi * self.m * x[..., None]) * np.sin(np.pi * self.n * y[..., None])
        return np.asarray(waves @ self.amplitude)

    def modulation(self, t: float) -> float:
        return float(np.cos(np.pi * t / self.duration))

    def velocity(self, t: float, place: Array) -> Array:
        """At points (n, 2)."""
        sines, cosines = _multiples(np.pi * place)
        u, v = np.zeros(len(place)), np.zeros(len(place))
        for a, m, n in zip(self.amplitude, self.m.astype(int), self.n.astype(int), strict=True):
            u -= (a * np.pi * n) * sines[m][:, 0] * cosines[n][:, 1]
            v += (a * np.pi * m) * cosines[m][:, 0] * sines[n][:, 1]
        return self.modulation(t) * np.stack([u, v], axis=1)

    def face_velocities(self, n: int) -> tuple[Array, Array]:
        """Mean velocity through each face, u (n, n + 1) and v (n + 1, n)."""
        return flows.face_velocities(self.psi, n)

    def carried(self, place: Array, start: float, end: float) -> Array:
        """Points (n, 2) moved with the flow, by `TRACE_STEPS` steps per unit of time."""
        return flows.carried(self.velocity, place, start, end, max(1, int(np.ceil(TRACE_STEPS * (end - start)))))


def _multiples(angle: Array) -> tuple[list[Array], list[Array]]:
    """Sines and cosines of 0, 1, 2 and 3 times an angle."""
    s, c = np.sin(angle), np.cos(angle)
    sines, cosines = [np.zeros_like(s), s], [np.ones_like(c), c]
    for _ in range(2):
        sines.append(2 * c * sines[-1] - sines[-2])
        cosines.append(2 * c * cosines[-1] - cosines[-2])
    return sines, cosines


def random_flow(rng: Rng) -> RandomFlow:
    """One to four modes of wave numbers up to 3, the low ones stronger."""
    count = int(rng.integers(1, 5))
    m, n = rng.integers(1, 4, count).astype(float), rng.integers(1, 4, count).astype(float)
    amplitude = rng.normal(0, 1, count) / np.hypot(m, n) ** 1.5
    duration = float(np.exp(rng.uniform(np.log(0.7), np.log(6))))
    flow = RandomFlow(amplitude, m, n, duration)
    u, v = flow.face_velocities(48)
    largest = max(abs(u).max(), abs(v).max())
    return RandomFlow(amplitude / largest, m, n, duration)
