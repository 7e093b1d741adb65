"""What a result refuses: displacements and outputs of `swept` (row V9 of the list of faults), polygons, sub-cells."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from refusals import field, fingerprint

import mirhydro as mir


def swept_refused(d: Any, pattern: str, error: type[Exception] = ValueError, axis: Any = "x", **more: Any) -> None:
    vf = field(2, 5, 6)
    r = mir.Reconstructor("elvira")(vf)
    before = fingerprint(r)
    out = np.random.default_rng(0).uniform(size=(2, 5, 7) if axis != "y" else (2, 6, 6))
    kept = out.copy()
    with pytest.raises(error, match=pattern):
        r.swept(axis, d, **{"out": out, **more})
    np.testing.assert_array_equal(out, kept)
    assert fingerprint(r) == before


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1 + 1e-15, -1.5, np.nextafter(1, 2)])
@pytest.mark.parametrize("j, i", [(0, 0), (4, 6), (2, 3)])
def test_a_face_that_moves_too_far_is_named(value, j, i):
    d = np.zeros((5, 7))
    d[j, i] = value
    swept_refused(d, re.escape(f"displacement[{j}, {i}] = ") + ".*at most one cell")
    e = np.zeros((6, 6))
    e[min(i, 5), j] = value
    swept_refused(e, re.escape(f"displacement[{min(i, 5)}, {j}] = ") + ".*at most one cell", axis="y")


def test_more_outflow_than_there_is_names_both_faces():
    d = np.zeros((5, 7))
    d[2, 3], d[2, 4] = -0.6, 0.5
    swept_refused(d, r"displacement\[2, 3\] = -0.6 and displacement\[2, 4\] = 0.5.*at most 1")
    swept_refused(
        np.ascontiguousarray(np.pad(d.T, ((0, 0), (0, 1))))[:6],
        r"displacement\[3, 2\] = -0.6 and displacement\[4, 2\]",
        axis="y",
    )


def test_a_donor_without_a_region_is_named_and_nothing_is_written():
    """where= left a mixed cell out: an outflow from it, also from its image outside the mesh."""
    vf, where = field(2, 3, 4), np.ones((3, 4), bool)
    where[1, 0] = False
    for boundary in ("mirror", "periodic", "replicate"):
        r = mir.Reconstructor("elvira", boundary=boundary)(vf, where=where)
        for face, value in ((1, 0.2), (0, -0.2), (0, 0.2)):
            if face == 0 and value > 0 and boundary == "periodic":
                continue  # the donor is the last cell of the row
            d = np.zeros((3, 5))
            d[1, face] = value
            out = np.full((2, 3, 5), 7.0)
            with pytest.raises(ValueError, match=r"displacement\[1, [01]\] = .*was not reconstructed"):
                r.swept("x", d, out=out)
            np.testing.assert_array_equal(out, 7)
    r = mir.Reconstructor("elvira", boundary="periodic")(vf, where=where)
    d, out = np.zeros((3, 5)), np.full((2, 3, 5), 7.0)
    d[1, 4] = -0.2
    with pytest.raises(ValueError, match="was not reconstructed"):
        r.swept("x", d, out=out)
    np.testing.assert_array_equal(out, 7)


@pytest.mark.parametrize("flush", [-1e-10, 0.5, np.nan, np.inf])
def test_a_bad_flush_is_named(flush):
    swept_refused(np.zeros((5, 7)), f"flush = {flush}".replace(".", r"\."), flush=flush)


def test_swept_names_what_is_wrong_with_its_arguments():
    d = np.zeros((5, 7))
    swept_refused(np.zeros((5, 6)), r"displacement has the shape \[5, 6\], not \[5, 7\]")
    swept_refused(np.zeros(7), "displacement has the shape")
    swept_refused(d.astype(np.float32), "displacement has dtype float32, not float64", TypeError)
    swept_refused(d.tolist(), "displacement is a list", TypeError)
    swept_refused(None, "displacement is a NoneType", TypeError)
    axis: Any
    for axis in ("z", 0, None, [], "X"):
        swept_refused(d, "axis = ", axis=axis)
    swept_refused(d, "flush = None", TypeError, flush=None)
    out: Any
    for out, pattern, error in (
        (np.zeros((2, 5, 6)), r"out has the shape \[2, 5, 6\], not \[2, 5, 7\]", ValueError),
        (np.zeros((3, 5, 7)), "out has the shape", ValueError),
        (np.zeros((2, 5, 7), np.float32), "out has dtype float32", TypeError),
        (np.broadcast_to(0.0, (2, 5, 7)), "out is read-only", ValueError),
        ([[[0.0]]], "out is a list", TypeError),
    ):
        r = mir.Reconstructor("elvira")(field(2, 5, 6))
        with pytest.raises(error, match=pattern):
            r.swept("x", d, out=out)


def test_out_may_not_be_the_displacement_or_overlap_itself():
    r = mir.Reconstructor("elvira")(field(2, 5, 6))
    room = np.zeros((2, 5, 7))
    with pytest.raises(ValueError, match="out shares memory with displacement"):
        r.swept("x", room[0], out=room)
    folded = np.lib.stride_tricks.as_strided(np.zeros((5, 7)), (2, 5, 7), (0, 56, 8))
    with pytest.raises(ValueError, match="out overlaps itself"):
        r.swept("x", np.zeros((5, 7)), out=folded)


def test_geometry_names_what_is_wrong_with_its_arguments():
    r = mir.Reconstructor("elvira")(field(2, 5, 6))
    triangle = np.array([[[0, 0], [1, 0], [1, 1]]], float)
    for s, error in ((0, ValueError), (-1, ValueError), (1.5, TypeError), (None, TypeError)):
        with pytest.raises(error, match=f"s = {s}"):
            r.subcell(s)  # type: ignore[arg-type]
    for polygons, cells, pattern, error in (
        (triangle * 2, [[0, 0]], r"polygons: point \[1, 0\] = 2", ValueError),
        (triangle * np.nan, [[0, 0]], r"polygons: point \[0, 0\] = nan", ValueError),
        (triangle[0], [[0, 0]], r"polygons has the shape \(3, 2\)", ValueError),
        (triangle, [[5, 0]], r"cells\[0\] = \[5, 0\]: not in the mesh", ValueError),
        (triangle, [[0, -1]], r"cells\[0\] = \[0, -1\]: not in the mesh", ValueError),
        (triangle, [[0.5, 0]], "cells has dtype float64", TypeError),
        (triangle, np.array([[2**32, 0]]), "cells has the value 4294967296", ValueError),
        (triangle, [0, 0], r"cells has the shape \(2,\)", ValueError),
        ((triangle[0], np.array([0, 4])), [[0, 0]], r"offsets\[1\] = 4", ValueError),
        ((triangle[0], np.array([2, 1])), [[0, 0]], "offsets", ValueError),
        ((triangle[0], np.array([0])), [[0, 0]], "offsets", ValueError),
    ):
        with pytest.raises(error, match=pattern):
            r.clip(polygons, cells)
    some = mir.Reconstructor("elvira")(field(2, 5, 6), where=np.zeros((5, 6), bool))
    with pytest.raises(ValueError, match=r"cells\[0\] = \[0, 0\]: a mixed cell that was not reconstructed"):
        some.clip(triangle, [[0, 0]])
