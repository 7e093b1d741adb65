"""The floor of every method that draws one straight line per cell: the best line with the right volume."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from mirhydro.evaluate.measures import polygon_areas
from mirhydro.evaluate.truth import Array, Indices

Overlaps = Callable[[Array, Indices], Array]
_CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])


def plane_constant(mx: Array, my: Array, vf: Array) -> Array:
    """Alpha of the line mx*x + my*y = alpha that cuts area vf from the unit square; normals of any sign.

    Source: Scardovelli & Zaleski, J. Comput. Phys. 164 (2000) 228.
    """
    low, high = np.minimum(abs(mx), abs(my)), np.maximum(abs(mx), abs(my))
    part = np.minimum(vf, 1 - vf)
    alpha = np.where(2 * part * high < low, np.sqrt(2 * part * low * high), part * high + low / 2)
    return np.where(vf > 0.5, low + high - alpha, alpha) + np.minimum(mx, 0) + np.minimum(my, 0)


class HalfSquares(NamedTuple):
    """Unit squares cut by lines: polygons below the lines, and the lines' ends (q, 2, 2), NaN for no line."""

    points: Array
    offsets: Indices
    ends: Array


def half_squares(angle: Array, vf: Array) -> HalfSquares:
    """Part of area vf of the unit square on the side that the normal (cos, sin)(angle) points away from."""
    normal = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    depth = normal @ _CORNERS.T - plane_constant(normal[:, 0], normal[:, 1], vf)[:, None]
    following = np.roll(depth, -1, axis=1)
    crosses = (depth <= 0) != (following <= 0)
    share = np.where(crosses, depth / np.where(crosses, depth - following, 1), 0)
    points = np.empty((len(angle), 8, 2))  # each corner, then the point on the side that follows it
    points[:, ::2] = _CORNERS
    points[:, 1::2] = _CORNERS + share[..., None] * (np.roll(_CORNERS, -1, axis=0) - _CORNERS)
    used = np.empty((len(angle), 8), dtype=bool)
    used[:, ::2], used[:, 1::2] = depth <= 0, crosses
    ends = np.full((len(angle), 2, 2), np.nan)
    cut = crosses.sum(axis=1) == 2
    ends[cut] = points[:, 1::2][crosses & cut[:, None]].reshape(-1, 2, 2)
    return HalfSquares(points[used], np.concatenate([[0], np.cumsum(used.sum(axis=1))]), ends)


class BestLines(NamedTuple):
    """Misplaced area (n,) in cell areas, and the angle (n,) of the normal, of the best line of each cell."""

    misplaced: Array
    angle: Array


def best_lines(inside: Overlaps, corner: Array, vf: Array, scan: int = 72, rounds: int = 9) -> BestLines:
    """Minimise the exact symmetric difference over the angle; the volume fixes the plane constant.

    Parameters
    ----------
    inside : function of points (p, 2), offsets (q + 1,)
        Area of each polygon in the true region; the polygons come in equal blocks, one block per cell.
    corner : array, (n, 2)
        Lower left corner of each cell, x, y in index space.
    vf : array, (n,)
        True fractions.
    scan, rounds : int
        Angles looked at first, all around; then that many rounds of 9 angles around the best, each round four
        times narrower (2e-7 rad after nine).

    Cost: scan + 9 * rounds overlaps per cell.

    """

    def misplaced(angle: Array) -> Array:
        count = angle.shape[1]
        cut = half_squares(angle.ravel(), np.repeat(vf, count))
        # Cells may be listed with any corners, so each polygon is moved to its own cell.
        shift = np.repeat(np.repeat(corner, count, axis=0), np.diff(cut.offsets), axis=0)
        area = polygon_areas(cut.points, cut.offsets) - 2 * inside(cut.points + shift, cut.offsets)
        return vf[:, None] + area.reshape(angle.shape)

    angle = np.broadcast_to(np.linspace(0, 2 * np.pi, scan, endpoint=False), (len(vf), scan))
    width = 2 * np.pi / scan
    for _ in range(rounds + 1):
        found = misplaced(angle)
        best = found.argmin(axis=1)
        rows = np.arange(len(vf))
        least, centre = found[rows, best], angle[rows, best]
        angle = centre[:, None] + width * np.linspace(-1, 1, 9)
        width /= 4
    return BestLines(np.maximum(least, 0), centre)


def line_ends(lines: BestLines, corner: Array, vf: Array) -> tuple[Array, Indices]:
    """Ends (s, 2, 2) in index space and row (s,) of the lines, as `face_jumps` takes them."""
    ends = half_squares(lines.angle, vf).ends + corner[:, None]
    row = np.flatnonzero(np.isfinite(ends).all(axis=(1, 2)))
    return ends[row], row
