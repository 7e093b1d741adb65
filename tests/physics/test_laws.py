"""What every method promises of volumes and swept volumes, on any field (design.md, promise 1)."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from material_fields import (
    FAMILIES,
    METHODS,
    ULP,
    Array,
    State,
    axes,
    displacements,
    every_method,
    kept,
    reconstructed,
    seeds,
    states,
)

import mirhydro as mir

# mof nests lines by clipping where there are three and more materials: its sums carry the round-off of polygons
MANY = {m: 1e-14 for m in METHODS} | {"mof": 1e-13}


def any_state(most: int = 4) -> st.SearchStrategy[State]:
    return states(nmat=(2, most))


def donors(state: State, axis: str, d: Array, boundary: str = "mirror") -> Array:
    """Fractions of the donor of every face; of an inflow through the edge, those that the boundary rule puts there."""
    wrap: Any = "wrap" if boundary == "periodic" else "edge"
    along = 2 if axis == "x" else 1
    padded = np.pad(kept(state.vf), [(1, 1) if k == along else (0, 0) for k in range(3)], mode=wrap)
    n = state.shape[along]
    low, high = np.take(padded, range(n + 1), axis=along), np.take(padded, range(1, n + 2), axis=along)
    return np.where(d > 0, low, high)


def both_faces(swept: Array, axis: str) -> Array:
    """What leaves each cell through its two faces."""
    s = swept if axis == "x" else swept.transpose(0, 2, 1)
    out = np.maximum(s[..., 1:], 0) + np.maximum(-s[..., :-1], 0)
    return out if axis == "x" else out.transpose(0, 2, 1)


@every_method
@given(state=any_state())
def test_volumes_are_the_fractions(method, state):
    """Areas of the regions, from their geometry; absent materials exactly 0; `stats` knows the worst."""
    r = reconstructed(method, state)
    j, i = r.cells.T
    wanted = kept(state.vf)[:, j, i].T
    np.testing.assert_allclose(r.volumes(), wanted, rtol=0, atol=MANY[method] if state.shape[0] > 2 else 1e-14)
    assert np.all(r.volumes()[wanted == 0] == 0)
    assert r.stats.residual <= 1e-14
    assert r.stats.mixed == len(r) == len(mir.mixed_cells(state.vf))


@every_method
@given(state=any_state())
def test_cells_index_and_owner_agree(method, state):
    r = reconstructed(method, state)
    np.testing.assert_array_equal(r.cells, mir.mixed_cells(state.vf))
    index = np.full(state.shape[1:], -1)
    index[tuple(r.cells.T)] = np.arange(len(r))
    np.testing.assert_array_equal(r.index, index)
    np.testing.assert_array_equal(r.owner, np.where(index < 0, state.vf.argmax(axis=0), -1))


@every_method
@given(state=any_state(), axis=axes, seed=seeds, boundary=st.sampled_from(["mirror", "periodic", "replicate"]))
def test_swept_volumes_close_and_are_bounded(method, state, axis, seed, boundary):
    """They add up to the displacement, carry its sign, and take at most what the donor has, also through two faces."""
    d = displacements(state, axis, np.random.default_rng(seed))
    if boundary == "periodic":
        ends = (slice(None), [0, -1]) if axis == "x" else ([0, -1], slice(None))
        d[ends] = 0
    s = reconstructed(method, state, boundary=boundary).swept(axis, d)
    np.testing.assert_allclose(s.sum(axis=0), d, rtol=1e-15, atol=ULP * len(s))
    assert np.all(s * np.sign(d) >= 0)
    vf = donors(state, axis, d, boundary)
    assert np.all(np.abs(s) <= vf + ULP), "more than the donor holds"
    assert np.all(both_faces(s, axis) <= kept(state.vf) + ULP), "more than the donor holds, through both faces"
    assert np.all(s[vf == 0] == 0), "an absent material moves"
    assert np.all(s[:, d == 0] == 0)


def sums_to_one(vf: Array) -> Array:
    """Whether fractions add up to 1 to the bit, in whatever order: one after the other, or in pairs."""
    exact = np.ones(vf.shape[1:], bool)
    for order in permutations(vf):
        exact &= np.add.reduce(order) == 1
        pairs = [sum(order[k : k + 2]) for k in range(0, len(order), 2)]
        exact &= np.add.reduce(pairs) == 1
    return exact


@every_method
@given(state=any_state(), axis=axes, sign=st.sampled_from([-1.0, 1.0]))
def test_whole_cells_move_their_fractions(method, state, axis, sign):
    """Displacement +-1 gives the fractions: to the bit where they are a fraction field to the bit."""
    _, ny, nx = state.shape
    d = np.full((ny, nx + 1) if axis == "x" else (ny + 1, nx), sign)
    s = sign * reconstructed(method, state).swept(axis, d)
    vf = donors(state, axis, d)
    exact = sums_to_one(vf)
    np.testing.assert_array_equal(s[:, exact], vf[:, exact])
    np.testing.assert_allclose(s, vf, rtol=0, atol=2 * ULP)


@every_method
@given(state=any_state(), axis=axes)
def test_nothing_moves_where_no_face_moves(method, state, axis):
    _, ny, nx = state.shape
    r = reconstructed(method, state)
    for zero in (0.0, -0.0):
        d = np.full((ny, nx + 1) if axis == "x" else (ny + 1, nx), zero)
        np.testing.assert_array_equal(r.swept(axis, d, out=np.full((len(state.vf), *d.shape), np.nan)), 0)


@every_method
@given(state=states((FAMILIES[0], FAMILIES[1]), nmat=(2, 4), sides=(3, 6)), axis=axes, seed=seeds)
def test_swept_volume_grows_with_the_displacement(method, state, axis, seed):
    """Of every material: a wider slab holds a narrower one."""
    r = reconstructed(method, state)
    d = displacements(state, axis, np.random.default_rng(seed))
    wide, narrow = r.swept(axis, d), r.swept(axis, 0.5 * d)
    assert np.all(np.abs(narrow) <= np.abs(wide) + 1e-14)
    assert np.all(np.abs(wide - narrow) <= 0.5 * np.abs(d) + 1e-14)


@every_method
def test_one_material_fills_everything(method):
    """No mixed cells: displacements are the answer."""
    state = State(np.ones((1, 3, 4)), np.full((1, 3, 4, 2), 0.5))
    r = reconstructed(method, state)
    d = displacements(state, "x", np.random.default_rng(1))
    assert len(r) == 0
    np.testing.assert_array_equal(r.swept("x", d)[0], d)
    np.testing.assert_array_equal(r.owner, 0)


@every_method
@pytest.mark.parametrize("nmat", [10, 64])
def test_many_materials_in_one_mesh(method, nmat):
    """Ten and more materials, up to five in a cell."""
    rng = np.random.default_rng(nmat)
    vf = np.zeros((nmat, 6, 6))
    for j, i in np.ndindex(6, 6):
        chosen = rng.choice(nmat, rng.integers(1, 6), replace=False)
        parts = rng.exponential(size=len(chosen))
        vf[chosen, j, i] = parts / parts.sum()
    height = np.clip(np.cumsum(vf, axis=0) - vf / 2, 0, 1)
    state = State(vf, np.stack([np.full_like(height, 0.5), height], axis=-1))
    r = reconstructed(method, state)
    np.testing.assert_allclose(r.volumes(), vf[:, r.cells[:, 0], r.cells[:, 1]].T, atol=1e-13)
    d = displacements(state, "y", rng)
    s = r.swept("y", d)
    np.testing.assert_allclose(s.sum(axis=0), d, rtol=1e-15, atol=4 * ULP)
    assert np.all(np.abs(s) <= donors(state, "y", d) + ULP)
