"""Promises of level sets (design.md, 1 and 2) on fields that tie, of up to ten materials, for any number of nodes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from material_fields import EPS, LEVEL_SETS, ULP, Array, State, axes, displacements, kept, seeds
from tied_fields import EVERYTHING, without_centroids

import mirhydro as mir

level_sets = pytest.mark.parametrize("method", LEVEL_SETS)
every_family = pytest.mark.parametrize("family", EVERYTHING, ids=lambda f: f.__name__)
same = np.testing.assert_array_equal


def outflow(swept: Array, axis: str) -> Array:
    """What leaves each cell through its two faces."""
    s = swept if axis == "x" else swept.transpose(0, 2, 1)
    out = np.maximum(s[..., 1:], 0) + np.maximum(-s[..., :-1], 0)
    return out if axis == "x" else out.transpose(0, 2, 1)


def inner(state: State, axis: str, seed: int) -> Array:
    """Displacements without inflow through the edge."""
    d = displacements(state, axis, np.random.default_rng(seed))
    along = d if axis == "x" else d.T
    along[:, 0], along[:, -1] = np.minimum(along[:, 0], 0), np.maximum(along[:, -1], 0)
    return d


def check_laws(rec: mir.Reconstructor, state: State, axis: str, seed: int) -> None:
    """Volumes are the fractions; sums close; nothing is taken twice; absent materials do not move."""
    vf, r = kept(state.vf), rec(state.vf)
    j, i = r.cells.T
    np.testing.assert_allclose(r.volumes(), vf[:, j, i].T, rtol=0, atol=1e-14)
    assert r.stats.residual <= 1e-14
    d = inner(state, axis, seed)
    s = r.swept(axis, d)
    assert np.all(np.isfinite(s))
    np.testing.assert_allclose(s.sum(axis=0), d, rtol=1e-15, atol=len(s) * ULP)
    assert np.all(s * np.sign(d) >= 0)
    taken = outflow(s, axis)
    assert np.all(taken <= vf + len(vf) * ULP)  # vf is known to the round-off of its sum
    assert np.all(taken[vf == 0] == 0)


def check_whole_cells(rec: mir.Reconstructor, state: State, axis: str) -> None:
    """A displacement of 1 empties every cell: exactly where its fractions add up to 1 in whatever order."""
    vf = kept(state.vf)
    _, ny, nx = state.shape
    d = np.ones((ny, nx + 1) if axis == "x" else (ny + 1, nx))
    r = rec(state.vf)
    s = r.swept(axis, d)[:, :, 1:] if axis == "x" else r.swept(axis, d)[:, 1:]
    np.testing.assert_allclose(s, vf, rtol=0, atol=len(vf) * ULP)
    rising = np.sort(state.vf, axis=0)
    exact = (np.cumsum(rising, axis=0)[-1] == 1) & (np.cumsum(rising[::-1], axis=0)[-1] == 1)
    exact &= ((state.vf == 0) | (state.vf > EPS)).all(axis=0)
    same(s[:, exact], state.vf[:, exact])


@level_sets
@every_family
@given(nmat=st.integers(2, 10), ny=st.integers(1, 6), nx=st.integers(1, 6), axis=axes, seed=seeds)
@settings(max_examples=20)  # ten materials in every cell take a millisecond each
def test_volumes_and_sums(method, family, nmat, ny, nx, axis, seed):
    state = without_centroids(family(nmat, ny, nx, np.random.default_rng(seed)))
    check_laws(mir.Reconstructor(method), state, axis, seed)
    check_whole_cells(mir.Reconstructor(method), state, axis)


@level_sets
@pytest.mark.parametrize("nodes", [1, 3, 4, 8])
@pytest.mark.parametrize("share_nodes", [True, False])
@given(family=st.sampled_from(EVERYTHING), nmat=st.integers(2, 6), axis=axes, seed=seeds)
def test_any_number_of_nodes(method, nodes, share_nodes, family, nmat, axis, seed):
    state = without_centroids(family(nmat, 3, 4, np.random.default_rng(seed)))
    rec = mir.Reconstructor(method, nodes=nodes, share_nodes=share_nodes)
    wider = 2 if method == "autoencoder" else 0  # than a stencil of 5 x 5
    assert rec.ghost_layers == (4 if share_nodes else 3) + wider
    check_laws(rec, state, axis, seed)
    check_whole_cells(rec, state, axis)


@pytest.mark.parametrize("method", ["youngs", "myc", "elvira", "lvira"])
@given(family=st.sampled_from(EVERYTHING), nmat=st.integers(2, 5), axis=axes, seed=seeds)
def test_lines_that_share_nodes(method, family, nmat, axis, seed):
    """Any method of stencils as level sets: no law is lost."""
    state = without_centroids(family(nmat, 3, 4, np.random.default_rng(seed)))
    check_laws(mir.Reconstructor(method, share_nodes=True), state, axis, seed)


@level_sets
@given(family=st.sampled_from(EVERYTHING), nmat=st.integers(2, 5), seed=seeds, eps=st.sampled_from([0, 1e-6]))
def test_a_window_with_ghosts_is_the_whole(method, family, nmat, seed, eps):
    """With `ghost_layers` around it, a part of any field gives the bits of the whole; flush included."""
    rng = np.random.default_rng(seed)
    ghost = mir.Reconstructor(method).ghost_layers
    state = without_centroids(family(nmat, 2 * ghost + 5, 2 * ghost + 6, rng))
    whole = mir.Reconstructor(method)(state.vf)
    part = state.window(slice(1, 2 * ghost + 3), slice(2, 2 * ghost + 5))
    r = mir.Reconstructor(method, ghost=ghost)(part.vf)
    dx, dy = displacements(state, "x", rng), displacements(state, "y", rng)
    own = (slice(None), slice(1 + ghost, 3 + ghost), slice(2 + ghost, 6 + ghost))
    inside = (slice(None), slice(ghost, -ghost), slice(ghost, -ghost))
    same(
        r.swept("x", dx[1 : 2 * ghost + 3, 2 : 2 * ghost + 6], flush=eps)[inside],
        whole.swept("x", dx, flush=eps)[own],
    )
    own = (slice(None), slice(1 + ghost, 4 + ghost), slice(2 + ghost, 5 + ghost))
    same(
        r.swept("y", dy[1 : 2 * ghost + 4, 2 : 2 * ghost + 5], flush=eps)[inside],
        whole.swept("y", dy, flush=eps)[own],
    )


@level_sets
@given(family=st.sampled_from(EVERYTHING), nmat=st.integers(2, 5), seed=seeds, share=st.floats(0, 1))
def test_where_changes_nothing_in_the_cells_asked(method, family, nmat, seed, share):
    rng = np.random.default_rng(seed)
    vf, where = family(nmat, 7, 8, rng), rng.uniform(size=(7, 8)) < share
    rec = mir.Reconstructor(method)
    every, some = rec(vf), rec(vf, where=where)
    asked = every.index[where & (every.index >= 0)]
    same(some.cells, every.cells[asked])
    same(some.volumes(), every.volumes()[asked])
    same(some.centroids(), every.centroids()[asked])
    d = np.zeros((7, 9))
    d[:, 1:][where] = 0.4  # out of the cells asked, to the right
    same(some.swept("x", d), every.swept("x", d))


@level_sets
@pytest.mark.parametrize("nmat", [2, 4])
@every_family
def test_threads_do_not_matter(method, family, nmat):
    """One, two, four, more than rows: all that a result holds."""
    rng = np.random.default_rng(11)
    state = without_centroids(family(nmat, 9, 40, rng))
    dx, dy = displacements(state, "x", rng), displacements(state, "y", rng)

    def everything(threads: int) -> list[Array]:
        r = mir.Reconstructor(method, threads=threads)(state.vf)
        sweeps = [r.swept(a, d, flush=eps) for a, d in (("x", dx), ("y", dy)) for eps in (0, 1e-3)]
        return [r.cells, r.volumes(), r.centroids(), *sweeps, *r.segments(), np.array(r.stats)]

    one = everything(1)
    for threads in (2, 4, 13):
        for have, want in zip(everything(threads), one, strict=True):
            same(have, want)


@pytest.mark.parametrize("method", ["ppic"])  # a net curves what ppic leaves flat
def test_stats_are_of_the_cells_asked(method):
    """One cell without blending beside many with: what was reconstructed for its sake does not count."""
    vf = np.full((2, 9, 9), 0.5)
    vf[0], vf[1] = 0.3, 0.7
    vf[:, :, 5:] = np.array([1.0, 0.0])[:, None, None]
    where = np.zeros((9, 9), bool)
    where[4, 4] = True
    rec = mir.Reconstructor(method)
    assert rec(vf).stats.blended > 20
    assert rec(vf, where=where).stats.blended == 0
