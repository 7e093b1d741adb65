"""What lies outside the mesh: the boundary rules are what an explicitly padded field gives, to the bit."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from material_fields import (
    LEVEL_SETS,
    Array,
    State,
    called,
    can_follow,
    displacements,
    every_method,
    reconstructed,
    seeds,
    states,
)

import mirhydro as mir

any_state = states(nmat=(2, 4), sides=(1, 6))
PAD = 6  #: layers: a stencil of 4, a neighbour that shares nodes, a donor
MODES: dict[str, Any] = {"mirror": "symmetric", "periodic": "wrap", "replicate": "edge"}


def padded(state: State, rules: tuple[str, str, str, str], layers: int = PAD) -> State:
    """Explicit copies of what the rules (x low, x high, y low, y high) put outside; centroids mirrored with cells."""
    vf, c = state.vf, state.centroids
    for axis, (low, high) in ((2, rules[:2]), (1, rules[2:])):
        # copies first: a mirror shows the copies beyond the other end too
        sides = sorted([(low, (layers, 0)), (high, (0, layers))], key=lambda side: side[0] != "replicate")
        for rule, width in sides:
            n = vf.shape[axis]
            if rule == "periodic":
                n = state.vf.shape[axis]
                span = np.arange(-width[0], vf.shape[axis] + width[1])
                pick = np.where(span < 0, span % n, np.where(span >= vf.shape[axis], span - vf.shape[axis], span))
                if vf.shape[axis] > n:  # the low side is there already: the high side repeats the mesh after it
                    pick = np.where(span >= vf.shape[axis], layers + (span - vf.shape[axis]) % n, span)
                vf, c = np.take(vf, pick, axis=axis), np.take(c, pick, axis=axis)
                continue
            grow = [(0, 0)] * 3
            grow[axis] = width
            vf = np.pad(vf, grow, mode=MODES[rule])
            c = np.pad(c, [*grow, (0, 0)], mode=MODES[rule])
            if rule == "mirror":
                outside = [slice(None)] * 3
                outside[axis] = slice(0, layers) if width[0] else slice(n, None)
                images = np.arange(layers)[::-1] if width[0] else np.arange(layers)
                odd = np.flatnonzero((images // n) % 2 == 0)
                where = tuple(outside)
                turned = c[where].copy()
                component = 0 if axis == 2 else 1
                flipped = np.take(turned, odd, axis=axis)
                flipped[..., component] = 1 - flipped[..., component]
                _put(turned, odd, flipped, axis)
                c[where] = turned
    return State(vf, c)


def _put(a: Array, index: Array, values: Array, axis: int) -> None:
    at: list[Any] = [slice(None)] * a.ndim
    at[axis] = index
    a[tuple(at)] = values


def inside(swept: Array) -> Array:
    return swept[:, PAD:-PAD, PAD:-PAD]


RULES = (
    [(r, r, s, s) for r, s in product(MODES, MODES)]
    + [("mirror", "replicate", "periodic", "periodic"), ("replicate", "mirror", "mirror", "replicate")]
)  # fmt: skip


@every_method
@given(state=any_state, seed=seeds, rules=st.sampled_from(RULES), eps=st.sampled_from([0.0, 1e-3]))
def test_rules_are_what_padding_gives(method, state, seed, rules, eps):
    """Lines and swept volumes, inflow through the edge too; meshes of one and two cells included. A copied cell keeps
    its line, which a cell of the padding has not: its inflow has a test of its own. Nor does the mesh share nodes with
    copies, which continue no interface: there level sets are compared without sharing."""
    assume("mirror" not in rules or can_follow(method, state, rules))
    options = {"share_nodes": False} if method in LEVEL_SETS and "replicate" in rules else {}
    rng = np.random.default_rng(seed)
    dx, dy = displacements(state, "x", rng), displacements(state, "y", rng)
    if rules[0] == "periodic":
        dx *= 0.5
        dx[:, -1] = dx[:, 0]
    if rules[2] == "periodic":
        dy *= 0.5
        dy[-1] = dy[0]
    for rule, face, inflow in zip(rules, (dx[:, 0], dx[:, -1], dy[0], dy[-1]), (1, -1, 1, -1), strict=True):
        if rule == "replicate":
            face[face * inflow > 0] = 0
    r = reconstructed(method, state, boundary=rules, **options)
    large = reconstructed(method, padded(state, rules), **options)
    sx, sy = inside(large.swept("x", np.pad(dx, PAD), flush=eps)), inside(large.swept("y", np.pad(dy, PAD), flush=eps))
    if rules[0] == "periodic" and eps:  # the image outside does not know the other face of its cell: the mesh does
        sx[:, :, [0, -1]] = r.swept("x", dx, flush=eps)[:, :, [0, -1]]
    if rules[2] == "periodic" and eps:
        sy[:, [0, -1]] = r.swept("y", dy, flush=eps)[:, [0, -1]]
    # nested lines of mof are mirrored to round-off only, see test_symmetry.py
    mirrored_nests = method == "mof" and len(state.vf) > 2 and "mirror" in rules
    for have, want in ((r.swept("x", dx, flush=eps), sx), (r.swept("y", dy, flush=eps), sy)):
        np.testing.assert_allclose(have, want, rtol=0, atol=1e-9 if mirrored_nests else 0)


@every_method
@given(state=any_state, seed=seeds)
def test_a_copied_cell_sends_what_the_cell_itself_sends(method, state, seed):
    """Replicate: inflow through an edge is the outflow that the cell inside has through its other face."""
    d = np.random.default_rng(seed).uniform(0, 1, state.shape[1:])
    zero = np.zeros((state.shape[1], 1))
    r = reconstructed(method, state, boundary="replicate")
    right = r.swept("x", np.concatenate([d[:, :1], d], axis=1))  # all to the right: face i + 1 belongs to cell i
    left = r.swept("x", -np.concatenate([d, d[:, -1:]], axis=1))
    np.testing.assert_array_equal(right[:, :, 0], right[:, :, 1])
    np.testing.assert_array_equal(left[:, :, -1], left[:, :, -2])
    up = r.swept("y", np.concatenate([d[:1], d], axis=0))
    np.testing.assert_array_equal(up[:, 0], up[:, 1])
    assert np.all(r.swept("x", np.concatenate([zero, d], axis=1))[:, :, 0] == 0)


@every_method
@given(state=any_state, seed=seeds, eps=st.sampled_from([0.0, 1e-3]))
def test_what_leaves_at_one_end_enters_at_the_other(method, state, seed, eps):
    """Periodic: bit for bit, for every material."""
    dx = 0.5 * displacements(state, "x", np.random.default_rng(seed))
    dx[:, -1] = dx[:, 0]
    s = reconstructed(method, state, boundary="periodic").swept("x", dx, flush=eps)
    np.testing.assert_array_equal(s[:, :, 0], s[:, :, -1])


@every_method
@given(state=any_state, seed=seeds)
def test_periodic_is_the_tiled_field(method, state, seed):
    """Three by three copies: the middle one, and every other, is the periodic mesh."""
    _, ny, nx = state.shape
    rng = np.random.default_rng(seed)
    dx, dy = 0.5 * displacements(state, "x", rng), 0.5 * displacements(state, "y", rng)
    dx[:, -1], dy[-1] = dx[:, 0], dy[0]
    tiles = State(np.tile(state.vf, (1, 3, 3)), np.tile(state.centroids, (1, 3, 3, 1)))
    tx = np.tile(np.concatenate([np.tile(dx[:, :-1], 3), dx[:, -1:]], axis=1), (3, 1))
    ty = np.tile(np.concatenate([np.tile(dy[:-1], (3, 1)), dy[-1:]], axis=0), (1, 3))
    r, whole = (reconstructed(method, s, boundary="periodic") for s in (state, tiles))
    sx, sy = r.swept("x", dx), r.swept("y", dy)
    ex, ey = whole.swept("x", tx), whole.swept("y", ty)
    for j, i in product(range(3), range(3)):
        np.testing.assert_array_equal(ex[:, j * ny : (j + 1) * ny, i * nx : (i + 1) * nx + 1], sx)
        np.testing.assert_array_equal(ey[:, j * ny : (j + 1) * ny + 1, i * nx : (i + 1) * nx], sy)


@every_method
@given(state=any_state, seed=seeds)
def test_periodic_fields_may_be_rolled(method, state, seed):
    rng = np.random.default_rng(seed)
    _, ny, nx = state.shape
    by = int(rng.integers(ny)), int(rng.integers(nx))
    dx = 0.5 * displacements(state, "x", rng)
    dx[:, -1] = dx[:, 0]
    rolled = State(np.roll(state.vf, by, (1, 2)), np.roll(state.centroids, by, (1, 2)))
    ex = np.roll(dx[:, :-1], by, (0, 1))
    ex = np.concatenate([ex, ex[:, :1]], axis=1)
    rec = mir.Reconstructor(method, boundary="periodic")
    s, t = called(rec, state).swept("x", dx), called(rec, rolled).swept("x", ex)
    np.testing.assert_array_equal(t[:, :, :-1], np.roll(s[:, :, :-1], by, (1, 2)))


@every_method
def test_one_cell_meshes(method):
    """The cell is its own neighbour: a line along y (no direction), the right volumes, nothing read outside."""
    state = State(np.array([[[0.3]], [[0.7]]]), np.array([[[[0.15, 0.5]]], [[[0.65, 0.5]]]]))
    for rule in MODES:
        r = reconstructed(method, state, boundary=rule)
        np.testing.assert_allclose(r.volumes(), [[0.3, 0.7]], atol=1e-15)
        swept = r.swept("x", np.array([[-0.3, 0.7]]))
        np.testing.assert_allclose(swept.sum(axis=0), [[-0.3, 0.7]], atol=1e-15)
        np.testing.assert_allclose(np.abs(swept).sum(axis=2)[:, 0], [0.3, 0.7], atol=1e-15)
