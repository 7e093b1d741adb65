"""Volume fractions and overlaps of shapes against truth from elsewhere, and the laws they obey."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mirhydro.shapes import (
    Circle,
    Ellipse,
    HalfPlane,
    Implicit,
    Polygon,
    Shape,
    overlap,
    volume_fractions,
)

shapely = pytest.importorskip("shapely")

STAR = [(0.31, 0.2), (0.52, 0.41), (0.83, 0.22), (0.66, 0.55), (0.9, 0.8), (0.5, 0.62), (0.2, 0.91), (0.37, 0.5)]


def total(vf: np.ndarray) -> float:
    """Mean of all cells, summed without round-off."""
    return math.fsum(vf.ravel()) / vf.size


def disc_in_cell(centre: tuple[float, float], radius: float, box: tuple[mpmath.mpf, ...]) -> mpmath.mpf:
    """Area of a disc in a box to 40 digits, from the antiderivative of its height."""
    r = mpmath.mpf(radius)
    xa, xb = box[0] - mpmath.mpf(centre[0]), box[1] - mpmath.mpf(centre[0])
    ya, yb = box[2] - mpmath.mpf(centre[1]), box[3] - mpmath.mpf(centre[1])

    def primitive(x: mpmath.mpf) -> mpmath.mpf:
        return (x * mpmath.sqrt(max(0, r * r - x * x)) + r * r * mpmath.asin(x / r)) / 2

    low, high = max(xa, -r), min(xb, r)
    cuts = [low, high] if low < high else []
    for y in (ya, yb):
        if cuts and abs(y) < r:
            cuts += [s for s in (-mpmath.sqrt(r * r - y * y), mpmath.sqrt(r * r - y * y)) if low < s < high]
    cuts.sort()
    area = mpmath.mpf(0)
    for a, b in pairwise(cuts):
        height = mpmath.sqrt(r * r - ((a + b) / 2) ** 2)
        if height <= ya or -height >= yb:
            continue
        arc = primitive(b) - primitive(a)
        area += (arc if height < yb else yb * (b - a)) - (-arc if -height > ya else ya * (b - a))
    return area


def clipped_area(points: list[tuple[Fraction, Fraction]], box: tuple[Fraction, ...]) -> Fraction:
    """Area of a polygon in a box in rational numbers (Sutherland-Hodgman; coinciding edges cancel)."""
    for axis, side, sign in ((0, box[0], 1), (0, box[1], -1), (1, box[2], 1), (1, box[3], -1)):
        kept = []
        for a, b in zip(points, points[1:] + points[:1], strict=True):
            da, db = sign * (a[axis] - side), sign * (b[axis] - side)
            if da >= 0:
                kept.append(a)
            if (da < 0 < db) or (db < 0 < da):
                w = da / (da - db)
                kept.append((a[0] + w * (b[0] - a[0]), a[1] + w * (b[1] - a[1])))
        points = kept
        if not points:
            return Fraction(0)
    pairs = zip(points, points[1:] + points[:1], strict=True)
    return abs(sum((a[0] * b[1] - b[0] * a[1] for a, b in pairs), Fraction(0))) / 2


def many_points(shape: Circle | Ellipse, n: int) -> np.ndarray:
    """Corners of an inscribed polygon."""
    t = np.linspace(0, 2 * np.pi, n, endpoint=False)
    a, b = shape.semi_axes if isinstance(shape, Ellipse) else (shape.radius, shape.radius)
    angle = shape.angle if isinstance(shape, Ellipse) else 0.0
    x, y = a * np.cos(t), b * np.sin(t)
    c, s = math.cos(angle), math.sin(angle)
    return np.column_stack([shape.center[0] + c * x - s * y, shape.center[1] + s * x + c * y])


@pytest.mark.parametrize("n", [1, 2, 3, 16, 256, 1024])
def test_area_of_a_circle(n: int) -> None:
    vf = volume_fractions([Circle((0.5, 0.5), 0.3)], n, n)
    assert abs(total(vf[0]) / (math.pi * 0.09) - 1) < 1e-14


@pytest.mark.parametrize(("n", "centre"), [(16, (0.507, 0.503)), (4096, (0.5012345, 0.507)), (3, (0.5, 0.5))])
def test_circle_in_each_cell_keeps_relative_accuracy(n: int, centre: tuple[float, float]) -> None:
    vf = volume_fractions([Circle(centre, 0.3)], n, n)[0]
    mixed = np.flatnonzero((vf > 0) & (vf < 1))
    by_size = mixed[np.argsort(vf.ravel()[mixed])]
    with mpmath.workdps(40):
        for k in [*by_size[:10], *by_size[:: max(1, len(by_size) // 50)]]:
            j, i = divmod(int(k), n)
            box = tuple(mpmath.mpf(side) / n for side in (i, i + 1, j, j + 1))
            truth = disc_in_cell(centre, 0.3, box) * n * n
            assert abs(mpmath.mpf(float(vf[j, i])) - truth) <= min(4e-16, float(truth) * 2e-15)


def ellipse_in_cell(shape: Ellipse, box: tuple[mpmath.mpf, ...]) -> mpmath.mpf:
    """Area of an ellipse in a box by quadrature of its height between the places where it has a kink."""
    a, b = map(mpmath.mpf, shape.semi_axes)
    c, s = mpmath.cos(shape.angle), mpmath.sin(shape.angle)
    xa, xb = box[0] - mpmath.mpf(shape.center[0]), box[1] - mpmath.mpf(shape.center[0])
    ya, yb = box[2] - mpmath.mpf(shape.center[1]), box[3] - mpmath.mpf(shape.center[1])
    half = mpmath.sqrt((a * c) ** 2 + (b * s) ** 2)
    other = mpmath.sqrt((a * s) ** 2 + (b * c) ** 2)
    lean = (a * a - b * b) * s * c

    def height(x: mpmath.mpf) -> mpmath.mpf:
        middle, reach = lean * x / half**2, a * b / half * mpmath.sqrt(max(0, 1 - (x / half) ** 2))
        return max(0, min(yb, middle + reach) - max(ya, middle - reach))

    kinks = [-half, half]
    for y in (ya, yb):
        if abs(y) < other:
            reach = a * b / other * mpmath.sqrt(1 - (y / other) ** 2)
            kinks += [lean * y / other**2 - reach, lean * y / other**2 + reach]
    low, high = max(xa, -half), min(xb, half)
    if low >= high:
        return mpmath.mpf(0)
    return mpmath.quad(height, sorted([low, high, *(x for x in kinks if low < x < high)]))


@pytest.mark.parametrize(("n", "axes"), [(8, (0.4, 0.13)), (8, (0.45, 0.003)), (64, (0.4, 0.13)), (4096, (0.31, 0.4))])
def test_ellipse_in_each_cell(n: int, axes: tuple[float, float]) -> None:
    shape = Ellipse((0.47, 0.52), axes, 0.7)
    vf = volume_fractions([shape], n, n)[0]
    mixed = np.flatnonzero((vf > 0) & (vf < 1))
    with mpmath.workdps(30):
        for k in mixed[:: max(1, len(mixed) // 12)]:
            j, i = divmod(int(k), n)
            box = tuple(mpmath.mpf(side) / n for side in (i, i + 1, j, j + 1))
            assert abs(float(vf[j, i] - ellipse_in_cell(shape, box) * n * n)) < 1e-15
    assert abs(total(vf) / (math.pi * axes[0] * axes[1]) - 1) < 1e-14


def test_circle_and_ellipse_with_the_same_axes_agree() -> None:
    circle = volume_fractions([Circle((0.41, 0.56), 0.31)], 13, 9)
    ellipse = volume_fractions([Ellipse((0.41, 0.56), (0.31, math.nextafter(0.31, 1)), 1.1)], 13, 9)
    assert np.abs(circle - ellipse).max() < 2e-15


@pytest.mark.parametrize(
    "points", [STAR, STAR[::-1], [(0, 0), (1, 0.1), (0.05, 0.9)], [(0.25, 0.25), (0.75, 0.25), (0.75, 0.5)]]
)
def test_polygon_against_rational_numbers(points: list[tuple[float, float]]) -> None:
    n = 8
    vf = volume_fractions([Polygon(points)], n, n)[0]
    exact = [(Fraction(x), Fraction(y)) for x, y in points]
    for j in range(n):
        for i in range(n):
            box = tuple(Fraction(side, n) for side in (i, i + 1, j, j + 1))
            truth = clipped_area(exact, box) * n * n
            assert abs(Fraction(float(vf[j, i])) - truth) < Fraction(4, 10**16)
            assert (truth == 0) == (vf[j, i] == 0)


def test_half_plane_against_rational_numbers() -> None:
    vf = volume_fractions([HalfPlane((0.3, 0.4), (0.7, -2.0))], 5, 7)[0]
    # The line is y = .4 + .35 * (x - .3), the material above it.
    slope = Fraction(0.7) / Fraction(2.0)
    left = Fraction(0.4) - slope * Fraction(0.3)
    region = [(Fraction(0), left), (Fraction(1), left + slope), (Fraction(1), Fraction(2)), (Fraction(0), Fraction(2))]
    for j in range(5):
        for i in range(7):
            box = (Fraction(i, 7), Fraction(i + 1, 7), Fraction(j, 5), Fraction(j + 1, 5))
            assert abs(Fraction(float(vf[j, i])) - clipped_area(region, box) * 35) < Fraction(4, 10**16)


def test_two_discs_form_the_known_lens() -> None:
    r, d = 0.3, 0.35
    lens = 2 * r * r * math.acos(d / (2 * r)) - d / 2 * math.sqrt(4 * r * r - d * d)
    for n in (1, 2, 7, 64):
        vf = volume_fractions([Circle((0.5 - d / 2, 0.5), r), Circle((0.5 + d / 2, 0.5), r)], n, n)
        assert abs(total(vf[0]) - math.pi * r * r) < 4e-16
        assert abs(total(vf[1]) - (math.pi * r * r - lens)) < 4e-16


def test_a_stack_against_shapely() -> None:
    shapes: list[Shape] = [
        Circle((0.4, 0.45), 0.21),
        Ellipse((0.55, 0.5), (0.4, 0.12), 0.6),
        Polygon(STAR),
        HalfPlane((0.5, 0.6), (1.0, -2.0)),
    ]
    corners = [many_points(s, 100_000) for s in shapes[:2] if isinstance(s, (Circle, Ellipse))]
    regions = [*map(shapely.Polygon, corners), shapely.Polygon(STAR)]
    regions.append(shapely.Polygon([(0, 0.35), (1, 0.85), (1, 2), (0, 2)]))
    n = 4
    vf = volume_fractions(shapes, n, n)
    for j in range(n):
        for i in range(n):
            left = shapely.box(i / n, j / n, (i + 1) / n, (j + 1) / n)
            for material, region in enumerate(regions):
                assert abs(left.intersection(region).area * n * n - vf[material, j, i]) < 1e-8
                left = left.difference(region)
            assert abs(left.area * n * n - vf[-1, j, i]) < 1e-8


def test_zalesak_disc() -> None:
    slot = Polygon([(0.475, 0.5), (0.525, 0.5), (0.525, 0.85), (0.475, 0.85)])
    disc = Circle((0.5, 0.75), 0.15)
    cut = overlap(disc, slot.points, [0, 4])[0]
    for n in (1, 16, 100):
        vf = volume_fractions([disc - slot], n, n)
        assert abs(total(vf[0]) - (math.pi * 0.15**2 - cut)) < 2e-16
        notch = volume_fractions([disc & slot, disc], n, n)
        assert np.abs(notch[1] - vf[0]).max() < 1e-15
        assert np.abs(volume_fractions([~(disc - slot)], n, n)[1] - vf[0]).max() < 1e-15
        assert np.abs(volume_fractions([(disc - slot) | (disc & slot)], n, n)[0] - (notch[0] + notch[1])).max() < 1e-15


@pytest.mark.parametrize("n", [1, 2, 5, 16, 128])
def test_implicit_circle(n: int) -> None:
    centre, r = (0.51, 0.49), 0.3
    for f in (
        lambda x, y: (x - centre[0]) ** 2 + (y - centre[1]) ** 2 - r * r,
        lambda x, y: np.hypot(x - centre[0], y - centre[1]) - r,
    ):
        vf = volume_fractions([Implicit(f)], n, n)
        assert np.abs(vf - volume_fractions([Circle(centre, r)], n, n)).max() < 1e-12


def test_implicit_with_kinks_and_in_a_stack() -> None:
    square = Implicit(lambda x, y: np.maximum(np.abs(x - 0.5), np.abs(y - 0.52)) - 0.3)
    exact = Polygon([(0.2, 0.22), (0.8, 0.22), (0.8, 0.82), (0.2, 0.82)])
    turned = Implicit(lambda x, y: np.abs(x - 0.5) + np.abs(y - 0.52) - 0.3)
    diamond = Polygon([(0.5, 0.22), (0.8, 0.52), (0.5, 0.82), (0.2, 0.52)])
    above, below = Circle((0.3, 0.3), 0.2), HalfPlane((0.5, 0.5), (1, 0.3))
    for n in (1, 3, 7, 32):
        for implicit, polygon in ((square, exact), (turned, diamond)):
            got = volume_fractions([above, implicit, below], n, n)
            assert np.abs(got - volume_fractions([above, polygon, below], n, n)).max() < 1e-12


def test_implicit_against_scipy() -> None:
    quad = pytest.importorskip("scipy.integrate").quad
    vf = volume_fractions([Implicit(lambda x, y: y - 0.5 - 0.2 * np.sin(7 * x))], 6, 5)[0]

    def height(x: float, low: float, high: float) -> float:
        return min(max(0.5 + 0.2 * math.sin(7 * x) - low, 0.0), high - low)

    sides = [math.asin((j / 6 - 0.5) / 0.2) for j in (2, 3, 4)]
    kinks = sorted((a + 2 * math.pi * k) / 7 for side in sides for a in (side, math.pi - side) for k in range(3))
    for j in range(6):
        for i in range(5):
            cuts = [i / 5, *(x for x in kinks if i / 5 < x < (i + 1) / 5), (i + 1) / 5]
            truth = sum(quad(height, a, b, (j / 6, (j + 1) / 6), epsabs=1e-15)[0] for a, b in pairwise(cuts))
            assert abs(vf[j, i] - truth * 30) < 1e-13


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 7), st.floats(-12, -1), st.floats(0.05, 0.9), st.booleans())
def test_implicit_interface_that_grazes_a_side(k: int, depth: float, y: float, turned: bool) -> None:
    r = 0.5
    centre = (k / 8 - r + 10**depth, y)
    if turned:
        centre = centre[::-1]
    vf = volume_fractions([Implicit(lambda x, y: np.hypot(x - centre[0], y - centre[1]) - r)], 8, 8)
    assert np.abs(vf - volume_fractions([Circle(centre, r)], 8, 8)).max() < 2e-12


def test_overlap_against_shapely() -> None:
    corners = [(0.1, 0.05), (0.93, 0.2), (0.7, 0.97), (0.2, 0.8)]
    shared = shapely.Polygon(STAR).intersection(shapely.Polygon(corners)).area
    assert abs(overlap(Polygon(STAR), corners, [0, 4])[0] - shared) < 1e-15
