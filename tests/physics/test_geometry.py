"""Regions cut by lines against rational arithmetic: only the directions of the lines are taken from the library; where
they lie follows from the fractions, and everything else from cutting polygons exactly. Level sets:
test_level_set_geometry.py."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from material_fields import (
    LINES,
    METHODS,
    Array,
    State,
    crowds,
    debris,
    kept,
    noise,
    plateaus,
    reconstructed,
    states,
)
from rational import Polygon, above, area, below, common, moments, polygon, rectangle

import mirhydro as mir

SQUARE = rectangle(0, 1, 0, 1)
fields = states((noise, crowds, debris, plateaus), nmat=(2, 4), sides=(1, 3))
few = settings(max_examples=6)
every_line = pytest.mark.parametrize("method", LINES)

Cut = tuple[Fraction, Fraction, Fraction]


def place(p: Polygon, a: float, b: float, part: Fraction) -> Fraction:
    """Constant of the line with the normal (a, b) that leaves the area `part` of p on its inner side."""
    heights = sorted(Fraction(a) * x + Fraction(b) * y for x, y in p)
    low, high = heights[0], heights[-1]
    for low_corner, high_corner in pairwise(heights):
        if area(below(p, a, b, high_corner)) >= part:
            low, high = low_corner, high_corner
            break
    for _ in range(60):
        middle = (low + high) / 2
        middle = Fraction(round(middle * 2**70), 2**70)
        low, high = (middle, high) if area(below(p, a, b, middle)) < part else (low, middle)
    return high


def regions(r: mir.Reconstruction, state: State, row: int) -> tuple[dict[int, Polygon], list[Cut], list[Polygon]]:
    """Exact region of each material, the lines, and what each line cuts."""
    j, i = r.cells[row]
    vf, segments = kept(state.vf)[:, j, i], r.segments()
    left, own, cuts, frames = SQUARE, {}, [], []
    mine = np.flatnonzero(segments.cell == row)
    for s in mine:
        material, (a, b) = int(segments.below[s]), segments.normal[s]
        c = place(left, a, b, Fraction(vf[material]))
        own[material] = below(left, a, b, c)
        cuts.append((Fraction(a), Fraction(b), c))
        frames.append(left)
        left = above(left, a, b, c)
    own[int(segments.above[mine[-1]])] = left
    return own, cuts, frames


def check_rows(method: str, state: State, check: object) -> None:
    r = reconstructed(method, state)
    for row in range(len(r)):
        check(r, row, *regions(r, state, row))  # type: ignore[operator]


@every_line
@given(state=fields)
@few
def test_volumes_centroids_and_parts(method, state):
    def check(r: mir.Reconstruction, row: int, own: dict[int, Polygon], cuts: list[Cut], frames: object) -> None:
        parts = r.subcell(3)[row]
        for m in range(len(state.vf)):
            if m not in own:
                assert r.volumes()[row, m] == 0 and np.all(parts[m] == 0)
                assert np.all(np.isnan(r.centroids()[row, m]))
                continue
            a, mx, my = moments(own[m])
            assert abs(r.volumes()[row, m] - float(a)) < 1e-14
            # a centroid is known to the precision of its area
            np.testing.assert_allclose(r.centroids()[row, m] * float(a), [float(mx), float(my)], rtol=0, atol=2e-15)
            third = [Fraction(k, 3) for k in range(4)]
            wanted = [
                [9 * area(_window(own[m], third[p], third[p + 1], third[q], third[q + 1])) for p in range(3)]
                for q in range(3)
            ]
            np.testing.assert_allclose(parts[m], np.array(wanted, float), rtol=0, atol=1e-13)
        np.testing.assert_allclose(parts.sum(axis=0), 1, rtol=0, atol=1e-13)

    check_rows(method, state, check)


def _window(p: Polygon, x0: Fraction, x1: Fraction, y0: Fraction, y1: Fraction) -> Polygon:
    return below(above(below(above(p, 1, 0, x0), 1, 0, x1), 0, 1, y0), 0, 1, y1)


@every_line
@given(state=fields, width=st.one_of(st.floats(0, 1), st.sampled_from([1e-13, 1e-9, 0.5, 1 - 1e-12])))
@few
def test_swept_volumes(method, state, width):
    """Through all four faces of each cell, any displacement."""
    r = reconstructed(method, state)
    _, ny, nx = state.shape
    left, right = (r.swept("x", np.full((ny, nx + 1), sign * width)) for sign in (-1.0, 1.0))
    down, up = (r.swept("y", np.full((ny + 1, nx), sign * width)) for sign in (-1.0, 1.0))
    w = Fraction(width)
    for row, (j, i) in enumerate(r.cells):
        own, _, _ = regions(r, state, row)
        for m in range(len(state.vf)):
            have = [-left[m, j, i], right[m, j, i + 1], -down[m, j, i], up[m, j + 1, i]]
            p = own.get(m, [])
            want = [below(p, 1, 0, w), above(p, 1, 0, 1 - w), below(p, 0, 1, w), above(p, 0, 1, 1 - w)]
            np.testing.assert_allclose(have, [float(area(q)) for q in want], rtol=0, atol=1e-15 if m in own else 0)


@every_line
@given(state=fields, seed=st.integers(0, 2**32))
@few
def test_clip(method, state, seed):
    """Area and moments inside triangles and quadrilaterals of any orientation, in mixed and pure cells."""
    rng = np.random.default_rng(seed)
    r = reconstructed(method, state)
    _, ny, nx = state.shape
    cells = np.argwhere(np.ones((ny, nx)))
    corners = np.sort(rng.uniform(0, 2 * np.pi, (len(cells), 4)), axis=1)[:, :: rng.choice([-1, 1])]
    shape = 0.5 + rng.uniform(0, 0.5) * np.stack([np.cos(corners), np.sin(corners)], axis=-1)
    have = r.clip(shape, cells)
    index, owner = r.index, r.owner
    for q, (j, i) in enumerate(cells):
        p = polygon(shape[q])
        turned = p if rng is None or _signed(p) > 0 else p[::-1]
        own = regions(r, state, index[j, i])[0] if index[j, i] >= 0 else {int(owner[j, i]): SQUARE}
        for m in range(len(state.vf)):
            wanted = [float(v) for v in moments(common(own.get(m, []), turned))]
            np.testing.assert_allclose(have[q, m], wanted, rtol=0, atol=4e-15 if m in own else 0)


def _signed(p: Polygon) -> Fraction:
    return sum((p[k - 1][0] * p[k][1] - p[k][0] * p[k - 1][1] for k in range(len(p))), Fraction(0))


def test_clip_takes_offsets_and_degenerate_polygons():
    state = State(np.full((2, 1, 1), 0.5), np.full((2, 1, 1, 2), 0.5))
    r = reconstructed("elvira", state)
    points = np.array(
        [[0, 0], [1, 0], [1, 1], [0, 1], [0.5, 0.5], [0.5, 0.5], [0.2, 0.2], [0.4, 0.4], [0.6, 0.6]], float
    )
    have = r.clip((points, np.array([0, 4, 6, 9, 9])), np.zeros((4, 2), int))
    np.testing.assert_allclose(have[0, :, 0], [0.5, 0.5], atol=1e-15)
    np.testing.assert_allclose(have[0].sum(axis=0), [1, 0.5, 0.5], atol=1e-15)
    np.testing.assert_allclose(have[1:], 0, atol=1e-15)


@every_line
@given(state=fields)
@few
def test_polygons_are_the_regions(method, state):
    """Convex, counter-clockwise, inside their cell, and nothing but the region of their material."""
    r = reconstructed(method, state)
    p = r.polygons()
    assert p.offsets[0] == 0 and p.offsets[-1] == len(p.points)
    cover = np.zeros(len(r))
    for q, (row, m) in enumerate(zip(p.cell, p.material, strict=True)):
        j, i = r.cells[row]
        points = p.points[p.offsets[q] : p.offsets[q + 1]] - [i, j]
        assert len(points) >= 3
        assert points.min() >= -1e-15 and points.max() <= 1 + 1e-15
        sides = np.roll(points, -1, axis=0) - points
        turn = sides[:, 0] * np.roll(sides[:, 1], -1) - sides[:, 1] * np.roll(sides[:, 0], -1)
        assert np.all(turn >= -1e-14), "convex and counter-clockwise"
        exact = regions(r, state, row)[0][int(m)]
        rounded = polygon(np.clip(points, 0, 1))
        assert abs(float(area(rounded)) - float(area(exact))) < 1e-14
        assert abs(float(area(common(exact, rounded))) - float(area(exact))) < 1e-14
        cover[row] += float(area(rounded))
    np.testing.assert_allclose(cover, 1, rtol=0, atol=1e-13)


@every_line
@given(state=fields)
@few
def test_segments_lie_on_the_lines(method, state):
    """Ends on the line and on the boundary of what it cuts; length; unit normal out of `below`, which lies left."""
    r = reconstructed(method, state)
    s = r.segments()
    np.testing.assert_allclose(np.hypot(*s.normal.T), 1, atol=4e-16)
    np.testing.assert_allclose(np.hypot(*(s.ends[:, 1] - s.ends[:, 0]).T), s.length, atol=1e-15)
    for row, (j, i) in enumerate(r.cells):
        own, cuts, frames = regions(r, state, row)
        mine = np.flatnonzero(s.cell == row)
        assert len(mine) == len(own) - 1
        for k, (a, b, c), frame in zip(mine, cuts, frames, strict=True):
            ends = s.ends[k] - [i, j]
            height = [float(a * Fraction(x) + b * Fraction(y) - c) for x, y in ends]
            np.testing.assert_allclose(height, 0, atol=2e-13)  # a square root of round-off in the smallest corners
            for x, y in ends:
                assert min(_distance((x, y), frame)) < 1e-14
            along = ends[1] - ends[0]
            assert along[0] * s.normal[k, 1] - along[1] * s.normal[k, 0] <= 1e-15, "below on the left hand"
            inside = np.array([float(v) for v in moments(own[int(s.below[k])])])
            centre = inside[1:] / inside[0]
            assert s.normal[k] @ (centre - ends[0]) <= 1e-14, "the normal points out of below"
            chord = sorted(_crossings(frame, a, b, c))
            assert abs(s.length[k] - np.hypot(*np.subtract(chord[-1], chord[0]))) < 1e-12


def _distance(p: tuple[float, float], frame: Polygon) -> list[float]:
    q = np.array([[float(x), float(y)] for x, y in frame])
    out = []
    for k in range(len(q)):
        side = q[k] - q[k - 1]
        if not side.any():
            continue
        t = np.clip(np.dot(p - q[k - 1], side) / np.dot(side, side), 0, 1)
        out.append(float(np.hypot(*(p - q[k - 1] - t * side))))
    return out


def _crossings(frame: Polygon, a: Fraction, b: Fraction, c: Fraction) -> list[tuple[float, float]]:
    cut = below(frame, a, b, c)
    on = [(float(x), float(y)) for x, y in cut if abs(a * x + b * y - c) < Fraction(1, 10**14)]
    return on if len(on) > 1 else on * 2


@pytest.mark.parametrize("method", [m for m in METHODS if m != "mof"])
def test_contour_of_a_circle_is_closed_and_as_long(method):
    """One polyline, its material on the left hand; its length converges to the circumference."""
    error = []
    for n in (16, 32, 64):
        vf = mir.volume_fractions([mir.Circle((0.47, 0.53), 0.31)], n, n)
        c = mir.Reconstructor(method)(vf).contours()
        assert len(c.below) == 1 and (c.below[0], c.above[0]) == (0, 1)
        np.testing.assert_array_equal(c.points[0], c.points[-1])
        x, y = c.points.T / n
        np.testing.assert_allclose(np.hypot(x - 0.47, y - 0.53), 0.31, atol=1.5 / n**1.5)
        turning = 0.5 * np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])
        assert abs(turning - np.pi * 0.31**2) < 0.05 / n
        error.append(abs(np.hypot(np.diff(x), np.diff(y)).sum() - 2 * np.pi * 0.31))
    assert error[2] < 0.35 * error[0] and error[2] < 3e-3, error


def test_contours_of_an_exact_line_end_at_the_rim():
    vf = mir.volume_fractions([mir.HalfPlane((0.5, 0.41), (0.3, 1.0))], 16, 16)
    c = mir.Reconstructor("elvira")(vf).contours()
    assert len(c.below) == 1
    inner = c.points[(c.points[:, 0] > 1) & (c.points[:, 0] < 15)] / 16  # the mirror bends the line at the rim
    np.testing.assert_allclose(0.3 * (inner[:, 0] - 0.5) + (inner[:, 1] - 0.41), 0, atol=1e-13)
    assert set(np.round(c.points[[0, -1], 0])) == {0.0, 16.0}


def test_contours_of_several_materials_name_their_pairs():
    """A ring about a disc: two closed contours, between 0 and 1 and between 1 and 2."""
    vf = mir.volume_fractions([mir.Circle((0.5, 0.5), 0.2), mir.Circle((0.5, 0.5), 0.35)], 40, 40)
    c = mir.Reconstructor("elvira")(vf).contours()
    assert sorted(zip(c.below.tolist(), c.above.tolist(), strict=True)) == [(0, 1), (1, 2)]
    for q, radius in zip(np.argsort(c.below), (0.2, 0.35), strict=True):
        p = c.points[c.offsets[q] : c.offsets[q + 1]] / 40
        np.testing.assert_array_equal(p[0], p[-1])
        assert abs(np.hypot(*np.diff(p, axis=0).T).sum() - 2 * np.pi * radius) < 0.01


def _triple_point(n: int) -> Array:
    left, top = mir.HalfPlane((0.47, 0.5), (1.0, 0.2)), mir.HalfPlane((0.5, 0.52), (0.1, -1.0))
    return mir.volume_fractions([left, top], n, n)


@pytest.mark.parametrize("method", [m for m in LINES if m != "mof"])
def test_contours_at_a_triple_point_lose_nothing(method):
    """Pieces joined into polylines are the pieces: every segment once, of its pair of materials."""
    r = mir.Reconstructor(method)(_triple_point(20))
    s, c = r.segments(), r.contours()
    pieces = np.zeros((3, 3))
    np.add.at(pieces, (np.minimum(s.below, s.above), np.maximum(s.below, s.above)), 1)
    chained = np.zeros((3, 3))
    np.add.at(chained, (c.below, c.above), np.diff(c.offsets) - 1)
    np.testing.assert_array_equal(chained, pieces)
