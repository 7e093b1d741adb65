"""Random shapes as polygons, so that any flow can carry them and every fraction of them is exact.

Points are dense enough that a flow may stretch them tenfold: see `POINTS`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rng = np.random.Generator

POINTS = 4000  #: along a boundary


def _resampled(corners: Array, points: int = POINTS) -> Array:
    """Points along the closed polygon, its corners among them."""
    closed = np.vstack([corners, corners[:1]])
    length = np.hypot(*np.diff(closed, axis=0).T)
    counts = np.maximum(1, np.round(points * length / length.sum())).astype(int)
    parts = [
        start + (end - start) * (np.arange(n) / n)[:, None]
        for start, end, n in zip(closed[:-1], closed[1:], counts, strict=True)
    ]
    return np.vstack(parts)


def _placed(points: Array, rng: Rng, room: float) -> Array:
    """Turned and shifted at random, inside the unit square by `room`; shrunk where it does not fit."""
    angle = rng.uniform(0, 2 * np.pi)
    c, s = np.cos(angle), np.sin(angle)
    turned = points @ np.array([[c, s], [-s, c]])
    low, high = turned.min(axis=0), turned.max(axis=0)
    free = 1 - 2 * room - (high - low)
    if free.min() < 0:
        turned *= (1 - 2 * room) / (high - low).max()
        low, high = turned.min(axis=0), turned.max(axis=0)
        free = np.maximum(1 - 2 * room - (high - low), 0)
    return np.asarray(turned - low + room + rng.uniform(0, 1, 2) * free)


def ellipse(rng: Rng) -> Array:
    """A circle or an ellipse of up to 1:4."""
    radius = np.exp(rng.uniform(np.log(0.06), np.log(0.35)))
    flat = 1.0 if rng.random() < 0.5 else rng.uniform(0.25, 1)
    angle = 2 * np.pi * (np.arange(POINTS) + 0.5) / POINTS
    grown = np.sqrt(2 * np.pi / POINTS / np.sin(2 * np.pi / POINTS))  # the polygon has the ellipse's area
    return np.stack([radius * grown * np.cos(angle), radius * flat * grown * np.sin(angle)], axis=1)


def wavy(rng: Rng) -> Array:
    """A star with smooth lobes."""
    angle = 2 * np.pi * np.arange(POINTS) / POINTS
    radius = np.ones(POINTS)
    for wave in range(2, 2 + rng.integers(1, 5)):
        radius += rng.normal(0, 0.35 / wave) * np.cos(wave * angle + rng.uniform(0, 2 * np.pi))
    radius = np.maximum(radius, 0.15) * np.exp(rng.uniform(np.log(0.08), np.log(0.3)))
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def wedge(rng: Rng) -> Array:
    """A triangle or quadrilateral: straight sides, corners of 20 to 150 degrees."""
    n = int(rng.integers(3, 6))
    while True:
        gaps = rng.dirichlet(np.full(n, 3.0)) * 2 * np.pi
        if gaps.max() < 0.95 * np.pi:
            break
    angle = np.cumsum(gaps)
    radius = np.exp(rng.uniform(np.log(0.1), np.log(0.4)))
    return _resampled(np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1))


def filament(rng: Rng) -> Array:
    """A bent strip of nearly constant width with round or square ends."""
    n = POINTS // 2
    s = np.linspace(0, 1, n)
    length, width = rng.uniform(0.3, 1.2), np.exp(rng.uniform(np.log(0.006), np.log(0.08)))
    bend = rng.normal(0, 3) + rng.normal(0, 6) * np.cos(np.pi * s * rng.integers(1, 3))
    bend = np.clip(bend, -0.4 / width, 0.4 / width)
    turn = np.cumsum(bend) * length / n
    if np.ptp(turn) > 4:
        turn *= 4 / np.ptp(turn)
    middle = np.cumsum(np.stack([np.cos(turn), np.sin(turn)], axis=1), axis=0) * length / n
    across = np.stack([-np.sin(turn), np.cos(turn)], axis=1)
    half = 0.5 * width * (1 + rng.uniform(0, 0.4) * np.cos(2 * np.pi * s * rng.uniform(0.5, 2)))[:, None]
    if rng.random() < 0.5:  # round ends
        half = half * np.sqrt(np.clip(1 - (2 * s - 1) ** 30, 0, 1))[:, None]
        return np.vstack([middle + half * across, (middle - half * across)[-2:0:-1]])
    return np.vstack([middle + half * across, (middle - half * across)[::-1]])


def slotted(rng: Rng) -> Array:
    """A disc with a slot cut into it."""
    radius = rng.uniform(0.12, 0.35)
    width, depth = radius * rng.uniform(0.15, 0.6), radius * rng.uniform(0.6, 1.6)
    start = np.arcsin(width / 2 / radius)
    angle = np.linspace(start, 2 * np.pi - start, POINTS) - np.pi / 2
    arc = radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    bottom = arc[0, 1] + depth
    slot = _resampled(np.array([[-width / 2, bottom], [width / 2, bottom]]), 400)[:200]
    return np.vstack([arc, slot])


KINDS: dict[str, tuple[float, Callable[[Rng], Array]]] = {
    "ellipse": (0.3, ellipse),
    "wavy": (0.2, wavy),
    "wedge": (0.2, wedge),
    "filament": (0.2, filament),
    "slotted": (0.1, slotted),
}


def random_shape(rng: Rng, room: float = 0.04) -> Array:
    """Corners (n, 2) of a random shape in the unit square, at least `room` from its sides."""
    weights = np.array([weight for weight, _ in KINDS.values()])
    kinds = [make for _, make in KINDS.values()]
    return _placed(kinds[int(rng.choice(len(kinds), p=weights / weights.sum()))](rng), rng, room)
