"""Straight interfaces come back exactly: ELVIRA's and LVIRA's promise, on equal and on stretched meshes.

The fractions of cells and of parts of cells are exact rationals, rounded once.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from exact_lines import PARTS, Line, candidate_is_exact, fractions, parts, through
from hypothesis import given, settings
from hypothesis import strategies as st

import mirhydro as mir

EXACT = pytest.mark.parametrize("method", ["elvira", "lvira"])


def check(method: str, line: Line, xs: Sequence[float], ys: Sequence[float], every_cell: bool = True) -> int:
    """Compares parts of all mixed cells that are not on the rim; returns how many there were."""
    vf = fractions(line, xs, ys)
    r = mir.Reconstructor(method, spacing=(np.diff(xs), np.diff(ys)))(vf)
    part, cells = r.subcell(PARTS), 0
    for row, (j, i) in enumerate(r.cells):
        if not (0 < j < len(ys) - 2 and 0 < i < len(xs) - 2):
            continue
        exact = candidate_is_exact(line, xs, ys, j, i)
        assert exact or not every_cell, "the stencil has two full columns or rows"
        if exact:
            wanted = parts(line, xs, ys, j, i)
            np.testing.assert_allclose(part[row], wanted, rtol=0, atol=1e-12 * PARTS**2)
            cells += 1
    return cells


EQUAL = [float(k) for k in range(6)]
angles = st.floats(0, 2 * np.pi)
places = st.floats(1.2, 3.8)


@EXACT
@given(angle=angles, x=places, y=places)
def test_any_line(method, angle, x, y):
    assert check(method, through(x, y, np.cos(angle), np.sin(angle)), EQUAL, EQUAL) > 0


@EXACT
@pytest.mark.parametrize("tilt", [0.0, 1e-300, 1e-16, 1e-15, 1e-13, 1e-12, 1e-10, 1e-8, 1e-6, -1e-16, -1e-8])
@pytest.mark.parametrize("place", [2.5, 2.0 + 1e-9, 2.1, 2.9999])
def test_lines_almost_along_an_axis(method, tilt, place):
    """IRL #25: a line that nearly coincides with an edge."""
    for a, b in ((1.0, tilt), (tilt, 1.0), (-1.0, tilt), (tilt, -1.0)):
        x, y = (place, 2.3) if abs(a) == 1 else (2.3, place)
        check(method, through(x, y, a, b), EQUAL, EQUAL)


@EXACT
@pytest.mark.parametrize("corner", [(2.0, 2.0), (2.0, 3.0), (2.5, 2.0), (3.0, 2.5)])
def test_lines_through_corners_and_along_diagonals(method, corner):
    slopes = (
        (1, 1),
        (1, -1),
        (-1, 1),
        (-1, -1),
        (1, 2),
        (2, 1),
        (1, -3),
        (3, 1),
        (-1, 1e-9),
        (1, 1 + 1e-15),
        (1, 0.999999),
    )
    for a, b in slopes:
        check(method, through(corner[0], corner[1], a, b), EQUAL, EQUAL)


@EXACT
@pytest.mark.parametrize("aspect", [1e-6, 1e-3, 0.5, 3.0, 1e3, 1e6])
@given(angle=angles, x=places, y=places)
@settings(max_examples=8)
def test_cells_that_are_not_square(method, aspect, angle, x, y):
    """dx != dy, up to 1 : 10^6; angles in the plane and angles in index space."""
    wide = [aspect * k for k in EQUAL]
    check(method, through(aspect * x, y, np.cos(angle), np.sin(angle)), wide, EQUAL)
    assert check(method, through(aspect * x, y, np.cos(angle) / aspect, np.sin(angle)), wide, EQUAL) > 0


@EXACT
def test_scalar_spacing_is_not_seen_by_lines(method):
    """In index space equal cells are squares, whatever dx : dy."""
    vf = fractions(through(2.3, 2.4, 0.3, 0.8), EQUAL, EQUAL)
    square, flat = (mir.Reconstructor(method, spacing=s)(vf) for s in ((1.0, 1.0), (1e-3, 1e3)))
    np.testing.assert_array_equal(square.subcell(2), flat.subcell(2))


@EXACT
@given(
    angle=angles, x=st.floats(0.25, 0.75), y=st.floats(0.25, 0.75), seed=st.integers(0, 2**32),
    spread=st.sampled_from([0.05, 0.3, 1.0, 3.0]),
)  # fmt: skip
def test_stretched_meshes(method, angle, x, y, seed, spread):
    """Every cell another width. Where the neighbours are so narrow that no two columns or rows of the stencil hold the
    line from side to side no candidate is exact; all the others are."""
    widths = 10 ** np.random.default_rng(seed).uniform(-spread / 2, spread / 2, (2, 5))
    xs, ys = ([0.0, *np.cumsum(w)] for w in widths)
    line = through(xs[2] + x * widths[0, 2], ys[2] + y * widths[1, 2], np.cos(angle), np.sin(angle))
    check(method, line, xs, ys, every_cell=False)


@EXACT
def test_growing_cells_are_exact_everywhere(method):
    """Ten per cent from cell to cell, as hosts use it: no cell without an exact candidate, at 40 angles."""
    xs = [0.0, *np.cumsum(1.1 ** np.arange(5))]
    ys = [0.0, *np.cumsum(0.9 ** np.arange(5))]
    cells = 0
    for angle in np.linspace(0.01, 2 * np.pi, 40):
        cells += check(method, through(2.7, 2.2, np.cos(angle), np.sin(angle)), xs, ys, every_cell=False)
    assert cells > 100


@pytest.mark.parametrize("method", ["youngs", "myc"])
@pytest.mark.parametrize("a, b", [(1, 0), (0, 1), (-1, 0), (1, 1), (-1, 1)])
def test_gradients_are_exact_along_axes_and_diagonals(method, a, b):
    """What Youngs' and the mixed scheme can: the four directions that their weights are made for."""
    check(method, through(2.3, 2.4, a, b), EQUAL, EQUAL)


@pytest.mark.parametrize("method", mir.methods()[:4])
@pytest.mark.parametrize("numbers", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_layers_lie_in_the_order_of_their_places(method, numbers):
    """A thin layer between two others, all in one cell: whatever the numbers and sizes, it is cut between them."""
    low, thin, high = numbers
    vf = np.zeros((3, 3, 3))
    vf[low, :, 0], vf[high, :, 2] = 1, 1
    vf[low, :, 1], vf[thin, :, 1], vf[high, :, 1] = 0.55, 0.15, 0.3
    r = mir.Reconstructor(method)(vf)
    x = r.centroids()[r.index[1, 1], :, 0]
    np.testing.assert_allclose(x[[low, thin, high]], [0.275, 0.625, 0.85], rtol=0, atol=1e-14)
