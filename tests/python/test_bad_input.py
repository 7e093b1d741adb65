"""Fractions and arrays that are none are refused in words, and nothing is written: rows V1 to V6 and A1 to A6 of the
list of faults."""

from __future__ import annotations

import array
import mmap
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import field, fingerprint, inputs, refused

import mirhydro as mir

METHODS = tuple(mir.methods())
every_method = pytest.mark.parametrize("method", METHODS)


# V1, V2, V3: values


@every_method
@pytest.mark.parametrize(
    "value, text", [(np.nan, "nan"), (np.inf, "inf"), (-np.inf, "-inf"), (-0.2, "-0.2"), (1.5, "1.5")]
)
@pytest.mark.parametrize("m, j, i", [(0, 0, 0), (1, 0, 5), (2, 4, 0), (1, 4, 5), (0, 2, 3)])
def test_a_bad_fraction_is_named(method, value, text, m, j, i):
    vf = field(3)
    vf[m, j, i] = value
    pattern = re.escape(f"vf[{m}, {j}, {i}] = {text}: volume fractions lie in [0, 1]")
    refused(method, vf, pattern, **inputs(method, vf))


@every_method
def test_a_bad_fraction_in_a_mesh_of_one_cell_and_of_one_material(method):
    refused(method, np.array([[[np.nan]], [[1.0]]]), r"vf\[0, 0, 0\] = nan", **inputs(method, np.ones((2, 1, 1))))
    refused(method, np.array([[np.nan, 0.5]]), r"vf\[0, 0\] = nan", **inputs(method, np.ones((1, 2))))
    refused(method, np.array([[[1.0, 0.5]]]), r"vf\[:, 0, 1\] adds up to 0.5", **inputs(method, np.ones((1, 1, 2))))


@given(position=st.integers(0, 2 * 3 * 131 - 1), value=st.sampled_from([np.nan, np.inf, -1e-7, 1 + 1e-7]))
def test_the_bad_fraction_is_found_anywhere(position, value):
    """In whole words of the scan and in their tails."""
    vf = field(2, 3, 131)
    m, j, i = np.unravel_index(position, vf.shape)
    vf[m, j, i] = value
    refused("youngs", vf, re.escape(f"vf[{m}, {j}, {i}] = "))


@every_method
def test_a_bad_ghost_cell_is_named_too(method):
    vf = field(2, 7, 7)
    vf[1, 0, 3] = np.nan
    with pytest.raises(ValueError, match=r"vf\[1, 0, 3\] = nan"):
        mir.Reconstructor(method, ghost=2)(vf, **inputs(method, vf))


@pytest.mark.parametrize("off, fine", [(2e-8, False), (-2e-8, False), (5e-9, True), (-5e-9, True), (1e-15, True)])
def test_sums_off_by_more_than_the_tolerance_are_refused(off, fine):
    """1e-8 for doubles; within it the excess is folded in, and counted."""
    vf = field()
    vf[1, 2, 3] += off
    if not fine:
        refused("elvira", vf, r"vf\[:, 2, 3\] adds up to (1\.0000000[12]|0\.99999998)")
        return
    r = mir.Reconstructor("elvira")(vf)
    assert r.stats.folded >= 1
    assert r.stats.residual < 1e-14
    np.testing.assert_allclose(r.volumes().sum(axis=1), 1, atol=1e-15)


@pytest.mark.parametrize("tiny", [-0.0, 5e-324, 1e-310, 1e-300, 1e-17, -1e-12, -5e-9, 1e-12])
def test_round_off_is_no_material(tiny):
    """-0, denormals and what is below eps: a pure cell; no warning, no third material."""
    vf = np.zeros((3, 1, 4))
    vf[0] = 1
    vf[1, 0, 1], vf[2, 0, 2] = tiny, tiny
    r = mir.Reconstructor("elvira")(vf)
    assert len(r) == 0
    np.testing.assert_array_equal(r.owner, 0)
    np.testing.assert_array_equal(r.swept("x", np.full((1, 5), 0.5))[1:], 0)


def test_one_plus_an_ulp_is_one():
    for one in (np.nextafter(1, 2), np.nextafter(1, 0), 1 + 5e-9):
        r = mir.Reconstructor("elvira")(np.array([[[one, 1.0]], [[0.0, 0.0]]]))
        assert (len(r), r.stats.folded) == (0, 1)


@every_method
def test_float32_rounding_is_no_error(method):
    """Fractions rounded to single precision do not add up better than that: folded, volumes exact."""
    for nmat in (2, 3, 10):
        vf = field(nmat, 20, 30).astype(np.float32)
        r = mir.Reconstructor(method)(vf, **inputs(method, vf))
        np.testing.assert_allclose(r.volumes().sum(axis=1), 1, atol=1e-13)
        np.testing.assert_allclose(r.volumes(), vf[:, r.cells[:, 0], r.cells[:, 1]].T, atol=nmat * 2.0**-23)
    single = np.array([[3e-8, 1e-9, 0.3, 1 - 2.0**-24]], np.float32)
    r, twin = (mir.Reconstructor(method)(v, **inputs(method, v)) for v in (single, single.astype(float)))
    np.testing.assert_array_equal(r.volumes(), twin.volumes())


@pytest.mark.parametrize("value", [np.nan, np.inf, -0.5, 1.5])
def test_a_bad_float32_fraction_is_named(value):
    vf = field().astype(np.float32)
    vf[1, 2, 3] = value
    refused("myc", vf, re.escape("vf[1, 2, 3] = "))


# V6: sizes


@pytest.mark.parametrize("shape", [(2, 0, 3), (2, 3, 0), (0, 3, 3), (2, 0, 0), (0, 3), (3, 0)])
def test_empty_fields_are_refused(shape):
    refused("elvira", np.ones(shape), "vf has 0 (rows|materials)|rows of 0 cells|at least one cell")


@pytest.mark.parametrize("shape", [(), (3,), (2, 3, 4, 5)])
def test_wrong_rank_is_refused(shape):
    refused("elvira", np.ones(shape), r"vf has the shape .*, not \(nmat, ny, nx\) or \(ny, nx\)")


@every_method
@pytest.mark.parametrize("nmat", [1, 2, 3, 10, 64])
@pytest.mark.parametrize("ny, nx", [(1, 1), (1, 2), (2, 1), (2, 2), (1, 3), (3, 3)])
def test_meshes_smaller_than_a_stencil(method, nmat, ny, nx):
    vf = field(nmat, ny, nx) if nmat > 1 else np.ones((1, ny, nx))
    r = mir.Reconstructor(method)(vf, **inputs(method, vf))
    np.testing.assert_allclose(r.volumes(), vf[:, r.cells[:, 0], r.cells[:, 1]].T, atol=1e-13)
    s = r.swept("y", np.full((ny + 1, nx), -0.3))
    np.testing.assert_allclose(s.sum(axis=0), -0.3, atol=1e-15)


# A1, A2: dtypes and strides


@pytest.mark.parametrize(
    "dtype", ["i4", "i8", "u1", "?", "f2", "g", "c16", "O", ">f8", ">f4", "U8", "M8[s]", [("a", "f8"), ("b", "f8")]]
)
def test_other_types_are_refused_by_name(dtype):
    """Never converted: a silent copy in the loop would cost more than the method."""
    vf = np.zeros((2, 3, 3), dtype)
    name = re.escape(str(np.dtype(dtype)))
    refused("elvira", vf, f"vf has dtype {name}, not float64 or float32", TypeError)


def test_unaligned_elements_are_refused():
    room = np.zeros(8 * 18 + 4, np.uint8)
    vf = room[4:].view(np.float64).reshape(2, 3, 3)
    vf[0] = 1
    if vf.ctypes.data % 8:
        refused("elvira", vf, "vf: elements are not aligned; pass a copy")
    packed = np.zeros((2, 3, 3), [("c", "u1"), ("f", "f8")])["f"]
    refused("elvira", packed, "vf: elements are not aligned; pass a copy")


def test_more_elements_than_an_int_counts():
    """2^31 + fractions through strides of 0, and strides that reach 20 GiB away (mapped, hardly any of it touched)."""
    row = field(2, 1, 4096)
    rows = (2**31) // (2 * 4096) + 1
    tall = np.broadcast_to(row, (2, rows, 4096))
    assert tall.size > 2**31
    where = np.broadcast_to(False, (rows, 4096))
    assert len(mir.Reconstructor("youngs")(tall, where=where)) == 0
    room = mmap.mmap(
        -1, 2**34 + 2**32 + 2**20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | getattr(mmap, "MAP_NORESERVE", 0)
    )
    small = field(3, 3, 5)
    far = np.ndarray((3, 3, 5), float, room, 0, (2**33, 2**31, 8))
    far[:] = small
    rec = mir.Reconstructor("elvira")
    np.testing.assert_array_equal(rec(far).volumes(), rec(small).volumes())
    del far
    room.close()


# A5, A6: what is no array


@pytest.mark.parametrize("thing", [None, "vf", 3.0, {}, [[0.5]], ((0.5,),), object(), iter([])])
def test_what_is_no_array_is_named(thing):
    refused("elvira", thing, f"vf is a {type(thing).__name__}, not an array", TypeError)


def test_masked_arrays_are_refused():
    refused("elvira", np.ma.masked_array(field(), mask=False), "vf is a masked array: .*where=", TypeError)


class Capsule:
    """An exporter of DLPack without anything else; `device` as (type, number)."""

    def __init__(self, a: np.ndarray, device: tuple[int, int] = (1, 0)) -> None:
        self.a, self.device = a, device

    def __dlpack__(self, **options: Any) -> Any:
        return self.a.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.device


def test_buffers_and_dlpack_are_read_in_place():
    vf = field()
    rec = mir.Reconstructor("elvira")
    wanted = rec(vf).volumes()
    shaped = memoryview(array.array("d", vf.ravel().tolist())).cast("B").cast("d", shape=[2, 5, 6])
    for same in (
        shaped,
        vf.data,
        Capsule(vf),
        Capsule(vf.transpose(2, 0, 1)[:, ::-1].copy()[:, ::-1].transpose(1, 2, 0)),
    ):
        np.testing.assert_array_equal(rec(same).volumes(), wanted)
    flat = np.zeros((5, 7))
    np.testing.assert_array_equal(rec(vf).swept("x", Capsule(flat)), 0)


@pytest.mark.parametrize("kind", [3, 11, 13])
def test_pinned_and_managed_memory_is_the_hosts(kind):
    """What is pinned for CUDA or ROCm, or shared with a device, the processor reads in place, and writes."""
    vf = field()
    r, out = mir.Reconstructor("elvira")(Capsule(vf, (kind, 0))), np.full((2, 5, 7), 7.0)
    wanted = mir.Reconstructor("elvira")(vf).swept("x", np.full((5, 7), 0.1))
    r.swept("x", Capsule(np.full((5, 7), 0.1), (kind, 0)), out=Capsule(out, (kind, 0)))
    np.testing.assert_array_equal(out, wanted)


@pytest.mark.parametrize("device", [(2, 0), (2, 1), (10, 0), (8, 0)])
def test_device_arrays_are_refused_by_device(device):
    refused("elvira", Capsule(field(), device), re.escape(f"vf lies on device {device}"), TypeError)


def test_an_exporter_that_fails_is_reported():
    class Consumed(Capsule):
        def __dlpack__(self, **options: Any) -> Any:
            raise BufferError("vf: this tensor requires grad, or its capsule was consumed")

    with pytest.raises(BufferError, match="requires grad"):
        mir.Reconstructor("elvira")(Consumed(field()))


def test_where_and_centroids_are_checked():
    vf = field(3)
    centroids = inputs("mof", vf)["centroids"]
    for where, pattern, error in (
        (np.ones((5, 6)), "where has dtype float64, not bool", TypeError),
        (np.ones((5, 5), bool), "where is 5 x 5, vf has 5 x 6 cells", ValueError),
        (np.ones(6, bool), "where has the shape", ValueError),
        ([[True]], "where is a list", TypeError),
    ):
        refused("elvira", vf, pattern, error, where=where)
    for c, pattern, error in (
        (None, r"centroids: mof needs them, \(nmat, ny, nx, 2\)", ValueError),
        (centroids[:2], r"centroids has the shape \[2, 5, 6, 2\], not \[3, 5, 6, 2\]", ValueError),
        (centroids[..., 0], "centroids has the shape", ValueError),
        (centroids.astype(np.float32), "centroids has dtype float32, not float64", TypeError),
    ):
        refused("mof", vf, pattern, error, centroids=c)
    refused("elvira", vf, "centroids: only mof takes them, not elvira", centroids=centroids)
    for value in (np.nan, -0.1, 1.2, np.inf):
        bad = centroids.copy()
        bad[1, 2, 3, 0] = value
        refused("mof", vf, re.escape("centroids[1, 2, 3, 0] = "), centroids=bad)
    pure = np.zeros((2, 3, 3))
    pure[0] = 1
    assert len(mir.Reconstructor("mof")(pure, centroids=np.full((2, 3, 3, 2), np.nan))) == 0


def test_out_must_be_a_result():
    with pytest.raises(TypeError, match="out is a ndarray, not a Reconstruction"):
        mir.Reconstructor("elvira")(field(), out=np.zeros(3))  # type: ignore[arg-type]


def test_a_result_without_a_call_is_empty():
    r = mir.Reconstruction()
    assert (len(r), r.nmat, r.ny, r.nx) == (0, 0, 0, 0)
    assert r.volumes().shape == (0, 0)
    assert len(r.polygons().cell) == len(r.segments().cell) == len(r.contours().below) == 0
    with pytest.raises(ValueError, match="nothing has been reconstructed yet"):
        r.swept("x", np.zeros((3, 4)))


def test_mixed_cells_names_what_is_wrong():
    with pytest.raises(TypeError, match="vf is a list"):
        mir.mixed_cells([[0.5]])
    with pytest.raises(ValueError, match="vf has the shape"):
        mir.mixed_cells(np.ones(3))


def test_the_input_may_go_once_the_call_is_over():
    """A4: nothing of the host's arrays is kept."""
    vf = field()
    r = mir.Reconstructor("lvira")(vf)
    before = fingerprint(r)
    vf[:] = np.nan
    del vf
    assert fingerprint(r) == before
    before_volumes = r.volumes()
    keep = r.volumes()
    mir.Reconstructor("lvira")(field(seed=5), out=r)
    np.testing.assert_array_equal(keep, before_volumes)
