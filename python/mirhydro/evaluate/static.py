"""Still pictures: one call of a method on exact fractions, measured against the exact region."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

import mirhydro as mir
from mirhydro.evaluate.best_line import BestLines, best_lines, line_ends
from mirhydro.evaluate.measures import FaceJumps, face_jumps, joined, misplaced_area
from mirhydro.evaluate.samples import misplaced_in_samples, samples
from mirhydro.evaluate.truth import Array, mixed, reconstruction
from mirhydro.evaluate.variants import Method
from mirhydro.shapes import Shape

SEED = 7
RADIUS = 0.25
Figures = dict[str, float]


def centres(count: int) -> Array:
    """Centres of the circles, (count, 2), uniform in [.45, .55]^2, one in each of `count` equal rectangles of it.

    Without that, the mean of 20 scatters by 2 percent at N = 16, where the square is only 1.6 cells wide.
    """
    rows = next(k for k in range(int(np.sqrt(count)), 0, -1) if count % k == 0)
    place = np.stack(np.divmod(np.arange(count), count // rows), axis=-1)
    inside = np.random.default_rng(SEED).uniform(size=(count, 2))
    return 0.45 + 0.1 * (place + inside) / (rows, count // rows)


def circle_centres(n: int, quick: bool = False) -> int:
    """How many circles are averaged: 20, and 200 on coarse meshes, where the mean of 20 scatters by 2 percent."""
    return 5 if quick else 200 if n <= 32 else 20


def circles(count: int) -> list[Shape]:
    """Circles of radius 1/4 in the unit square."""
    return [mir.Circle(tuple(c), RADIUS) for c in centres(count)]


def _spread(values: Any) -> Figures:
    values = np.asarray(values)
    return {"mean": float(values.mean()), "worst": float(values.max()), "count": float(len(values))}


def circle(method: Method, n: int, count: int) -> Figures:
    """Misplaced area of a circle of radius 1/4 on n x n cells, over `count` centres."""
    return _spread([misplaced_area(method, disc, n) for disc in circles(count)])


@lru_cache(maxsize=32)
def _circle_lines(count: int, which: int, n: int) -> tuple[BestLines, Array, Array]:
    """The best line of each mixed cell, the corners of those cells and their fractions."""
    disc = circles(count)[which]
    vf = mir.volume_fractions([disc], n, n)
    cells = mixed(vf)
    corner, own = cells[:, ::-1].astype(float), vf[0][tuple(cells.T)]
    return best_lines(lambda p, at: mir.overlap(disc, p / n, at) * n * n, corner, own), corner, own


def circle_floor(n: int, count: int) -> Figures:
    """`circle` of the best line of each cell."""
    return _spread([_circle_lines(count, k, n)[0].misplaced.sum() / n**2 for k in range(count)])


def random_shapes(method: Method, kind: str, count: int) -> Figures:
    """Misplaced area of a mixed cell, over `count` random shapes of one kind, in cell areas."""
    return _spread(misplaced_in_samples(method, samples(kind, count, SEED)))


def random_shapes_floor(kind: str, count: int) -> Figures:
    """`random_shapes` of the best line of each cell."""
    cases = samples(kind, count, SEED)
    corner = np.full((count, 2), -0.5)
    return _spread(best_lines(cases.inside, corner, cases.vf[0][tuple(cases.centre.T)]).misplaced)


def _summary(found: list[FaceJumps]) -> Figures:
    every = joined(found)
    return {
        "jump": float(every.jumps.mean()),
        "worst": float(every.jumps.max()),
        "unmatched": every.unmatched / len(found),
        "faces": every.faces / len(found),
    }


def faces(method: Method, n: int, count: int) -> Figures:
    """Jumps of the interface at the faces between mixed cells, in cells; unmatched faces of one circle."""
    found = []
    for disc in circles(count):
        r = reconstruction(method, disc, mir.volume_fractions([disc], n, n))
        pieces = r.segments()
        found.append(face_jumps(pieces.ends, pieces.cell, r.cells, (n, n)))
    return _summary(found)


def faces_floor(n: int, count: int) -> Figures:
    """`faces` of the best line of each cell."""
    found = []
    for k in range(count):
        lines, corner, vf = _circle_lines(count, k, n)
        found.append(face_jumps(*line_ends(lines, corner, vf), corner[:, ::-1].astype(np.int64), (n, n)))
    return _summary(found)
