"""What is rare in a field, often: corners, thin and ending filaments, drops, each alone on a patch of 9 x 9 cells.

Patches lie side by side in one field. Only the middle 3 x 3 cells of a patch count: they and the neighbours with which
they share nodes see nothing of the next patch.
"""

from __future__ import annotations

import numpy as np

import mirhydro as mir
from mirhydro.shapes import Shape
from mirhydro.train.shapes import Array, Rng
from mirhydro.train.snapshots import SUB_CELLS, Snapshot, mixed

PATCH, ACROSS = 9, 6  #: cells along a patch, patches along a mosaic
_FAR = 200.0


def _direction(rng: Rng) -> Array:
    angle = rng.uniform(0, 2 * np.pi)
    return np.array([np.cos(angle), np.sin(angle)])


def _wedge(rng: Rng) -> Shape:
    """A corner of 20 to 170 degrees near the middle."""
    apex, angle, half = rng.uniform(-1.5, 1.5, 2), rng.uniform(0, 2 * np.pi), np.radians(rng.uniform(10, 85))
    sides = angle + np.array([-half, half])
    far = apex + _FAR * np.stack([np.cos(sides), np.sin(sides)], axis=-1)
    return mir.Polygon([tuple(apex), *map(tuple, far)])


def _ring(rng: Rng) -> tuple[Shape, Array, Array]:
    """A band along a circle through the middle, that point, and the direction along the band there."""
    radius, width = np.exp(rng.uniform(np.log(2.0), np.log(60))), np.exp(rng.uniform(np.log(0.15), np.log(2.5)))
    point, across = rng.uniform(-1, 1, 2), _direction(rng)
    centre = tuple(point - radius * across)
    band = mir.Circle(centre, radius + width / 2) - mir.Circle(centre, max(radius - width / 2, 1e-3))
    return band, point, np.array([-across[1], across[0]])


def _filament(rng: Rng) -> Shape:
    return _ring(rng)[0]


def _end(rng: Rng) -> Shape:
    """A filament cut off near the middle, square."""
    band, point, along = _ring(rng)
    return band - mir.HalfPlane(tuple(point), tuple(along))


def _circle(rng: Rng) -> Shape:
    """From drops of half a cell to nearly straight lines."""
    radius, point = np.exp(rng.uniform(np.log(0.4), np.log(60))), rng.uniform(-1, 1, 2)
    return mir.Circle(tuple(point - radius * _direction(rng)), radius)


def _slot(rng: Rng) -> Shape:
    """A half-plane with a slot, or a step, near the middle."""
    point, out = rng.uniform(-1, 1, 2), _direction(rng)
    along = np.array([-out[1], out[0]])
    width, depth = rng.uniform(0.3, 3), rng.uniform(0.3, 4)
    low, high = -width / 2, width / 2 if rng.random() < 0.6 else _FAR
    ends = ((low, _FAR), (high, _FAR), (high, -depth), (low, -depth))
    cut = mir.Polygon([tuple(point + x * along + y * out) for x, y in ends])
    return mir.HalfPlane(tuple(point), tuple(out)) - cut


KINDS = (_wedge, _wedge, _wedge, _filament, _filament, _end, _circle, _slot)


def mosaic(rng: Rng, noise: float = 0.02) -> Snapshot:
    """Random patches; half of them with noise, mostly little, on the fractions of their mixed cells."""
    n = PATCH * ACROSS
    vf, fine = np.zeros((n, n)), np.zeros((n * SUB_CELLS, n * SUB_CELLS))
    half = PATCH / 2
    for row in range(ACROSS):
        for column in range(ACROSS):
            shape = KINDS[int(rng.integers(len(KINDS)))](rng)
            extent = (-half, half, -half, half)
            own = mir.volume_fractions([shape], PATCH, PATCH, extent)[0].copy()
            parts = mir.volume_fractions([shape], PATCH * SUB_CELLS, PATCH * SUB_CELLS, extent)[0]
            if rng.random() < 0.5:
                own, parts = 1 - own, 1 - parts
            if rng.random() < 0.5:
                own += ((own > 1e-4) & (own < 1 - 1e-4)) * rng.normal(0, noise * rng.random() ** 3, own.shape)
            at = np.s_[PATCH * row : PATCH * (row + 1), PATCH * column : PATCH * (column + 1)]
            vf[at] = np.clip(own, 0, 1)
            many = PATCH * SUB_CELLS
            fine[many * row : many * (row + 1), many * column : many * (column + 1)] = parts
    found = mixed(vf, fine)
    place = found.cells % PATCH - PATCH // 2
    return Snapshot(found.vf, found.cells, found.truth, np.asarray((abs(place) <= 1).all(axis=1)))
