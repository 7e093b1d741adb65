"""Random shapes, each alone on a patch of 7 x 7 cells, batched into one mesh so that a method is called once.

Seven cells hold a 5 x 5 stencil around every cell of the middle 3 x 3: also a method that shares nodes
with the neighbours of the central cell sees true data only.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

import mirhydro as mir
from mirhydro.evaluate.measures import polygon_areas, polygons_of
from mirhydro.evaluate.truth import Array, Extent, Indices, centroids, needs_centroids
from mirhydro.evaluate.variants import Method, reconstructor
from mirhydro.shapes import Shape

PATCH = 7
AROUND: Extent = (-3.5, 3.5, -3.5, 3.5)  # the central cell is [-.5, .5]^2
_FAR = 100.0  # a wedge is a triangle whose third side is at least 25 cells away

Rng = np.random.Generator


def line(rng: Rng) -> Shape:
    """Half-plane through a point of the central cell, any direction."""
    angle, point = rng.uniform(0, 2 * np.pi), rng.uniform(-0.5, 0.5, 2)
    return mir.HalfPlane(tuple(point), (np.cos(angle), np.sin(angle)))


def _log_uniform(rng: Rng, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def circle(rng: Rng) -> Shape:
    """Circle of radius 2 to 50 cells, uniform in the logarithm, through a point of the central cell."""
    radius, angle, point = _log_uniform(rng, 2, 50), rng.uniform(0, 2 * np.pi), rng.uniform(-0.5, 0.5, 2)
    return mir.Circle(tuple(point - radius * np.array([np.cos(angle), np.sin(angle)])), radius)


def corner(rng: Rng) -> Shape:
    """Wedge of half opening 20 to 75 degrees with its apex in [-.8, .8]^2, any direction."""
    apex, angle = rng.uniform(-0.8, 0.8, 2), rng.uniform(0, 2 * np.pi)
    half = np.radians(rng.uniform(20, 75))
    sides = angle + np.array([-half, half])
    far = apex + _FAR * np.stack([np.cos(sides), np.sin(sides)], axis=-1)
    return mir.Polygon([tuple(apex), *map(tuple, far)])


def filament(rng: Rng) -> Shape:
    """Band .3 to 2 cells wide along a circle of radius 3 to 50, one of its sides through the central cell."""
    radius, width = _log_uniform(rng, 3, 50), rng.uniform(0.3, 2.0)
    angle, point, side = rng.uniform(0, 2 * np.pi), rng.uniform(-0.5, 0.5, 2), rng.choice([-0.5, 0.5])
    centre = tuple(point - (radius + side * width) * np.array([np.cos(angle), np.sin(angle)]))
    return mir.Circle(centre, radius + width / 2) - mir.Circle(centre, radius - width / 2)


KINDS: dict[str, Callable[[Rng], Shape]] = {
    "line": line,
    "circle": circle,
    "corner": corner,
    "filament": filament,
}


class Samples(NamedTuple):
    """One shape per patch, and their fractions (2, 7 rows, 7 columns) on the common mesh."""

    shapes: list[Shape]
    vf: Array

    @property
    def centre(self) -> Indices:
        """j, i of the central cell of each patch, (n, 2)."""
        columns = self.vf.shape[2] // PATCH
        place = np.stack(np.divmod(np.arange(len(self.shapes)), columns), axis=-1)
        return place * PATCH + PATCH // 2

    def inside(self, points: Array, offsets: Indices) -> Array:
        """Overlap of polygons given around their patch's centre, in equal blocks, one block per patch."""
        block = (len(offsets) - 1) // len(self.shapes)
        area = np.empty(len(offsets) - 1)
        for k, shape in enumerate(self.shapes):
            own = offsets[k * block : (k + 1) * block + 1]
            area[k * block : (k + 1) * block] = mir.overlap(shape, points[own[0] : own[-1]], own - own[0])
        return area


@lru_cache(maxsize=8)
def samples(kind: str, count: int, seed: int) -> Samples:
    """`count` shapes of one kind whose central cell is mixed, fraction in (1e-3, 1 - 1e-3)."""
    rng = np.random.default_rng([seed, list(KINDS).index(kind)])
    columns = int(np.ceil(np.sqrt(count)))
    rows = -(-count // columns)
    vf = np.zeros((2, rows * PATCH, columns * PATCH))
    vf[1] = 1.0  # patches left over at the end are empty
    shapes: list[Shape] = []
    while len(shapes) < count:
        shape = KINDS[kind](rng)
        patch = mir.volume_fractions([shape], PATCH, PATCH, AROUND)
        if 1e-3 < patch[0, PATCH // 2, PATCH // 2] < 1 - 1e-3:
            j, i = np.array(divmod(len(shapes), columns)) * PATCH
            vf[:, j : j + PATCH, i : i + PATCH] = patch
            shapes.append(shape)
    return Samples(shapes, vf)


def sample_centroids(cases: Samples) -> Array:
    """Centroids (2, ny, nx, 2) of shape and rest in the central cell of every patch."""
    centre = np.full((1, 2), PATCH // 2)
    result = np.full((*cases.vf.shape, 2), 0.5)
    for shape, (j, i) in zip(cases.shapes, cases.centre - PATCH // 2, strict=True):
        at = np.s_[:, j : j + PATCH, i : i + PATCH]
        result[at] = centroids(shape, cases.vf[at], AROUND, centre)
    return result


def misplaced_in_samples(method: Method, cases: Samples) -> Array:
    """Misplaced area in the central cell of each patch, (n,), in cell areas."""
    planned = reconstructor(method)
    r = planned(cases.vf, centroids=sample_centroids(cases)) if needs_centroids(method) else planned(cases.vf)
    points, offsets, row = polygons_of(r, material=0)
    area = polygon_areas(points, offsets)
    j, i = cases.centre.T
    wanted = r.index[j, i]
    first, last = np.searchsorted(row, wanted), np.searchsorted(row, wanted, side="right")
    misplaced = cases.vf[0, j, i].copy()
    for k, shape in enumerate(cases.shapes):
        own = offsets[first[k] : last[k] + 1]
        local = points[own[0] : own[-1]] - (i[k] + 0.5, j[k] + 0.5)
        misplaced[k] += (area[first[k] : last[k]] - 2 * mir.overlap(shape, local, own - own[0])).sum()
    return np.maximum(misplaced, 0.0)
