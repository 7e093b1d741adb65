"""What is measured on a reconstruction: misplaced area, and jumps of the interface at cell faces."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import mirhydro as mir
from mirhydro.evaluate.truth import UNIT, Array, Extent, Indices, cell_size, reconstruction
from mirhydro.evaluate.variants import Method
from mirhydro.shapes import Shape


def polygon_areas(points: Array, offsets: Indices) -> Array:
    """Area of each polygon, (q,), positive when counter-clockwise."""
    following = np.arange(1, len(points) + 1)
    following[offsets[1:] - 1] = offsets[:-1]
    # Relative to each polygon's first point: far from the origin the products would cancel.
    p = points - np.repeat(points[offsets[:-1]], np.diff(offsets), axis=0)
    q = p[following]
    return 0.5 * np.add.reduceat(p[:, 0] * q[:, 1] - q[:, 0] * p[:, 1], offsets[:-1])


def misplaced_areas(r: Any, shape: Shape, vf: Array, extent: Extent = UNIT, material: int = 0) -> Array:
    """Area of the symmetric difference of reconstructed and true region in each mixed cell, (n,), cell areas.

    |P| + |Q| - 2 |P and Q| with P the polygons of `material` and Q its shape, whose area is `vf[material]`. Exact,
    because the polygons are convex and `overlap` is exact; round-off is about 1e-15.
    """
    h = cell_size(vf, extent)
    points, offsets, cell = polygons_of(r, material)
    there = mir.overlap(shape, np.array(extent[::2]) + points * h, offsets) / h.prod()
    misplaced = polygon_areas(points, offsets) - 2 * there
    j, i = r.cells.T
    return np.maximum(vf[material, j, i] + np.bincount(cell, misplaced, minlength=len(r)), 0.0)


def polygons_of(r: Any, material: int) -> tuple[Array, Indices, Indices]:
    """Points (p, 2), offsets (q + 1,) and row (q,) of the polygons of one material, in order of rows."""
    every = r.polygons()
    chosen = np.flatnonzero(every.material == material)
    chosen = chosen[np.argsort(every.cell[chosen], kind="stable")]
    start, count = every.offsets[chosen], np.diff(every.offsets)[chosen]
    offsets = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    take = np.repeat(start - offsets[:-1], count) + np.arange(offsets[-1])
    return every.points[take], offsets, every.cell[chosen].astype(np.int64)


def misplaced_area(method: Method, shape: Shape, n: int, extent: Extent = UNIT) -> float:
    """Area whose material is wrong when `method` sees only the fractions of `shape` on n x n cells.

    Parameters
    ----------
    method : str or Variant
        One of ``mir.methods()``, or one with options of its own; moment-of-fluid also sees the exact centroids.
    shape : Circle, Ellipse, Polygon, HalfPlane, or several joined by | & - ~
        What `mir.overlap` measures exactly.
    n : int
        Cells along each side of `extent`.
    extent : (x0, x1, y0, y1)

    Returns
    -------
    float
        Sum over all cells of the area of the symmetric difference, in the units of `extent`.

    """
    vf = mir.volume_fractions([shape], n, n, extent)
    r = reconstruction(method, shape, vf, extent)
    return float(misplaced_areas(r, shape, vf, extent).sum() * cell_size(vf, extent).prod())


class FaceJumps(NamedTuple):
    """Jumps in cells, one per pair of points that meet; faces that only one side reaches; faces looked at."""

    jumps: Array
    unmatched: int
    faces: int


def face_jumps(ends: Array, row: Indices, cells: Indices, shape: tuple[int, int]) -> FaceJumps:
    """Compare where the interfaces of two neighbouring mixed cells meet the face between them.

    Parameters
    ----------
    ends : array, (s, 2, 2)
        Ends of interface pieces, x, y in index space.
    row : array, (s,)
        Row in `cells` of the cell of each piece.
    cells : array, (n, 2)
        j, i of the mixed cells.
    shape : (ny, nx)

    Points on a face are paired in order along it; a face where the two sides have different numbers of
    points counts once as unmatched.

    """
    is_mixed = np.zeros(shape, dtype=bool)
    is_mixed[tuple(cells.T)] = True
    points, owner = ends.reshape(-1, 2), np.repeat(cells[row], 2, axis=0)
    found = [_jumps_along(axis, points, owner, is_mixed) for axis in (0, 1)]
    return joined(found)


def joined(found: list[FaceJumps]) -> FaceJumps:
    """All jumps in one array, the faces added up."""
    jumps = np.concatenate([f.jumps for f in found])
    return FaceJumps(jumps, sum(f.unmatched for f in found), sum(f.faces for f in found))


def _jumps_along(axis: int, points: Array, owner: Indices, is_mixed: NDArray[np.bool_]) -> FaceJumps:
    """Jumps over the faces whose normal is x (axis 0) or y (axis 1)."""
    along = is_mixed if axis == 0 else is_mixed.T
    both = along[:, :-1] & along[:, 1:]
    across, cell, other = points[:, axis], owner[:, 1 - axis], owner[:, axis]
    sides = []
    for high in (0, 1):  # the points on the low, then on the high face of their own cell
        face = cell + high - 1  # face k lies between cells k and k + 1
        there = (np.abs(across - (cell + high)) < 1e-9) & (face >= 0) & (face < both.shape[1])
        line, face, place = other[there], face[there], points[there, 1 - axis]
        keep = both[line, face]
        sides.append(_keyed(line[keep] * both.shape[1] + face[keep], place[keep]))
    (right, right_at), (left, left_at) = sides
    _, a, b = np.intersect1d(left, right, return_indices=True)
    alone = np.setxor1d(left, right) // _MOST
    return FaceJumps(np.abs(left_at[a] - right_at[b]), len(np.unique(alone)), int(both.sum()))


_MOST = 64  # points of one cell on one face; lines have one


def _keyed(face: Indices, place: Array) -> tuple[Indices, Array]:
    """Keys face * 64 + rank of the place among those on the face, and the places in that order."""
    order = np.lexsort((place, face))
    face, place = face[order], place[order]
    first = np.searchsorted(face, face)
    return face * _MOST + np.arange(len(face)) - first, place
