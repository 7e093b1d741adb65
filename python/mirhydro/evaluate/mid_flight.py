"""A reversing flow stopped where it turns, and judged by the exact shape there.

Errors that undo themselves on the way back are forgiven by the distance from the start; not by this one.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

import mirhydro as mir
from mirhydro.evaluate import flows
from mirhydro.evaluate.advection import advect
from mirhydro.evaluate.flows import vortex
from mirhydro.evaluate.layout import Figures
from mirhydro.evaluate.truth import Array
from mirhydro.evaluate.variants import Method

POINTS, STEPS = 40_000, 100  #: of the traced boundary, steps per unit of time; twice and half as many: see `fractions`


def vortex_velocity(x: Array, y: Array) -> tuple[Array, Array]:
    """Of `flows.vortex` before its modulation: u = -dpsi/dy, v = dpsi/dx."""
    u = -(np.sin(np.pi * x) ** 2) * np.sin(2 * np.pi * y)
    v = np.sin(2 * np.pi * x) * np.sin(np.pi * y) ** 2
    return u, v


def traced(
    disc: mir.Circle, duration: float, start: float, end: float, points: int = POINTS, steps: int | None = None
) -> Array:
    """Boundary of a disc, (points, 2), carried by the vortex of that `duration` from one time to another.

    The polygon has the disc's area: its corners lie outside the circle by the little that its sides cut off.
    `steps`: 100 per unit of time, unless told otherwise.
    Classical Runge-Kutta of order four. Cost: 4 * steps velocities per point.
    """
    steps = steps or max(1, round(STEPS * abs(end - start)))
    turn = 2 * np.pi / points
    angle = turn * (np.arange(points) + 0.5)
    radius = disc.radius * np.sqrt(turn / np.sin(turn))
    corners = np.array(disc.center)[:, None] + radius * np.stack([np.cos(angle), np.sin(angle)])
    return carried(corners, duration, start, end, steps).T


def carried(place: Array, duration: float, start: float, end: float, steps: int) -> Array:
    """Points (2, n) moved with the vortex; `end` may lie before `start`."""

    def velocity(t: float, at: Array) -> Array:
        moved: Array = np.cos(np.pi * t / duration) * np.stack(vortex_velocity(at[0], at[1]))
        return moved

    return flows.carried(velocity, place, start, end, steps)


@lru_cache(maxsize=4)
def shape_at_half(duration: float) -> mir.Polygon:
    """The disc of `flows.vortex` at the time at which the flow turns."""
    disc = vortex(duration).shape
    assert isinstance(disc, mir.Circle)
    return mir.Polygon(traced(disc, duration, 0.0, duration / 2))


@lru_cache(maxsize=16)
def fractions(duration: float, n: int) -> Array:
    """Exact fractions (n, n) of `shape_at_half`.

    Twice the points and steps change sum abs(f) h^2 by 6e-8 at T = 8, N = 32, half of them by 3e-7; at T = 2 by less
    than 1e-8. The figures of the tables are 1e-5 and more.
    """
    return mir.volume_fractions([shape_at_half(duration)], n, n)[0]


def mid_flight(method: Method, duration: float, n: int) -> Figures:
    """Half of the single vortex on n x n cells, by the steps of the whole one, against the exact shape."""
    flow = vortex(duration)
    end = advect(method, replace(flow, duration=flow.duration / 2), n)
    return {
        "error": float(abs(end.after - fractions(duration, n)).sum()) / n**2,
        "mass": end.mass,
        "outside": max(0.0, -end.lowest, end.highest - 1.0),
        "steps": float(end.steps),
        "ms": 1e3 * end.seconds,
    }
