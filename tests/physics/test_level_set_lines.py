"""Straight interfaces and level sets: exact at any angle, in cells of any shape, and for a thousand sweeps.

Fractions of cells, of parts of cells and of slabs are inclusion and exclusion of triangles in rational arithmetic,
rounded once.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from exact_lines import candidate_is_exact, fractions, parts, through
from hypothesis import given
from hypothesis import strategies as st
from material_fields import LEVEL_SETS, Array, seeds

import mirhydro as mir

exact_methods = pytest.mark.parametrize("method", LEVEL_SETS)
moving_methods = pytest.mark.parametrize("method", ["elvira", "lvira", *LEVEL_SETS])
RIM = 3  #: cells that see the edge of the mesh
PARTS = 3  #: a side

angles = st.floats(0, 2 * np.pi)
places = st.floats(-0.49, 0.49)  # on a face there is no mixed cell


def _square(t: Fraction) -> Fraction:
    return t * t if t > 0 else Fraction(0)


def under(a: Fraction, b: Fraction, c: Fraction) -> Fraction:
    """Share of the unit square where a x + b y <= c."""
    if a < 0:
        a, c = -a, c - a
    if b < 0:
        b, c = -b, c - b
    if a == 0 or b == 0:
        return min(max(c / (a + b), Fraction(0)), Fraction(1))
    return (_square(c) - _square(c - a) - _square(c - b) + _square(c - a - b)) / (2 * a * b)


class HalfPlane:
    """a x + b y <= c in index space, its parameters the given doubles."""

    def __init__(self, x: float, y: float, a: float, b: float) -> None:
        self.a, self.b = Fraction(float(a)), Fraction(float(b))
        self.c = self.a * Fraction(float(x)) + self.b * Fraction(float(y))

    def share(self, x0: Fraction, y0: Fraction, width: Fraction, height: Fraction) -> Fraction:
        """Of a rectangle."""
        return under(self.a * width, self.b * height, self.c - self.a * x0 - self.b * y0)

    def both(self, x0: Fraction, y0: Fraction, width: Fraction, height: Fraction) -> tuple[float, float]:
        inside = self.share(x0, y0, width, height)
        return float(inside), float(1 - inside)

    def fractions(self, ny: int, nx: int) -> Array:
        vf = np.empty((2, ny, nx))
        for j, i in np.ndindex(ny, nx):
            vf[:, j, i] = self.both(Fraction(i), Fraction(j), Fraction(1), Fraction(1))
        return vf


def check(
    method: str, line: HalfPlane, spacing: tuple[float, float] = (1.0, 1.0), n: int = 9, **options: object
) -> int:
    """Parts of every mixed cell away from the edge, and what leaves it through its four faces; returns their number."""
    r = mir.Reconstructor(method, spacing=spacing, **options)(line.fractions(n, n))
    part, cells, third, width = r.subcell(PARTS), 0, Fraction(1, PARTS), Fraction(3, 8)
    left, right = (np.abs(r.swept("x", np.full((n, n + 1), s * float(width)))) for s in (-1, 1))
    down, up = (np.abs(r.swept("y", np.full((n + 1, n), s * float(width)))) for s in (-1, 1))
    for row, (j, i) in enumerate(r.cells.tolist()):
        if not (RIM <= j < n - RIM and RIM <= i < n - RIM):
            continue
        x, y, one = Fraction(i), Fraction(j), Fraction(1)
        wanted = [[line.both(x + p * third, y + q * third, third, third) for p in range(PARTS)] for q in range(PARTS)]
        off = np.abs(part[row] - np.array(wanted).transpose(2, 0, 1)) / PARTS**2
        assert off.max() < 1e-13, (j, i, off.max())
        slabs = (
            (left[:, j, i], (x, y, width, one)),
            (right[:, j, i + 1], (x + 1 - width, y, width, one)),
            (down[:, j, i], (x, y, one, width)),
            (up[:, j + 1, i], (x, y + 1 - width, one, width)),
        )
        for have, slab in slabs:
            np.testing.assert_allclose(have, float(width) * np.array(line.both(*slab)), rtol=0, atol=1e-13)
        cells += 1
    return cells


@exact_methods
@given(angle=angles, x=places, y=places)
def test_any_line(method, angle, x, y):
    assert check(method, HalfPlane(4.5 + x, 4.5 + y, np.cos(angle), np.sin(angle))) > 0


@exact_methods
@pytest.mark.parametrize("tilt", [0.0, 1e-300, 1e-16, 1e-13, 1e-12, 1e-10, 1e-8, 1e-6, 1e-3, -1e-16, -1e-8])
@pytest.mark.parametrize("place", [4.5, 4.0 + 1e-9, 4.1, 4.9999])
def test_lines_almost_along_an_axis(method, tilt, place):
    check(method, HalfPlane(place, 4.5, 1, tilt))
    check(method, HalfPlane(4.5, place, tilt, -1))


@exact_methods
@pytest.mark.parametrize("slope", [1, -1, 2, -0.5, 3, 1 / 3])
@pytest.mark.parametrize("x", [4.5, 4.0, 4.25, 4.75])
def test_lines_through_corners_and_nodes(method, slope, x):
    """Ties of the candidates, crossings at the nodes of the level set."""
    check(method, HalfPlane(x, 4.5, 1, slope))
    check(method, HalfPlane(x, 4.0, -slope, 1))


@exact_methods
@given(angle=angles, x=places, y=places, aspect=st.sampled_from([1e-3, 0.1, 0.5, 3.0, 40.0]))
def test_cells_of_any_shape(method, angle, x, y, aspect):
    """dx != dy: in index space the same line; the distance that nodes share is the host's."""
    assert check(method, HalfPlane(4.5 + x, 4.5 + y, np.cos(angle), np.sin(angle)), (aspect, 1.0)) > 0


@exact_methods
@pytest.mark.parametrize("nodes", [1, 3, 4, 8])
@pytest.mark.parametrize("share_nodes", [True, False])
@given(angle=angles, x=places, y=places)
def test_any_number_of_nodes(method, nodes, share_nodes, angle, x, y):
    line = HalfPlane(4.5 + x, 4.5 + y, np.cos(angle), np.sin(angle))
    assert check(method, line, nodes=nodes, share_nodes=share_nodes) > 0


def check_stretched(method: str, widths: Array, angle: float, x: float, y: float, **options: object) -> tuple[int, int]:
    """Parts of the mixed cells whose own stencil and whose neighbours' hold the line: they share nodes. How many such
    cells there were, and how many others."""
    xs, ys = ([0.0, *np.cumsum(w)] for w in widths)
    middle = len(xs) // 2 - 1
    at = xs[middle] + x * widths[0][middle], ys[middle] + y * widths[1][middle]
    line = through(*at, np.cos(angle), np.sin(angle))
    r = mir.Reconstructor(method, spacing=(np.diff(xs), np.diff(ys)), **options)(fractions(line, xs, ys))
    part, mixed = r.subcell(3), r.index >= 0
    seen = others = 0
    for row, (j, i) in enumerate(r.cells.tolist()):
        if not (2 <= j < len(ys) - 3 and 2 <= i < len(xs) - 3):
            continue
        around = [(j + dj, i + di) for dj in (-1, 0, 1) for di in (-1, 0, 1) if mixed[j + dj, i + di]]
        if not all(candidate_is_exact(line, xs, ys, *cell) for cell in around):
            others += 1
            continue
        off = np.abs(part[row] - parts(line, xs, ys, j, i)).max() / 9
        assert off < 1e-13, (j, i, off)
        seen += 1
    return seen, others


@exact_methods
@given(
    angle=angles, x=st.floats(0.1, 0.9), y=st.floats(0.1, 0.9), seed=seeds,
    spread=st.sampled_from([0.05, 0.3, 1.0, 3.0]), nodes=st.sampled_from([1, 2, 4]), share=st.booleans(),
)  # fmt: skip
def test_stretched_meshes(method, angle, x, y, seed, spread, nodes, share):
    """Every column and row another width, up to one to a thousand: in the host's lengths neighbours say the same."""
    widths = 10 ** np.random.default_rng(seed).uniform(-spread / 2, spread / 2, (2, 7))
    check_stretched(method, widths, angle, x, y, nodes=nodes, share_nodes=share)


@exact_methods
def test_growing_cells_are_exact_everywhere(method):
    """Ten per cent from cell to cell, as hosts use it, at 40 angles: nearly all cells can be exact, and are."""
    widths = np.array([1.1 ** np.arange(7), 0.9 ** np.arange(7)])
    found = [check_stretched(method, widths, angle, 0.4, 0.3) for angle in np.linspace(0.01, 2 * np.pi, 40)]
    seen, others = np.sum(found, axis=0)
    assert seen > 100 and others < 0.1 * seen, (seen, others)


def fractions_now(x: float, y: float, angle: float, n: int) -> Array:
    """(2, n, n): `under` once more, for many cells at a time, in extended precision."""
    long = np.longdouble
    a, b = long(np.cos(angle)), long(np.sin(angle))
    j, i = np.mgrid[:n, :n].astype(long)
    c = a * (long(x) - i) + b * (long(y) - j) - min(a, 0) - min(b, 0)
    a, b = abs(a), abs(b)
    squares = [np.maximum(c - less, 0) ** 2 for less in (0, a, b, a + b)]
    inside = (squares[0] - squares[1] - squares[2] + squares[3]) / (2 * a * b)
    return np.stack([inside, 1 - inside]).astype(float)


@moving_methods
@pytest.mark.parametrize("angle", [0.3, np.pi / 4, 1.2, 2.0, -2.7])
def test_a_half_plane_keeps_its_place_for_a_thousand_sweeps(method, angle):
    """Translation in split sweeps, to and fro, with exact inflow through a rim: fractions stay within 1e-12."""
    n, rng = 14, np.random.default_rng(5)
    rec = mir.Reconstructor(method, eps=1e-14)
    place, rim = [7.0, 7.0], rec.ghost_layers
    vf, r, worst = fractions_now(*place, angle, n), None, 0.0
    inside = (slice(None), slice(rim, -rim), slice(rim, -rim))
    for sweep in range(1000):
        axis, d = sweep % 2, int(rng.integers(-512, 513)) / 1024  # places are exact numbers
        if abs(place[axis] + d - 7) > 1.5:
            d = -d
        r = rec(vf, out=r)
        s = r.swept("xy"[axis], np.full((n + axis, n + 1 - axis), d))
        vf = vf + (s[:, :-1] - s[:, 1:] if axis else s[:, :, :-1] - s[:, :, 1:])
        place[axis] += d
        exact = fractions_now(*place, angle, n)
        worst = max(worst, np.abs(vf - exact)[inside].max())
        exact[inside] = vf[inside]
        vf = np.clip(exact, 0, 1)
    assert worst < 1e-12
