"""Random points where three or four materials meet, each alone on a patch of 7 x 7 cells, batched into one mesh.

Straight sectors meet in a point of a patch's central cell. What a sector owns of that cell is a fan of triangles
from the point, so that truth and reconstruction are compared in one call of `Reconstruction.clip`: no raster.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

import mirhydro as mir
from mirhydro.evaluate.samples import AROUND, PATCH
from mirhydro.evaluate.truth import Array, Indices, needs_centroids
from mirhydro.evaluate.variants import Method, reconstructor

_FAR = 100.0  # a sector's rim, a polygon of chords below 1.2 rad, is at least 82 cells away
LEAST = 0.03  #: every material has more than that of the central cell
_CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])


class Sectors(NamedTuple):
    """Points (n, 2) in the unit cell, and the angles (n, nmat + 1) at which sectors start; the last closes the turn."""

    apex: Array
    starts: Array

    def fans(self) -> tuple[Array, Indices]:
        """Triangles (n, nmat + 4, 3, 2) that make up the unit cell, and the sector (n, nmat + 4) of each."""
        nmat = self.starts.shape[1] - 1
        rays = np.stack([np.cos(self.starts[:, :-1]), np.sin(self.starts[:, :-1])], axis=-1)
        apex = self.apex[:, None]
        length = (((rays > 0) - apex) / rays).min(axis=-1, keepdims=True)  # to the nearer of the two sides ahead
        corner = np.broadcast_to(_CORNERS, (len(self.apex), 4, 2))
        rim = np.concatenate([apex + length * rays, corner], axis=1)
        towards = corner - apex
        turn = np.arctan2(towards[..., 1], towards[..., 0]) - self.starts[:, :1]
        angle = np.concatenate([self.starts[:, :-1] - self.starts[:, :1], turn % (2 * np.pi)], axis=1)
        around = np.argsort(angle, axis=1)  # the first sector's ray comes first, so sectors are counted from there
        rim = np.take_along_axis(rim, around[..., None], axis=1)
        fans = np.stack([np.broadcast_to(apex, rim.shape), rim, np.roll(rim, -1, axis=1)], axis=2)
        return np.clip(fans, 0, 1), np.cumsum(around < nmat, axis=1) - 1

    def patch(self, k: int) -> Array:
        """Fractions (nmat, 7, 7) of the k-th patch."""
        apex, starts = self.apex[k] - 0.5, self.starts[k]
        wedges = []
        for low, high in pairwise(starts[:-1]):  # the last material is what the others leave
            angle = np.linspace(low, high, 4)[:, None]
            wedges.append(mir.Polygon([apex, *(apex + _FAR * np.hstack([np.cos(angle), np.sin(angle)]))]))
        return mir.volume_fractions(wedges, PATCH, PATCH, AROUND)


class Points(NamedTuple):
    """Fractions (nmat, 7 rows, 7 columns) of all patches, j, i (n, 2) of their central cells, the truth there."""

    sectors: Sectors
    vf: Array
    centre: Indices
    triangles: Array
    sector: Indices

    def centroids(self) -> Array:
        """Exact centroids (nmat, ny, nx, 2) in the central cells, the middle elsewhere."""
        result = np.full((*self.vf.shape, 2), 0.5)
        area = triangle_areas(self.triangles)
        moment = area[..., None] * self.triangles.mean(axis=2)
        for m in range(len(self.vf)):
            own = self.sector == m
            mean = np.where(own[..., None], moment, 0).sum(axis=1) / np.where(own, area, 0).sum(axis=1)[:, None]
            result[m, self.centre[:, 0], self.centre[:, 1]] = mean
        return result


def triangle_areas(triangles: Array) -> Array:
    """Areas (...,) of counter-clockwise triangles (..., 3, 2)."""
    a, b = triangles[..., 1, :] - triangles[..., 0, :], triangles[..., 2, :] - triangles[..., 0, :]
    area: Array = 0.5 * (a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])
    return area


def sector_areas(triangles: Array, sector: Indices, nmat: int) -> Array:
    """Area (n, nmat) of each sector in the unit cell."""
    area = triangle_areas(triangles)
    return np.stack([np.where(sector == m, area, 0).sum(axis=1) for m in range(nmat)], axis=1)


@lru_cache(maxsize=8)
def random_points(nmat: int, count: int, seed: int) -> Points:
    """`count` points, uniform in the cell, sectors of widths (.6 + uniform) / sum, turned at random.

    Cells in which a material has less than .03 are left out.
    """
    rng = np.random.default_rng([seed, nmat])
    drawn = 2 * count if nmat == 3 else 3 * count  # three of four, and half of them, have enough of every material
    width = 0.6 + rng.uniform(size=(drawn, nmat))
    turn = np.cumsum(width, axis=1) * (2 * np.pi / width.sum(axis=1, keepdims=True))
    first = rng.uniform(0, 2 * np.pi, (drawn, 1))
    every = Sectors(rng.uniform(size=(drawn, 2)), np.hstack([first, first + turn]))
    kept = np.flatnonzero((sector_areas(*every.fans(), nmat) > LEAST).all(axis=1))[:count]
    if len(kept) < count:
        raise RuntimeError(f"{len(kept)} of {drawn} points have .03 of every material: {count} are needed")
    chosen = Sectors(every.apex[kept], every.starts[kept])
    columns = int(np.ceil(np.sqrt(count)))
    place = np.stack(np.divmod(np.arange(count), columns), axis=-1) * PATCH
    vf = np.zeros((nmat, -(-count // columns) * PATCH, columns * PATCH))
    vf[0] = 1.0  # patches left over at the end are pure
    for k, (j, i) in enumerate(place):
        vf[:, j : j + PATCH, i : i + PATCH] = chosen.patch(k)
    return Points(chosen, vf, place + PATCH // 2, *chosen.fans())


def misassigned(method: Method, cases: Points, order: str | Sequence[int] = "auto") -> Array:
    """Area (n,) of the central cells that is given to a wrong material, in cell areas.

    It is half the sum over the materials of the symmetric differences.
    """
    planned = reconstructor(method, order=order)
    r = planned(cases.vf, centroids=cases.centroids()) if needs_centroids(method) else planned(cases.vf)
    count, each = cases.sector.shape
    shared = r.clip(cases.triangles.reshape(-1, 3, 2), np.repeat(cases.centre, each, axis=0))[..., 0]
    right = np.take_along_axis(shared, cases.sector.reshape(-1, 1), axis=1).reshape(count, each).sum(axis=1)
    return np.maximum(1.0 - right, 0.0)
