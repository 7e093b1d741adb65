"""Round-off in, round-off out: nothing a method decides hangs on the last bits of a fraction.

A decision (which way a cell is turned before a net sees it, which branch a search for an offset takes) that falls where
inputs are equal, or where a search goes round in circles, is a step of the result at inputs that hosts do have: those
of symmetric runs, of debris, of pure neighbours. Random inputs near no such place change by as much as the inputs do.
"""

from __future__ import annotations

import numpy as np
import pytest

import mirhydro as mir

STEP = 1e-5  #: of a cell: far above round-off, also that of nets in single precision, and far below a decision's step
METHODS = ["youngs", "myc", "elvira", "lvira", "ppic", "neural", "neural-fine", "autoencoder-shrunk"]


def noisy(one: np.ndarray, size: float, seed: int) -> np.ndarray:
    """Mixed cells stay mixed, pure ones pure."""
    mixed = (one > 0) & (one < 1)
    moved = one + size * np.random.default_rng(seed).standard_normal(one.shape)
    return np.where(mixed, np.clip(moved, 1e-9, 1 - 1e-9), one)


def swept(method: str, one: np.ndarray) -> np.ndarray:
    r = mir.Reconstructor(method)(np.stack([one, 1 - one]))
    ny, nx = one.shape
    return np.stack([r.swept("x", np.full((ny, nx + 1), d))[0, :, 1:-1] for d in (0.37, -0.37)])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("size", [1e-13, 1e-9])
def test_debris(method, size):
    """Fractions at random, three cells of eight pure: stencils with equal gradients, level sets with hardly a slope."""
    for seed in range(1 if method.startswith("auto") else 4):
        n = 60 if method.startswith("auto") else 120
        one = np.clip(np.random.default_rng(seed).random((n, n)) * 1.6 - 0.3, 0, 1)
        change = abs(swept(method, noisy(one, size, seed + 1)) - swept(method, one)).max(axis=0)
        assert change.max() < STEP, f"{(change > STEP).sum()} faces, first {np.argwhere(change > STEP)[:3].tolist()}"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("size", [1e-13, 1e-10])
def test_a_symmetric_body_stays_so_but_for_round_off(method, size):
    """A disc, a square and a speck in the middle of the mesh; the noise is not symmetric."""
    bound = 1000 * size + (1e-8 if method == "lvira" else 0)  # lvira's search ends there
    square = mir.Polygon(np.array([(0.27, 0.27), (0.73, 0.27), (0.73, 0.73), (0.27, 0.73)]))
    for body in (mir.Circle((0.5, 0.5), 0.31), square, mir.Circle((0.5, 0.5), 0.07)):
        one = noisy(mir.volume_fractions([body], 32, 32)[0], size, 3)
        right, left = swept(method, one)
        assert abs(right + left[:, ::-1]).max() < bound  # through mirrored faces, the other way
        up = mir.Reconstructor(method)(np.stack([one, 1 - one])).swept("y", np.full((33, 32), 0.37))[0, 1:-1]
        assert abs(right - up.T).max() < bound


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("size", [1e-13, 2e-7])
def test_images_of_a_body_that_is_symmetric_but_for_round_off(method, size):
    """Turns of a cell that tie but for noise are still told apart: the image of the field gives the image, to the bit.
    Noise of 2e-7 is seen by nets in single precision and taken for round-off all the same; in every fifth row it leaves
    cells whose gradient does not notice."""
    for body in (mir.Circle((0.5, 0.5), 0.31), mir.HalfPlane((0.41, 0.0), (1.0, 0.0)), mir.Circle((0.5, 0.5), 0.07)):
        exactly = mir.volume_fractions([body], 24, 24)[0]
        for rows in (slice(None), slice(None, None, 5)):
            one = exactly.copy()
            one[rows] = noisy(exactly, size, 5)[rows]
            right, left = swept(method, one)
            assert np.array_equal(swept(method, one[:, ::-1])[0], -left[:, ::-1])
            assert np.array_equal(swept(method, one[::-1])[0], right[::-1])
            up = mir.Reconstructor(method)(np.stack([one.T, 1 - one.T])).swept("y", np.full((25, 24), 0.37))[0, 1:-1]
            assert np.array_equal(up.T, right)
            other = mir.Reconstructor(method)(np.stack([1 - one, one])).swept("x", np.full((24, 25), 0.37))[1, :, 1:-1]
            assert np.array_equal(other, right)
