"""The laws that volume fractions of shapes obey, degenerate places, and manners."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mirhydro.shapes import Circle, Ellipse, HalfPlane, Implicit, Polygon, Shape, overlap, volume_fractions

STAR = [(0.31, 0.2), (0.52, 0.41), (0.83, 0.22), (0.66, 0.55), (0.9, 0.8), (0.5, 0.62), (0.2, 0.91), (0.37, 0.5)]


def total(vf: np.ndarray) -> float:
    """Mean of all cells, summed without round-off."""
    return math.fsum(vf.ravel()) / vf.size


def coarse(vf: np.ndarray) -> np.ndarray:
    return 0.25 * ((vf[:, ::2, ::2] + vf[:, 1::2, 1::2]) + (vf[:, ::2, 1::2] + vf[:, 1::2, ::2]))


places = st.tuples(st.floats(-0.3, 1.3), st.floats(-0.3, 1.3))
lattice = st.tuples(st.integers(-1, 11), st.integers(-1, 11)).map(lambda p: (p[0] / 10, p[1] / 10))
points = st.one_of(places, lattice)
lengths = st.one_of(st.floats(-2.5, 0.3).map(lambda e: 10.0**e), st.integers(1, 10).map(lambda k: k / 10))


@st.composite
def polygons(draw: st.DrawFn) -> Polygon:
    centre = draw(points)
    n = draw(st.integers(3, 9))
    radii = draw(st.lists(lengths, min_size=n, max_size=n))
    angles = 2 * np.pi * (np.arange(n) + draw(st.floats(0, 1))) / n
    return Polygon(np.array(centre) + np.array(radii)[:, None] * np.column_stack([np.cos(angles), np.sin(angles)]))


normals = st.one_of(
    st.sampled_from([(1.0, 0.0), (0.0, -1.0), (1.0, 1.0), (-1.0, 2.0)]),
    st.floats(0, 6.3).map(lambda a: (math.cos(a), math.sin(a))),
)
simple_shapes = st.one_of(
    st.builds(Circle, points, lengths),
    st.builds(Ellipse, points, st.tuples(lengths, lengths), st.floats(-4, 4)),
    st.builds(HalfPlane, points, normals),
    polygons(),
)
any_shapes = st.one_of(
    simple_shapes,
    st.tuples(simple_shapes, simple_shapes).map(lambda p: p[0] - p[1]),
    st.tuples(simple_shapes, simple_shapes).map(lambda p: p[0] | p[1]),
)
stacks = st.lists(any_shapes, min_size=1, max_size=4)
sizes = st.tuples(st.integers(1, 10), st.integers(1, 10))


@settings(max_examples=300, deadline=None)
@given(stacks, sizes)
def test_range_sum_and_refinement(shapes: list[Shape], size: tuple[int, int]) -> None:
    ny, nx = size
    vf = volume_fractions(shapes, ny, nx)
    assert vf.min() >= 0 and vf.max() <= 1
    assert np.abs(vf.sum(axis=0) - 1).max() <= 4.5e-16
    fine = volume_fractions(shapes, 2 * ny, 2 * nx)
    assert np.abs(coarse(fine) - vf).max() < 2e-15


def mirrored(shape: Shape) -> Shape:
    """x becomes -x."""
    if isinstance(shape, Circle):
        return Circle((-shape.center[0], shape.center[1]), shape.radius)
    if isinstance(shape, Ellipse):
        return Ellipse((-shape.center[0], shape.center[1]), shape.semi_axes, -shape.angle)
    if isinstance(shape, HalfPlane):
        return HalfPlane((-shape.point[0], shape.point[1]), (-shape.normal[0], shape.normal[1]))
    assert isinstance(shape, Polygon)
    return Polygon(shape.points * (-1, 1))


def transposed(shape: Shape) -> Shape:
    """x and y change places."""
    if isinstance(shape, Circle):
        return Circle(shape.center[::-1], shape.radius)
    if isinstance(shape, Ellipse):
        return Ellipse(shape.center[::-1], shape.semi_axes[::-1], -shape.angle)
    if isinstance(shape, HalfPlane):
        return HalfPlane(shape.point[::-1], shape.normal[::-1])
    assert isinstance(shape, Polygon)
    return Polygon(shape.points[:, ::-1])


@settings(max_examples=200, deadline=None)
@given(st.lists(simple_shapes, min_size=1, max_size=3), sizes)
def test_mirror_and_transpose(shapes: list[Shape], size: tuple[int, int]) -> None:
    ny, nx = size
    vf = volume_fractions(shapes, ny, nx, (-0.25, 1.0, 0.0, 1.5))
    other = volume_fractions([mirrored(s) for s in shapes], ny, nx, (-1.0, 0.25, 0.0, 1.5))
    assert np.abs(vf - other[:, :, ::-1]).max() < 1e-15
    other = volume_fractions([transposed(s) for s in shapes], nx, ny, (0.0, 1.5, -0.25, 1.0))
    assert np.abs(vf - other.transpose(0, 2, 1)).max() < 1e-15


@settings(max_examples=100, deadline=None)
@given(simple_shapes, sizes)
def test_overlap_with_cells_is_the_volume_fraction(shape: Shape, size: tuple[int, int]) -> None:
    ny, nx = size
    j, i = np.mgrid[:ny, :nx]
    x, y = np.stack([i, i + 1, i + 1, i], -1) / nx, np.stack([j, j, j + 1, j + 1], -1) / ny
    cells = np.stack([x, y], -1).reshape(-1, 2)
    areas = overlap(shape, cells, np.arange(0, len(cells) + 1, 4)).reshape(ny, nx)
    assert np.abs(areas * (nx * ny) - volume_fractions([shape], ny, nx)[0]).max() < 4e-15


def test_overlap_of_triangles_adds_up() -> None:
    corners = np.array([(0.1, 0.05), (0.93, 0.2), (0.7, 0.97), (0.2, 0.8)])
    inner = (0.45, 0.5)
    pieces = np.concatenate([[corners[k], corners[(k + 1) % 4], inner] for k in range(4)])
    for shape in (
        Circle((0.3, 0.4), 0.35),
        Ellipse((0.5, 0.5), (0.6, 0.1), 1),
        Polygon(STAR),
        HalfPlane((0.4, 0.5), (1, 2)),
    ):
        whole = overlap(shape, corners, [0, 4])
        parts = overlap(shape, pieces, [0, 3, 6, 9, 12])
        assert abs(parts.sum() - whole[0]) < 4e-16
        assert overlap(shape, corners[::-1], [0, 4]) == pytest.approx(whole, abs=2e-16)
    assert overlap(Circle((0, 0), 1), [(0, 0), (0.5, 0.5), (1, 1), (0, 0), (1, 0)], [0, 3, 5]).tolist() == [0, 0]
    assert overlap(Circle((0, 0), 1), np.empty((0, 2)), [0]).shape == (0,)


def test_edges_on_cell_sides_leave_pure_cells() -> None:
    for n in (10, 20, 30, 70):
        box = Polygon([(0.3, 0.1), (0.7, 0.1), (0.7, 3 * 0.2), (0.3, 3 * 0.2)])
        vf = volume_fractions([box], n, n)
        assert set(np.unique(vf)) == {0.0, 1.0}
        assert total(vf[0]) == pytest.approx(0.4 * 0.5, abs=1e-15)
        assert set(np.unique(volume_fractions([HalfPlane((0.3, 0.7), (0, 1))], n, n))) == {0.0, 1.0}


def test_disc_that_touches_cell_sides_stays_on_its_side() -> None:
    vf = volume_fractions([Circle((0.5, 0.5), 0.3)], 10, 10)[0]
    assert np.all(vf[:2] == 0) and np.all(vf[8:] == 0) and np.all(vf[:, :2] == 0) and np.all(vf[:, 8:] == 0)


def test_neighbours_that_share_an_edge_leave_no_gap() -> None:
    left = Polygon([(0.1, 0.1), (0.63, 0.27), (0.41, 0.9)])
    right = Polygon([(0.63, 0.27), (0.95, 0.93), (0.41, 0.9)])
    disc = Circle((0.5, 0.5), 0.37)
    for n in (1, 2, 9, 33):
        both = volume_fractions([left, right], n, n)
        assert np.abs(both[0] + both[1] - volume_fractions([left | right], n, n)[0]).max() < 1e-15
        assert volume_fractions([disc, disc], n, n)[1].max() == 0
        assert volume_fractions([disc & ~disc], n, n)[0].max() < 1e-15


def test_small_and_large_shapes() -> None:
    tiny = volume_fractions([Circle((0.51, 0.47), 1e-9)], 3, 3)[0]
    assert tiny.sum() == pytest.approx(math.pi * 9e-18, rel=1e-14)
    huge = volume_fractions([Circle((0.5, -1e9), 1e9 + 0.5)], 4, 4)[0]
    line = volume_fractions([HalfPlane((0.5, 0.5), (0, 1))], 4, 4)[0]
    assert np.abs(huge - line).max() < 1e-9
    far = volume_fractions([Circle((1e6 + 0.5, 0.5), 0.25)], 8, 8, (1e6, 1e6 + 1, 0, 1))[0]
    assert np.abs(far - volume_fractions([Circle((0.5, 0.5), 0.25)], 8, 8)[0]).max() < 1e-15
    assert np.all(volume_fractions([Circle((0.5, 0.5), 1e50)], 2, 2)[0] == 1)
    assert np.all(volume_fractions([], 2, 3) == 1)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Circle((0, math.nan), 1), r"center\[1\] = nan"),
        (lambda: Circle((0, 0), -1), "radius = -1: "),
        (lambda: Circle((0, 0), math.inf), "radius = inf"),
        (lambda: Ellipse((0, 0), (1, 0)), r"semi_axes\[1\] = 0"),
        (lambda: Ellipse((0, 0), (1, 1), math.inf), "angle = inf"),
        (lambda: Polygon([(0, 0), (1, 1)]), "2 different points"),
        (lambda: Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), "edge 0 crosses edge 2"),
        (lambda: Polygon([(0, 0), (1, 1), (2, 2)]), "no area"),
        (lambda: Polygon([(0, 0), (1, math.nan), (0, 1)]), r"points\[1, 1\] = nan"),
        (lambda: Polygon([0, 1, 2]), r"shape \(3,\)"),
        (lambda: HalfPlane((0, 0), (0, 0)), "normal = 0"),
        (lambda: volume_fractions([], 0, 1), "ny = 0"),
        (lambda: volume_fractions([], 1, -3), "nx = -3"),
        (lambda: volume_fractions([], 1, 1, (1, 0, 0, 1)), r"extent\[1\] = 0"),
        (lambda: volume_fractions([], 1, 1, (0, 1, 0, math.nan)), r"extent\[3\] = nan"),
        (lambda: volume_fractions([], 1, 1, (0, 1, 0)), "four numbers"),
        (lambda: volume_fractions([Implicit(lambda x, y: x * math.nan)], 1, 1), r"f\(0, 0\) is not a number"),
        (lambda: volume_fractions([Implicit(lambda x, y: x[:1])], 1, 1), r"f returned shape \(1,\)"),
        (lambda: overlap(Circle((0, 0), 1), [(0, 0)], [0, 2]), r"offsets\[1\] = 2"),
        (lambda: overlap(Circle((0, 0), 1), [(0, 0), (1, 0), (math.inf, 1)], [0, 3]), r"points\[2, 0\] = inf"),
    ],
)
def test_refusals_name_argument_and_value(make: object, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        make()  # type: ignore[operator]


def untyped(function: Any) -> Any:
    return function


@pytest.mark.parametrize(
    "make",
    [
        lambda: untyped(Circle)("ab", 1),
        lambda: untyped(Circle)((0, 0), "1"),
        lambda: untyped(Circle)(0, 1),
        lambda: Polygon([("a", "b")]),
        lambda: untyped(Implicit)(3),
        lambda: untyped(volume_fractions)(Circle((0, 0), 1), 1, 1),
        lambda: untyped(volume_fractions)([1], 1, 1),
        lambda: untyped(volume_fractions)([], 1.5, 1),
        lambda: volume_fractions([Implicit(lambda x, y: x > 0)], 1, 1),
        lambda: untyped(overlap)(3, [(0, 0)], [0, 1]),
        lambda: overlap(Circle((0, 0), 1), [(0, 0)], [0.0, 1.0]),
    ],
)
def test_wrong_types_are_type_errors(make: object) -> None:
    with pytest.raises(TypeError):
        make()  # type: ignore[operator]


def test_what_f_raises_reaches_the_caller() -> None:
    def f(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        volume_fractions([Implicit(f)], 2, 2)


def test_values_repr_equality_and_pickle() -> None:
    shapes = [Circle((0, 1), 2), Ellipse((0, 1), (2, 3), 0.5), HalfPlane((0, 0), (1, 1)), Polygon(STAR)]
    for shape in [*shapes, shapes[0] | shapes[1], ~(shapes[2] & shapes[3])]:
        again = pickle.loads(pickle.dumps(shape))
        assert again == shape and hash(again) == hash(shape)
        assert np.array_equal(volume_fractions([shape], 4, 4), volume_fractions([again], 4, 4))
    assert repr(shapes[0]) == "Circle(center=(0.0, 1.0), radius=2.0)"
    assert Polygon(STAR) != Polygon(STAR[::-1]) and shapes[0] != shapes[1]
    assert eval(repr(Polygon(STAR[:4]))) == Polygon(STAR[:4])
    with pytest.raises(ValueError):
        Polygon(STAR).points[0, 0] = 3
