"""Fields in which materials, or the ways to turn a cell, cannot be told apart: what a method without any preferred
direction or number has to treat alike. And random ones that come close. Any number of materials."""

from __future__ import annotations

import numpy as np
from material_fields import FAMILIES, Array, Family, State, noise


def equal(nmat: int, ny: int, nx: int, rng: np.random.Generator) -> Array:
    """The same fraction of some of the materials everywhere."""
    n = rng.integers(2, nmat + 1)
    vf = np.zeros((nmat, ny, nx))
    vf[rng.permutation(nmat)[:n]] = 1 / n
    return vf


def uniform(nmat: int, ny: int, nx: int, rng: np.random.Generator) -> Array:
    """Every cell alike, no two materials."""
    return np.broadcast_to(rng.dirichlet(np.ones(nmat))[:, None, None], (nmat, ny, nx)).copy()


def checkerboards(nmat: int, ny: int, nx: int, rng: np.random.Generator) -> Array:
    """Two mixtures by turns, the second one the first with its materials exchanged."""
    j, i = np.mgrid[:ny, :nx]
    black = rng.dirichlet(np.ones(nmat))
    white = black[rng.permutation(nmat)]
    return np.where((i + j) % 2 == 0, black[:, None, None], white[:, None, None])


def equal_drops(nmat: int, ny: int, nx: int, rng: np.random.Generator) -> Array:
    """Cells with as much of each material in a sea of the first."""
    vf = np.zeros((nmat, ny, nx))
    lone = rng.uniform(size=(ny, nx)) < 0.3
    part = rng.choice([0.25, 0.1, 1 / 3, 0.5]) / (nmat - 1)
    vf[1:, lone] = part
    vf[0] = 1 - vf[1:].sum(axis=0)
    return vf


def strangers(nmat: int, ny: int, nx: int, rng: np.random.Generator) -> Array:
    """Pure cells of all materials, and mixed ones whose materials need be in no neighbour."""
    vf = np.zeros((nmat, ny, nx))
    j, i = np.mgrid[:ny, :nx]
    vf[rng.integers(0, nmat, (ny, nx)), j, i] = 1
    for at in np.argwhere(rng.uniform(size=(ny, nx)) < 0.4):
        present = rng.choice(nmat, rng.integers(2, nmat + 1), replace=False)
        vf[:, at[0], at[1]] = 0
        parts = rng.dirichlet(np.ones(len(present))) if rng.uniform() < 0.5 else np.full(len(present), 1 / len(present))
        vf[present, at[0], at[1]] = parts
    return vf


def halves(nmat: int, ny: int, nx: int, rng: np.random.Generator) -> Array:
    """Half of one material and half of another, or of the same."""
    vf = np.zeros((nmat, ny, nx))
    j, i = np.mgrid[:ny, :nx]
    for _ in range(2):
        vf[rng.integers(0, nmat, (ny, nx)), j, i] += 0.5
    return vf


def splinters(nmat: int, ny: int, nx: int, rng: np.random.Generator) -> Array:
    """Some of everything, and 1e-12 of the rest."""
    vf = noise(nmat, ny, nx, rng)
    little = rng.uniform(size=vf.shape) < 0.4
    vf[little] = 10 ** rng.uniform(-12.5, -9, little.sum())
    return vf / vf.sum(axis=0)


TIED: tuple[Family, ...] = (equal, uniform, checkerboards, equal_drops, strangers, halves, splinters)
EVERYTHING: tuple[Family, ...] = FAMILIES + TIED


def without_centroids(vf: Array) -> State:
    return State(vf, np.full((*vf.shape, 2), 0.5))
