"""What `swept(..., flush=eps)` promises: fluxes are cleaned, states never (hydro.md, step 8)."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st
from material_fields import (
    ULP,
    Array,
    State,
    axes,
    displacements,
    every_method,
    kept,
    noise,
    reconstructed,
    seeds,
    states,
    with_centroids,
)

sizes = st.sampled_from([1e-10, 1e-6, 1e-3, 1e-2])
fields = states(nmat=(2, 4), sides=(1, 5))


def outflow(swept: Array, axis: str) -> tuple[Array, Array]:
    """(nmat, ny, nx) through the low and through the high face of each cell."""
    s = swept if axis == "x" else swept.transpose(0, 2, 1)
    low, high = np.maximum(-s[..., :-1], 0), np.maximum(s[..., 1:], 0)
    return (low, high) if axis == "x" else (low.transpose(0, 2, 1), high.transpose(0, 2, 1))


def inner(state: State, axis: str, seed: int) -> Array:
    """Displacements without inflow through the edge of the mesh: every face has a donor inside."""
    d = displacements(state, axis, np.random.default_rng(seed))
    along = d if axis == "x" else d.T
    along[:, 0], along[:, -1] = np.minimum(along[:, 0], 0), np.maximum(along[:, -1], 0)
    return d


@every_method
@given(state=fields, axis=axes, seed=seeds, eps=sizes)
def test_flushed_fluxes_close_their_sums(method, state, axis, seed, eps):
    """To the last bit of 1, unless nothing large is left on a face to close it: then to the little that was flushed."""
    d = inner(state, axis, seed)
    r = reconstructed(method, state)
    s = r.swept(axis, d, flush=eps)
    gap = np.abs(s.sum(axis=0) - d)
    gone = np.zeros(state.shape, bool)
    j, i = r.flushed.cells.T
    gone[r.flushed.material, j, i] = True
    low, high = outflow(np.where(np.isnan(s), 0, s), axis)
    closer = np.zeros_like(d)  # the largest flux of a face that may take the difference
    view = closer if axis == "x" else closer.T
    for flux, part in ((low, slice(0, -1)), (high, slice(1, None))):
        largest = np.where(gone, 0, flux).max(axis=0)
        face = view[:, part]
        face[:] = np.maximum(face, largest if axis == "x" else largest.T)
    assert np.all(gap[closer > 4 * eps] <= len(s) * ULP)
    assert np.all(gap <= 2 * len(s) * eps)


@every_method
@given(state=fields, axis=axes, seed=seeds, eps=sizes)
def test_nothing_below_eps_moves_or_stays(method, state, axis, seed, eps):
    """Out of mixed cells: a flux is 0 or at least eps; what leaves leaves eps behind, or nothing."""
    r = reconstructed(method, state)
    low, high = outflow(r.swept(axis, inner(state, axis, seed), flush=eps), axis)
    mixed, vf = r.index >= 0, kept(state.vf)
    for flux in (low, high):
        some = (flux > 0) & mixed
        assert np.all(flux[some] >= np.minimum(eps, vf[some]) - ULP), "less than eps moves"
    both = low + high
    left = vf - both
    some = (both > 0) & mixed
    assert np.all(both[some] <= vf[some] + ULP), "more leaves than there is"
    assert np.all((np.abs(left[some]) <= 2 * ULP) | (left[some] >= eps - 2 * ULP)), "less than eps stays"


@every_method
@given(state=fields, axis=axes, seed=seeds, eps=sizes)
def test_flushed_lists_what_left(method, state, axis, seed, eps):
    """Exactly the materials of mixed cells that are gone, once each; their shares are their fluxes and sum to 1."""
    r = reconstructed(method, state)
    low, high = outflow(r.swept(axis, inner(state, axis, seed), flush=eps), axis)
    cells, material, share = r.flushed
    j, i = cells.T
    vf = kept(state.vf)
    both = low + high
    gone = (np.abs(vf - both) <= 2 * ULP) & (both > 0) & (r.index >= 0)
    listed = np.zeros(state.shape, int)
    np.add.at(listed, (material, j, i), 1)
    np.testing.assert_array_equal(listed, gone)
    np.testing.assert_array_equal(share.sum(axis=1), 1)
    assert np.all((share >= 0) & (share <= 1))
    content = vf[material, j, i]
    np.testing.assert_allclose(low[material, j, i], content * share[:, 0], rtol=0, atol=ULP)
    np.testing.assert_allclose(high[material, j, i], content * share[:, 1], rtol=0, atol=ULP)
    np.testing.assert_allclose(both[material, j, i], content, rtol=ULP, atol=0)


@every_method
@given(state=fields, axis=axes, seed=seeds, eps=sizes)
def test_flush_changes_little_and_pure_cells_not_at_all(method, state, axis, seed, eps):
    r = reconstructed(method, state)
    d = inner(state, axis, seed)
    clean, raw = r.swept(axis, d, flush=eps), r.swept(axis, d)
    assert np.all(np.abs(clean - raw) <= 2 * len(raw) * eps + 2 * ULP)
    pure = [np.where(r.index < 0, f, 0) for f in outflow(clean, axis)]
    for have, want in zip(pure, outflow(raw, axis), strict=True):
        np.testing.assert_array_equal(have, np.where(r.index < 0, want, 0))
    assert len(r.flushed.material) == 0, "a sweep without flush must forget the last list"


@every_method
@given(state=states(nmat=(2, 3), sides=(2, 5)), axis=axes, seed=seeds, eps=sizes)
def test_flush_through_a_periodic_edge_is_one_face(method, state, axis, seed, eps):
    """The first and the last face are the same: the same bits, whichever of their cells is the donor."""
    d = displacements(state, axis, np.random.default_rng(seed))
    view = d if axis == "x" else d.T
    view[:, -1] = view[:, 0]
    low, high = np.maximum(-view[:, :-1], 0), np.maximum(view[:, 1:], 0)
    view[np.append(low + high > 1, np.zeros((len(view), 1), bool), axis=1)] *= 0.5
    view[:, -1] = view[:, 0]
    if np.any(np.maximum(-view[:, :-1], 0) + np.maximum(view[:, 1:], 0) > 1):
        view *= 0.5
    s = reconstructed(method, state, boundary="periodic").swept(axis, d, flush=eps)
    s = s if axis == "x" else s.transpose(0, 2, 1)
    np.testing.assert_array_equal(s[..., 0], s[..., -1])


@every_method
@given(state=states(nmat=(2, 3), sides=(1, 5)), seed=seeds, eps=sizes)
def test_flush_through_a_mirror_is_that_of_the_cell_behind_it(method, state, seed, eps):
    """What flows in through the edge of the mesh is what the cell there, seen in the mirror, sends out: flushed too."""
    rng = np.random.default_rng(seed)
    ny, nx = state.vf.shape[1:]
    d = np.zeros((ny, nx + 1))
    d[:, 0] = rng.uniform(0, 1, ny) * rng.choice([1, 3 * eps], ny)
    r = reconstructed(method, state)
    inflow, outflow = r.swept("x", d, flush=eps), r.swept("x", -d, flush=eps)
    np.testing.assert_array_equal(inflow[..., 0], -outflow[..., 0])


@example(seed=0)
@given(seed=seeds)
def test_closing_the_sum_leaves_no_crumbs(seed):
    """An interface almost along the face: what is flushed of one material is not taken from the other's last."""
    rng = np.random.default_rng(seed)
    eps = 1e-3
    row = np.clip(0.5 + rng.uniform(-0.02, 0.02, 3), 0, 1)
    f = np.stack([np.ones(3), row, np.zeros(3)], axis=1)
    state = with_centroids(np.stack([f, 1 - f]), rng)
    d = np.zeros((3, 4))
    d[1, 1] = -(row[1] + rng.uniform(-3, 3) * eps)
    r = reconstructed("elvira", state)
    s = -r.swept("x", d, flush=eps)[:, 1, 1]
    left = state.vf[:, 1, 1] - s
    assert np.all((np.abs(left) <= 2 * ULP) | (left >= eps - ULP)), (d[1, 1], s, left)


def test_displacement_of_a_whole_cell_empties_it():
    """Everything leaves, everything is listed, half through each face where both move."""
    rng = np.random.default_rng(2)
    state = with_centroids(noise(3, 1, 1, rng), rng)
    r = reconstructed("myc", state)
    s = r.swept("x", np.array([[0.0, 1.0]]), flush=1e-10)
    np.testing.assert_allclose(s[:, 0, 1], state.vf[:, 0, 0], rtol=0, atol=2 * ULP)
    assert sorted(r.flushed.material) == [0, 1, 2]
    np.testing.assert_array_equal(r.flushed.share, [[0, 1]] * 3)
