"""A region depends on its neighbourhood only (design.md, promise 2): not on the batch, the place in it, threads, tiles,
halo copies, strides, precision of the same values, instruction set, or what the result was used for before. All
bitwise."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from material_fields import (
    FAMILIES,
    METHODS,
    Array,
    State,
    blobs,
    called,
    crowds,
    displacements,
    every_method,
    noise,
    reconstructed,
    seeds,
    with_centroids,
)

import mirhydro as mir

same = np.testing.assert_array_equal


def a_state(seed: int = 3, nmat: int = 3, ny: int = 21, nx: int = 70) -> State:
    """Larger than a block of the kernels; cells of one to three materials."""
    rng = np.random.default_rng(seed)
    vf = blobs(nmat, ny, nx, rng)
    vf[:, :, nx // 2 :] = crowds(nmat, ny, nx - nx // 2, rng)
    return with_centroids(vf, rng)


def everything(r: mir.Reconstruction, dx: Array, dy: Array) -> list[Array]:
    return [
        r.cells, r.index, r.owner, r.volumes(), r.centroids(), r.swept("x", dx), r.swept("y", dy),
        r.swept("x", dx, flush=1e-3), *r.flushed, *r.polygons(), *r.segments(), *r.contours(), r.subcell(2),
    ]  # fmt: skip


def check_same(a: list[Array], b: list[Array]) -> None:
    for have, want in zip(a, b, strict=True):
        same(have, want)


@every_method
@given(seed=seeds, family=st.sampled_from(FAMILIES), nmat=st.integers(2, 4))
def test_a_cell_alone_is_the_cell_in_its_mesh(method, seed, family, nmat):
    """Batch and position: every inner cell again in a mesh that holds no more than what it depends on."""
    rec = mir.Reconstructor(method)
    reach = rec.ghost_layers - 1
    rng, side = np.random.default_rng(seed), 2 * reach + 1
    state = with_centroids(family(nmat, side + 1 + seed % 3, side + 2, rng), rng)
    r = called(rec, state)
    half = np.array([[0.0, 0.3], [0.3, 0.0]])
    for row, (j, i) in enumerate(r.cells):
        if not (reach <= j < state.shape[1] - reach and reach <= i < state.shape[2] - reach):
            continue
        window = state.window(slice(j - reach, j + reach + 1), slice(i - reach, i + reach + 1))
        alone = called(rec, window)
        centre = alone.index[reach, reach]
        same(alone.volumes()[centre], r.volumes()[row])
        for low, high in half:
            d, e = np.zeros((side, side + 1)), np.zeros((state.shape[1], state.shape[2] + 1))
            d[reach, reach], d[reach, reach + 1] = e[j, i], e[j, i + 1] = -low, high
            same(alone.swept("x", d)[:, reach, reach : reach + 2], r.swept("x", e)[:, j, i : i + 2])


@every_method
@pytest.mark.parametrize("before", [(0, 1), (1, 0), (5, 7), (2, 63), (1, 64)])
def test_place_in_a_larger_mesh_does_not_matter(method, before):
    """Other cells, in front of and behind these in every batch."""
    state, (j0, i0) = a_state(ny=9, nx=11), before
    rng = np.random.default_rng(0)
    large = np.concatenate([np.ones((1, 9 + j0 + 3, 11 + i0 + 5)), np.zeros((2, 9 + j0 + 3, 11 + i0 + 5))])
    around = rng.uniform(size=large.shape[1:]) < 0.3
    large[:, around] = noise(3, 9 + j0 + 3, 11 + i0 + 5, rng)[:, around]
    centroids = with_centroids(large, rng).centroids
    at = (slice(None), slice(j0, j0 + 9), slice(i0, i0 + 11))
    large[at], centroids[at] = state.vf, state.centroids
    dx, dy = displacements(state, "x", rng), displacements(state, "y", rng)
    ex, ey = np.zeros((large.shape[1], large.shape[2] + 1)), np.zeros((large.shape[1] + 1, large.shape[2]))
    ex[j0 : j0 + 9, i0 : i0 + 12], ey[j0 : j0 + 10, i0 : i0 + 11] = dx, dy
    small, big = reconstructed(method, state), reconstructed(method, State(large, centroids))
    reach = mir.Reconstructor(method).ghost_layers - 1  # donors whose whole neighbourhood is inside
    inside = (slice(None), slice(reach, -reach), slice(reach + 1, -reach - 1))
    same(big.swept("x", ex)[:, j0 : j0 + 9, i0 : i0 + 12][inside], small.swept("x", dx)[inside])
    inside = (slice(None), slice(reach + 1, -reach - 1), slice(reach, -reach))
    same(big.swept("y", ey)[:, j0 : j0 + 10, i0 : i0 + 11][inside], small.swept("y", dy)[inside])


@every_method
@pytest.mark.parametrize("boundary", ["mirror", "periodic"])
def test_threads_do_not_matter(method, boundary):
    state, rng = a_state(), np.random.default_rng(1)
    dx, dy = displacements(state, "x", rng), displacements(state, "y", rng)
    dx[:, -1], dy[-1] = dx[:, 0], dy[0]
    dx *= 0.5
    dy *= 0.5
    one = everything(reconstructed(method, state, boundary=boundary), dx, dy)
    for threads in (2, 3, 64):
        rec = mir.Reconstructor(method, threads=threads, boundary=boundary)
        for _ in range(2):
            check_same(everything(called(rec, state), dx, dy), one)


@pytest.mark.parametrize("nodes", [1, 2, 3, 4, 8])
@pytest.mark.parametrize("ny, nx, mixed", [(3, 400, 1.0), (12, 700, 0.9), (40, 70, 0.3), (70, 40, 0.02), (1, 130, 1.0)])
def test_one_pass_over_two_materials_is_two(nodes, ny, nx, mixed):
    """One thread shares nodes close behind the gather, several do so at the end; rows may hold any number of cells."""
    rng = np.random.default_rng(5)
    vf = np.where(rng.uniform(size=(ny, nx)) < mixed, rng.uniform(0.01, 0.99, (ny, nx)), 1.0)
    state = State(np.stack([vf, 1 - vf]), np.zeros((2, ny, nx, 2)))
    dx, dy = 0.5 * displacements(state, "x", rng), 0.5 * displacements(state, "y", rng)
    one, two = (mir.Reconstructor("ppic", nodes=nodes, threads=threads)(state.vf) for threads in (1, 2))
    check_same(everything(one, dx, dy), everything(two, dx, dy))
    assert one.stats == two.stats


@every_method
@pytest.mark.parametrize("more", [0, 1])
def test_tiles_with_ghosts_are_the_whole_mesh(method, more):
    """Two by three tiles, each with its neighbours' cells around it, as ranks of MPI see them. Periodic all round."""
    ghost = mir.Reconstructor(method).ghost_layers + more
    state, rng = a_state(ny=20, nx=69), np.random.default_rng(1)
    dx, dy = 0.5 * displacements(state, "x", rng), 0.5 * displacements(state, "y", rng)
    dx[:, -1], dy[-1] = dx[:, 0], dy[0]
    whole = reconstructed(method, state, boundary="periodic")
    sx, sy = whole.swept("x", dx, flush=1e-4), whole.swept("y", dy)
    r = None
    for j, i in np.ndindex(2, 3):
        jj, ii = (
            np.arange(j * 10 - ghost, (j + 1) * 10 + ghost) % 20,
            np.arange(i * 23 - ghost, (i + 1) * 23 + ghost) % 69,
        )
        tile = State(state.vf[:, jj[:, None], ii], state.centroids[:, jj[:, None], ii])
        tx = np.concatenate([dx[jj[:, None], ii], dx[jj, (ii[-1] + 1) % 69][:, None]], axis=1)
        ty = np.concatenate([dy[jj[:, None], ii], dy[(jj[-1] + 1) % 20, ii][None]], axis=0)
        r = called(mir.Reconstructor(method, ghost=ghost), tile, out=r)
        own = (slice(None), slice(ghost, -ghost), slice(ghost, -ghost))
        same(r.swept("x", tx, flush=1e-4)[own], sx[:, 10 * j : 10 * j + 10, 23 * i : 23 * i + 24])
        same(r.swept("y", ty)[own], sy[:, 10 * j : 10 * j + 11, 23 * i : 23 * i + 23])
        rim = r.swept("x", tx)
        rim[own] = 0
        same(rim, 0)


@every_method
@pytest.mark.parametrize("has_ghosts", [False, True])
def test_where_restricts_and_changes_nothing_else(method, has_ghosts):
    ghost = mir.Reconstructor(method).ghost_layers if has_ghosts else 0
    state, rng = a_state(ny=16, nx=24), np.random.default_rng(2)
    where = rng.uniform(size=(16, 24)) < 0.5
    rec = mir.Reconstructor(method, ghost=ghost)
    every, some = called(rec, state), called(rec, state, where=where)
    rows = every.index[tuple(some.cells.T)]
    same(every.cells[rows], some.cells)
    same(every.volumes()[rows], some.volumes())
    same(where[tuple(every.cells.T)], np.isin(np.arange(len(every)), rows))
    same(some.owner, every.owner)
    dx = displacements(state, "x", rng)
    donor = np.zeros((16, 26), bool)
    donor[:, 1:-1] = (every.index < 0) | where
    donor[:, [0, -1]] = False
    dx[~np.where(dx > 0, donor[:, :-1], donor[:, 1:])] = 0
    same(some.swept("x", dx), every.swept("x", dx))


def strided_twins(vf: Array) -> dict[str, Array]:
    """The same values with other strides."""
    wide = np.full((vf.shape[0], 2 * vf.shape[1], 3 * vf.shape[2]), np.nan)
    wide[:, ::2, 1::3] = vf
    return {
        "Fortran": np.asfortranarray(vf),
        "i slowest": np.ascontiguousarray(vf.transpose(2, 0, 1)).transpose(1, 2, 0),
        "negative": np.ascontiguousarray(vf[::-1, ::-1, ::-1])[::-1, ::-1, ::-1],
        "every third": wide[:, ::2, 1::3],
        "read-only": _frozen(vf),
    }


def _frozen(a: Array) -> Array:
    b = a.copy()
    b.flags.writeable = False
    return b


@every_method
@pytest.mark.parametrize("nmat", [2, 3])
def test_strides_do_not_matter(method, nmat):
    state, rng = a_state(nmat=nmat), np.random.default_rng(3)
    dx, dy = displacements(state, "x", rng), displacements(state, "y", rng)
    r = reconstructed(method, state)
    plain = everything(r, dx, dy)
    centroids = np.asfortranarray(state.centroids)
    for vf in strided_twins(state.vf).values():
        check_same(everything(reconstructed(method, State(vf, centroids)), dx, dy), plain)
    for name, d in strided_twins(dx[None]).items():
        dense = np.full((nmat, 3 * d.shape[1], d.shape[2]), np.nan)
        out = np.asfortranarray(dense[:, ::3]) if name == "Fortran" else dense[::-1, ::-3]
        given_out = r.swept("x", d[0], out=out)
        assert given_out is out
        same(out, r.swept("x", dx))


@every_method
def test_a_stride_of_zero_is_a_field_uniform_along_that_axis(method):
    state = a_state(nmat=3, ny=1, nx=13)
    tall = State(np.broadcast_to(state.vf, (3, 6, 13)), np.broadcast_to(state.centroids, (3, 6, 13, 2)))
    copy = State(tall.vf.copy(), tall.centroids.copy())
    dx = np.broadcast_to(displacements(state, "x", np.random.default_rng(4)), (6, 14))
    dy = np.broadcast_to(np.full((7, 1), 0.4), (7, 13))
    check_same(
        everything(reconstructed(method, tall), dx, dy), everything(reconstructed(method, copy), dx.copy(), dy.copy())
    )


@every_method
@pytest.mark.parametrize("nmat", [2, 3])
def test_single_precision_input_is_the_same_values_in_double(method, nmat):
    """Results are double whatever the input is."""
    state, rng = a_state(nmat=nmat), np.random.default_rng(5)
    coarse = np.floor(state.vf * 2**20) / 2**20  # sums are exact in both precisions
    coarse[-1] = 1 - coarse[:-1].sum(axis=0)
    single = coarse.astype(np.float32)
    double = State(single.astype(float), state.centroids)
    dx, dy = displacements(state, "x", rng), displacements(state, "y", rng)
    one, two = (everything(reconstructed(method, State(v, state.centroids)), dx, dy) for v in (single, double.vf))
    check_same(one, two)
    assert one[3].dtype == np.float64


DIGEST = """
import hashlib, sys
import numpy as np, mirhydro as mir
sys.path.insert(0, sys.argv[1])
from test_pure_function import a_state, everything, METHODS, reconstructed
from material_fields import displacements, noise, with_centroids
print(mir.instruction_set())
for method in METHODS:
    for nmat in (2, 3):
        rough = with_centroids(noise(nmat, 9, 40, np.random.default_rng(8)), np.random.default_rng(9))
        for state in (a_state(nmat=nmat), rough):
            rng = np.random.default_rng(5)
            dx, dy = displacements(state, "x", rng), displacements(state, "y", rng)
            for options in ({}, {"spacing": (np.geomspace(1, 9, state.shape[2]), np.geomspace(5, 1, state.shape[1]))}):
                h = hashlib.sha256()
                for a in everything(reconstructed(method, state, **options), dx, dy):
                    h.update(np.ascontiguousarray(a + 0).tobytes())
                print(method, nmat, state.shape, len(options), h.hexdigest())
"""


def digest(instruction_set: str) -> list[str] | None:
    """Digests of everything under an instruction set, in a process of its own; None where this machine lacks it."""
    run = subprocess.run(
        [sys.executable, "-c", DIGEST, str(Path(__file__).parent)],
        env={**os.environ, "MIRHYDRO_SIMD": instruction_set, "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    if run.returncode != 0 and "this processor" in run.stderr:
        return None
    assert run.returncode == 0, run.stderr
    name, *lines = run.stdout.splitlines()
    assert name == instruction_set
    return lines


def test_instruction_sets_agree_to_the_bit():
    """portable, AVX2 and AVX-512, every method, two and more materials, equal and unequal cells."""
    portable = digest("portable")
    assert portable is not None and len(portable) == 8 * len(METHODS)
    for name in ("avx2", "avx512"):
        other = digest(name)
        if other is not None:
            assert other == portable


@every_method
def test_a_result_forgets_what_it_held(method):
    """Fields of other sizes and numbers of materials, larger and smaller, through one result."""
    rec, rng, r = mir.Reconstructor(method), np.random.default_rng(6), None
    shapes = [(3, 20, 66), (2, 3, 4), (5, 9, 130), (1, 2, 2), (2, 40, 40), (3, 1, 1), (4, 12, 7)]
    for turn in range(2):
        for nmat, ny, nx in shapes:
            family = FAMILIES[rng.integers(len(FAMILIES))] if nmat > 1 else None
            vf = family(nmat, ny, nx, rng) if family else np.ones((1, ny, nx))
            state = with_centroids(vf, rng)
            r = called(rec, state, out=r) if r else called(rec, state)
            dx, dy = displacements(state, "x", rng), displacements(state, "y", rng)
            check_same(everything(r, dx, dy), everything(called(rec, state), dx, dy))
            assert r.stats == called(rec, state).stats, turn
