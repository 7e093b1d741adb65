"""The true region that a reconstruction is judged by, as the centroids that moment-of-fluid asks for."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

import mirhydro as mir
from mirhydro.evaluate.variants import Method, reconstructor
from mirhydro.shapes import Shape

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
Extent = tuple[float, float, float, float]
UNIT: Extent = (0.0, 1.0, 0.0, 1.0)


def mixed(vf: Array) -> Indices:
    """Cells (n, 2) j, i that hold two materials; the threshold is that of `Reconstructor`."""
    return np.asarray(mir.mixed_cells(vf), dtype=np.int64)


def cell_size(vf: Array, extent: Extent) -> Array:
    """Width and height of a cell of the mesh that `vf` (2, ny, nx) lies on."""
    ny, nx = vf.shape[1:]
    return np.array([(extent[1] - extent[0]) / nx, (extent[3] - extent[2]) / ny])


@cache
def _slices() -> tuple[Array, Array]:
    """Places and weights of Gauss-Legendre quadrature on [0, 1], 8 points in each of 8 panels."""
    x, w = np.polynomial.legendre.leggauss(8)
    start = np.arange(8)[:, None]
    return ((start + (x + 1) / 2) / 8).ravel(), np.tile(w / 16, 8)


def centroids(shape: Shape, vf: Array, extent: Extent = UNIT, cells: Indices | None = None) -> Array:
    """Centroids of shape and rest in all mixed cells, or in `cells` (n, 2); .5 elsewhere.

    Returns (2, ny, nx, 2) x, y in the unit cell.

    With A(t) the area of the shape left of t, its first moment is A(1) minus the integral of A. A is exact;
    the quadrature errs by some 1e-6 of a cell at most, where the outline crosses an edge inside a panel.
    Cost: 128 overlaps per mixed cell.
    """
    j, i = (mixed(vf) if cells is None else cells).T
    at, weight = _slices()
    h = cell_size(vf, extent)
    corner = np.array(extent[::2]) + np.stack([i, j], axis=-1) * h
    result = np.full((*vf.shape, 2), 0.5)
    for axis in range(2):
        strips = np.empty((len(j), len(at), 4, 2))
        strips[:] = [[0, 0], [1, 0], [1, 1], [0, 1]]
        strips[..., axis] *= at[:, None]
        points = (corner[:, None, None] + strips * h).reshape(-1, 2)
        offsets = np.arange(0, len(points) + 1, 4)
        left = mir.overlap(shape, points, offsets).reshape(len(j), len(at)) / h.prod()
        inside, rest = vf[:, j, i]
        moment = inside - left @ weight
        result[0, j, i, axis] = np.clip(moment / inside, 0, 1)
        result[1, j, i, axis] = np.clip((0.5 - moment) / rest, 0, 1)
    return result


@cache
def needs_centroids(method: Method) -> bool:
    """Whether the method refuses fractions alone, as moment-of-fluid does."""
    try:
        reconstructor(method)(np.array([[0.0, 0.5, 1.0]] * 3))
    except ValueError as error:
        if "centroids" in str(error):
            return True
        raise
    return False


def reconstruction(method: Method, shape: Shape, vf: Array, extent: Extent = UNIT) -> Any:
    """Reconstruction of `vf` by a method, which gets the shape's exact centroids if it works with them."""
    planned = reconstructor(method)
    if needs_centroids(method):
        return planned(vf, centroids=centroids(shape, vf, extent))
    return planned(vf)
