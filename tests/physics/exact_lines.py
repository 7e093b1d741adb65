"""Straight interfaces on meshes of any spacing: fractions of cells and of parts of cells as exact rationals, rounded
once; and where a stencil determines its line."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from material_fields import Array
from rational import Polygon, above, area, below, rectangle

PARTS = 3  #: a side

Line = tuple[Fraction, Fraction, Fraction]  #: the material is where a*x + b*y <= c


def through(x: float, y: float, a: float, b: float) -> Line:
    fa, fb = Fraction(a), Fraction(b)
    return fa, fb, fa * Fraction(x) + fb * Fraction(y)


def shares(line: Line, box: Polygon) -> tuple[float, float]:
    whole = area(box)
    return float(area(below(box, *line)) / whole), float(area(above(box, *line)) / whole)


def fractions(line: Line, xs: Sequence[float], ys: Sequence[float]) -> Array:
    """(2, ny, nx) of the cells between the given edges."""
    vf = np.empty((2, len(ys) - 1, len(xs) - 1))
    for j, i in np.ndindex(*vf.shape[1:]):
        vf[:, j, i] = shares(line, rectangle(xs[i], xs[i + 1], ys[j], ys[j + 1]))
    return vf


def parts(line: Line, xs: Sequence[float], ys: Sequence[float], j: int, i: int) -> Array:
    """(2, PARTS, PARTS) of the equal parts of a cell."""
    x = [Fraction(xs[i]) + (Fraction(xs[i + 1]) - Fraction(xs[i])) * k / PARTS for k in range(PARTS + 1)]
    y = [Fraction(ys[j]) + (Fraction(ys[j + 1]) - Fraction(ys[j])) * k / PARTS for k in range(PARTS + 1)]
    return np.array(
        [[shares(line, rectangle(x[p], x[p + 1], y[q], y[q + 1])) for p in range(PARTS)] for q in range(PARTS)]
    ).transpose(2, 0, 1)


def candidate_is_exact(line: Line, xs: Sequence[float], ys: Sequence[float], j: int, i: int) -> bool:
    """Whether the line crosses two columns (or rows) of the stencil of cell (j, i) from side to side: the difference of
    their sums is its slope then, and one of ELVIRA's six candidates is the line. Equal cells always have two such."""
    a, b, c = line

    def crosses(edges: Sequence[float], low: float, high: float, along: Fraction, across: Fraction) -> bool:
        if across == 0:
            return False
        at = [(c - along * Fraction(e)) / across for e in edges]
        fits = [all(Fraction(low) <= v <= Fraction(high) for v in at[k : k + 2]) for k in range(3)]
        return sum(fits) >= 2

    x, y = xs[i - 1 : i + 3], ys[j - 1 : j + 3]
    return crosses(x, y[0], y[-1], a, b) or crosses(y, x[0], x[-1], b, a)
