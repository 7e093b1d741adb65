"""Level sets follow every symmetry of every field to the last bit, and know no numbering: no stencil is an exception.

Held over all 3x3 neighbourhoods of a few fractions, and over fields of many materials that tie in every way.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from material_fields import LEVEL_SETS, Array, State, displacements, seeds
from stencils import GENERATORS, QUARTERS, all_stencils, number_of, outflows
from tied_fields import EVERYTHING, without_centroids

import mirhydro as mir

level_sets = pytest.mark.parametrize("method", LEVEL_SETS)
every_family = pytest.mark.parametrize("family", EVERYTHING, ids=lambda f: f.__name__)

Sweeps = tuple[Array, Array]


def images(state: State, dx: Array, dy: Array, order: Array) -> Iterator[tuple[str, State, Sweeps, object]]:
    """The field under mirrors, transposition, a quarter turn and another numbering, with its displacements; and what
    its swept volumes (sx, sy) have to become."""
    yield "mirror x", state.mirrored_x(), (-dx[:, ::-1], dy[:, ::-1]), lambda x, y: (-x[:, :, ::-1], y[:, :, ::-1])
    yield "mirror y", state.mirrored_y(), (dx[::-1], -dy[::-1]), lambda x, y: (x[:, ::-1], -y[:, ::-1])
    yield "transposition", state.transposed(), (dy.T, dx.T), lambda x, y: (y.transpose(0, 2, 1), x.transpose(0, 2, 1))
    yield (
        "quarter turn",
        state.rotated(),
        (-dy.T[:, ::-1], dx.T[:, ::-1]),
        lambda x, y: (
            -y.transpose(0, 2, 1)[:, :, ::-1],
            x.transpose(0, 2, 1)[:, :, ::-1],
        ),
    )
    yield "renumbering", state.renumbered(order), (dx, dy), lambda x, y: (x[order], y[order])


def check_every_image(rec: mir.Reconstructor, state: State, seed: int, eps: float, periodic: bool = False) -> None:
    rng = np.random.default_rng(seed)
    dx, dy = displacements(state, "x", rng), displacements(state, "y", rng)
    if periodic:
        dx, dy = 0.5 * dx, 0.5 * dy
        dx[:, -1], dy[-1] = dx[:, 0], dy[0]

    def swept(of: State, d: Sweeps) -> Sweeps:
        r = rec(of.vf)
        return r.swept("x", d[0], flush=eps), r.swept("y", d[1], flush=eps)

    ours = swept(state, (dx, dy))
    for name, image, moved, wanted in images(state, dx, dy, rng.permutation(len(state.vf))):
        for have, want in zip(swept(image, moved), wanted(*ours), strict=True):  # type: ignore[operator]
            np.testing.assert_array_equal(have, want, name)


@level_sets
@every_family
@given(
    nmat=st.integers(3, 5),
    ny=st.integers(1, 7),
    nx=st.integers(1, 7),
    seed=seeds,
    eps=st.sampled_from([0, 1e-10, 1e-2]),
)
def test_fields_of_several_materials(method, family, nmat, ny, nx, seed, eps):
    """Whatever ties: swept volumes along both axes, with and without flush."""
    state = without_centroids(family(nmat, ny, nx, np.random.default_rng(seed)))
    check_every_image(mir.Reconstructor(method), state, seed, eps)


@level_sets
@every_family
@given(ny=st.integers(1, 7), nx=st.integers(1, 7), seed=seeds, eps=st.sampled_from([0, 1e-10, 1e-2]))
def test_fields_of_two_materials(method, family, ny, nx, seed, eps):
    state = without_centroids(family(2, ny, nx, np.random.default_rng(seed)))
    check_every_image(mir.Reconstructor(method), state, seed, eps)


@level_sets
@pytest.mark.parametrize("boundary", ["periodic", "replicate"])
@given(family=st.sampled_from(EVERYTHING), nmat=st.integers(2, 4), side=st.integers(1, 6), seed=seeds)
def test_under_the_other_boundary_rules(method, boundary, family, nmat, side, seed):
    state = without_centroids(family(nmat, side, 1 + seed % 6, np.random.default_rng(seed)))
    check_every_image(mir.Reconstructor(method, boundary=boundary), state, seed, 0, boundary == "periodic")


@level_sets
@given(family=st.sampled_from(EVERYTHING), nmat=st.integers(6, 10), side=st.integers(2, 4), seed=seeds)
@settings(max_examples=15)
def test_many_materials(method, family, nmat, side, seed):
    state = without_centroids(family(nmat, side, side, np.random.default_rng(seed)))
    check_every_image(mir.Reconstructor(method), state, seed, 0)


@level_sets
@pytest.mark.parametrize("nodes", [1, 3, 4, 8])
@pytest.mark.parametrize("share_nodes", [True, False])
@given(family=st.sampled_from(EVERYTHING), nmat=st.integers(2, 4), seed=seeds)
def test_any_number_of_nodes(method, nodes, share_nodes, family, nmat, seed):
    state = without_centroids(family(nmat, 3, 4, np.random.default_rng(seed)))
    check_every_image(mir.Reconstructor(method, nodes=nodes, share_nodes=share_nodes), state, seed, 0)


def check_all_neighbourhoods(method: str, levels: int) -> None:
    values = QUARTERS[:: 4 // (levels - 1)]
    stencils = all_stencils(values)
    out = {around: outflows(method, stencils, around=around) for around in (0.0, 1.0)}
    for name, (transform, exchange) in GENERATORS.items():
        image = number_of(transform(stencils), values)
        for around in out:
            there = 1 - around if name == "exchange" else around
            np.testing.assert_array_equal(out[there][image], out[around][:, exchange], name)


@level_sets
def test_all_neighbourhoods_of_halves(method):
    """All 3^8 neighbourhoods of {0, 1/2, 1} about a mixed cell, in empty and in full surroundings: mirrors,
    transposition, exchange. The lines' 243 exceptions are none here."""
    check_all_neighbourhoods(method, 3)


@pytest.mark.slow
@level_sets
def test_all_neighbourhoods_of_quarters(method):
    """All 5^8 of {0, 1/4, 1/2, 3/4, 1}."""
    check_all_neighbourhoods(method, 5)


@level_sets
@pytest.mark.parametrize("seed", range(5))
def test_a_block_with_as_many_views_as_rows(method, seed):
    """64 rows, of which 21 are seen in three views and 42 in none of a pair: as many stencils as rows, out of step."""
    rng = np.random.default_rng(seed)
    several = np.zeros(63, bool)
    several[rng.permutation(62)[:42]] = True
    shares = rng.uniform(0.1, 1, (3, 63))
    shares[rng.integers(0, 3, 63)[~several], np.flatnonzero(~several)] = 0
    vf = np.zeros((3, 13, 13))
    vf[0] = 1
    vf[:, 0, 0] = 0.3, 0.7, 0
    vf[:, 4:11, 2:11] = (shares / shares.sum(axis=0)).reshape(3, 7, 9)
    check_every_image(mir.Reconstructor(method), State(vf, np.zeros((3, 13, 13, 2))), seed, 0.0)
