"""Fields of volume fractions for the laws, with centroids of the materials that suit them, and what symmetries do to
them.

The centroids come from closed forms of their own (a trapezoid, a triangle, a stack of layers in every mixed cell), not
from any reconstruction: moment-of-fluid is tested against geometry that it has no part in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st
from numpy.typing import NDArray

import mirhydro as mir

Array = NDArray[Any]

METHODS = tuple(mir.methods())
STENCIL_METHODS = tuple(m for m in METHODS if m != "mof")
LEVEL_SETS = tuple(m for m in METHODS if m in ("ppic", "neural", "autoencoder"))
LINES = tuple(m for m in METHODS if m not in LEVEL_SETS)
EPS = 1e-12  #: the default of a Reconstructor
ULP = 2.3e-16  #: of 1

every_method = pytest.mark.parametrize("method", METHODS)
seeds = st.integers(0, 2**32)
axes = st.sampled_from(["x", "y"])


@dataclass(frozen=True)
class State:
    """Fractions (nmat, ny, nx) and the centroids (nmat, ny, nx, 2) of the materials in the unit cell."""

    vf: Array
    centroids: Array

    @property
    def shape(self) -> tuple[int, ...]:
        return self.vf.shape

    def mirrored_x(self) -> State:
        return State(self.vf[:, :, ::-1], _turned(self.centroids[:, :, ::-1], (-1, 1)))

    def mirrored_y(self) -> State:
        return State(self.vf[:, ::-1], _turned(self.centroids[:, ::-1], (1, -1)))

    def transposed(self) -> State:
        return State(self.vf.transpose(0, 2, 1), self.centroids.transpose(0, 2, 1, 3)[..., ::-1])

    def rotated(self) -> State:
        """By a quarter turn, counter-clockwise in x, y."""
        return self.transposed().mirrored_x()

    def renumbered(self, order: Any) -> State:
        """Material k of the result is material order[k] of this one."""
        return State(self.vf[list(order)], self.centroids[list(order)])

    def window(self, j: slice, i: slice) -> State:
        return State(self.vf[:, j, i], self.centroids[:, j, i])


def _turned(centroids: Array, sign: tuple[int, int]) -> Array:
    return 0.5 + (centroids - 0.5) * np.array(sign)  # exact: centroids are multiples of 2^-40


def kept(vf: Array) -> Array:
    """Fractions without what is below eps, which counts as round-off: the others take its place."""
    there = np.where(vf > EPS, vf, 0)
    return there / there.sum(axis=0)


def reconstructed(method: str, state: State, **options: Any) -> mir.Reconstruction:
    """One call of a fresh Reconstructor; mof is given the centroids."""
    return called(mir.Reconstructor(method, **options), state)


def called(rec: mir.Reconstructor, state: State, **inputs: Any) -> mir.Reconstruction:
    if rec.method == "mof":
        inputs["centroids"] = state.centroids
    return rec(state.vf, **inputs)


def with_centroids(vf: Array, rng: np.random.Generator) -> State:
    """Centroids of regions that fit into the cells: exact for the fractions, drawn at random among all such regions."""
    vf = np.asarray(vf, float)
    two = (vf > EPS).sum(axis=0) == 2
    centroids = _of_layers(vf, rng)
    for j, i in np.argwhere(two):
        a, b = np.flatnonzero(vf[:, j, i] > EPS)
        small, large = (a, b) if vf[a, j, i] < vf[b, j, i] else (b, a)
        part = vf[small, j, i]
        c = _of_line(part, rng)
        centroids[small, j, i] = c
        centroids[large, j, i] = (0.5 - part * c) / (1 - part)
    return State(vf, np.round(np.clip(centroids, 0, 1) * 2**40) / 2**40)


def _of_line(part: float, rng: np.random.Generator) -> Array:
    """Centroid of the smaller side, of area `part`, of some straight line through the unit square."""
    if rng.uniform() < 0.5:  # a trapezoid with the heights h0 and h1 over the edge y = 0
        slope = rng.uniform(-2 * part, 2 * part)
        h0, h1 = part - slope / 2, part + slope / 2
        both = h0 + h1
        c = np.array([(h0 + 2 * h1) / (3 * both), (h0 * h0 + h0 * h1 + h1 * h1) / (3 * both)])
    else:  # a triangle in the corner (0, 0)
        leg = min(1.0, (2 * part) ** rng.uniform(0, 1))
        c = np.array([leg / 3, min(1.0, 2 * part / leg) / 3])
    for axis in (0, 1):
        if rng.uniform() < 0.5:
            c[axis] = 1 - c[axis]
    return c[::-1] if rng.uniform() < 0.5 else c


def _of_layers(vf: Array, rng: np.random.Generator) -> Array:
    """Centroids of a stack of layers in each cell, bottom up in the order of the numbers, turned at random."""
    top = np.cumsum(vf, axis=0)
    height = np.clip(top - vf / 2, 0, 1)
    c = np.stack([np.full_like(height, 0.5), height], axis=-1)
    down, aside = rng.integers(0, 2, (2, *vf.shape[1:])).astype(bool)
    c[..., 1] = np.where(down, 1 - c[..., 1], c[..., 1])
    return np.where(aside[..., None], c[..., ::-1], c)


# Families of fields. All take nmat, ny, nx and a generator; the last material of a cell closes the sum.


def _closed(first: Array) -> Array:
    """Appends the material that makes the sum 1; nothing below 0, and round-off only in the sum."""
    rest = 1 - first.sum(axis=0)
    return np.concatenate([first, np.maximum(rest, 0)[None]])


def noise(nmat: int, ny: int, nx: int, rng: np.random.Generator) -> Array:
    parts = rng.exponential(size=(nmat, ny, nx))
    return _closed((parts / parts.sum(axis=0))[:-1])


def blobs(nmat: int, ny: int, nx: int, rng: np.random.Generator) -> Array:
    """Smooth interfaces, most cells pure."""
    j, i = np.mgrid[:ny, :nx]
    left = np.ones((ny, nx))
    parts = []
    for _ in range(nmat - 1):
        cy, cx, angle = rng.uniform(0, ny), rng.uniform(0, nx), rng.uniform(0, 6.3)
        away = np.cos(angle) * (i + 0.5 - cx) + np.sin(angle) * (j + 0.5 - cy)
        part = left * np.clip(0.5 - away / 1.3, 0, 1)
        parts.append(part)
        left = left - part
    return _closed(np.array(parts))


def slivers(nmat: int, ny: int, nx: int, rng: np.random.Generator) -> Array:
    """Fractions about eps, about 1 - eps and about one half."""
    first = 10.0 ** rng.uniform(-17, -9, (nmat - 1, ny, nx))
    first[:, rng.uniform(size=(ny, nx)) < 0.2] = 0
    if nmat == 2:
        kind = rng.integers(0, 4, (1, ny, nx))
        first = np.choose(kind, [first, 1 - first, 0.5 + (first - 1e-12), np.full_like(first, EPS)])
    return _closed(first)


def debris(nmat: int, ny: int, nx: int, rng: np.random.Generator) -> Array:
    """Single mixed cells in pure surroundings."""
    vf = np.zeros((nmat, ny, nx))
    vf[0] = 1
    lone = rng.uniform(size=(ny, nx)) < 0.15
    vf[:, lone] = noise(nmat, ny, nx, rng)[:, lone]
    return vf


def plateaus(nmat: int, ny: int, nx: int, rng: np.random.Generator) -> Array:
    """Quarters only: ties, symmetric stencils, checkerboards and halves everywhere."""
    quarters = rng.integers(0, nmat, (4, ny, nx))
    vf = np.array([(quarters == m).sum(axis=0) for m in range(nmat)]) / 4
    if rng.uniform() < 0.3:
        j, i = np.mgrid[:ny, :nx]
        vf[:], vf[0], vf[1] = 0, (i + j) % 2, (i + j + 1) % 2
    elif rng.uniform() < 0.2:
        vf[:], vf[0], vf[1] = 0, 0.5, 0.5
    return vf


def crowds(nmat: int, ny: int, nx: int, rng: np.random.Generator) -> Array:
    """Cells of one, two and more materials side by side."""
    vf = noise(nmat, ny, nx, rng)
    few = rng.uniform(size=(nmat, ny, nx)) < 0.6
    j, i = np.mgrid[:ny, :nx]
    few[rng.integers(0, nmat, (ny, nx)), j, i] = False
    vf[few] = 0
    vf /= vf.sum(axis=0)
    last = vf.argmax(axis=0)[None]
    np.put_along_axis(vf, last, 0, axis=0)
    np.put_along_axis(vf, last, 1 - vf.sum(axis=0)[None], axis=0)
    return vf


Family = Callable[[int, int, int, np.random.Generator], Array]
FAMILIES: tuple[Family, ...] = (noise, blobs, slivers, debris, plateaus, crowds)
UNTIED: tuple[Family, ...] = (noise, crowds)  #: no stencil is its own mirror image


def states(
    families: tuple[Family, ...] = FAMILIES, nmat: tuple[int, int] = (2, 2), sides: tuple[int, int] = (1, 7)
) -> st.SearchStrategy[State]:
    """Any family on any small mesh, with centroids."""

    def make(family: Family, n: int, ny: int, nx: int, seed: int) -> State:
        rng = np.random.default_rng(seed)
        return with_centroids(family(n, ny, nx, rng), rng)

    side = st.integers(*sides)
    return st.builds(make, st.sampled_from(families), st.integers(*nmat), side, side, st.integers(0, 2**32))


def can_follow(method: str, state: State, rules: tuple[str, ...] = ("mirror",) * 4) -> bool:
    """Whether a method follows every symmetry of the field: level sets always do, lines where they have a direction."""
    return method in LEVEL_SETS or has_direction(state, rules)


def has_direction(state: State, rules: tuple[str, ...] = ("mirror",) * 4) -> bool:
    """Whether every material of every mixed cell has a gradient under the boundary rules, so that lines can follow any
    symmetry."""
    _, ny, nx = state.shape
    f = np.pad(state.vf, ((0, 0), (0, 0), (1, 1)), mode="wrap" if rules[0] == "periodic" else "edge")
    f = np.pad(f, ((0, 0), (1, 1), (0, 0)), mode="wrap" if rules[2] == "periodic" else "edge")
    shifted = {(j, i): f[:, 1 + j : 1 + j + ny, 1 + i : 1 + i + nx] for j in (-1, 0, 1) for i in (-1, 0, 1)}
    mixed = (state.vf > EPS).sum(axis=0) > 1
    for weight in (1, 2):
        gx, gy = (
            (shifted[a, b] + shifted[c, d])
            + weight * shifted[e, g]
            - (shifted[-a, -b] + shifted[-c, -d])
            - weight * shifted[-e, -g]
            for a, b, c, d, e, g in ((-1, 1, 1, 1, 0, 1), (1, -1, 1, 1, 1, 0))
        )
        flat = (np.abs(gx) < 1e-14) & (np.abs(gy) < 1e-14) & (state.vf > EPS)
        if np.any(flat.any(axis=0) & mixed):
            return False
    return True


def displacements(state: State, axis: str, rng: np.random.Generator) -> Array:
    """Faces that move by -1 to 1, some by exactly 0, some barely; no cell loses more than itself."""
    _, ny, nx = state.shape
    along_x = axis == "x"
    d = rng.uniform(-1, 1, (ny, nx + 1) if along_x else (ny + 1, nx))
    d *= np.array([0, 1e-300, 1e-13, 0.3, 1])[rng.integers(0, 5, d.shape)]
    moved = d if along_x else d.T  # a view: along the last axis
    for k in range(moved.shape[1] - 1):
        low, high = np.maximum(-moved[:, k], 0), np.maximum(moved[:, k + 1], 0)
        over = low + high > 1
        moved[over, k + 1] = 0.999 * (1 - low[over])
    return d
