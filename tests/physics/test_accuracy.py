"""Orders, floors and figures: every method against closed forms and what was published or measured."""

from __future__ import annotations

import numpy as np
import pytest

import mirhydro as mir
from mirhydro.evaluate import flows, misplaced_area, static
from mirhydro.evaluate.advection import advect
from mirhydro.evaluate.flows import Flow
from mirhydro.evaluate.samples import KINDS, misplaced_in_samples, samples

METHODS = tuple(mir.methods())
LINES = ("youngs", "myc", "elvira", "lvira", "mof")  # methods that draw one straight line per cell

# Order on a circle: Youngs' gradient is of first order on smooth curves, the others of second.
# Pilliod & Puckett, JCP 199 (2004) 465; Aulisa et al., JCP 225 (2007) 2301; Dyadechko & Shashkov 2005.
ORDERS = {"youngs": 1.0, "myc": 1.9, "elvira": 1.9, "lvira": 1.9, "mof": 1.9}


@pytest.mark.parametrize("method", METHODS)
def test_circle_converges(method):
    """Area misplaced by a circle, mean over centres, falls at least as fast as published."""
    n, discs = [16, 32, 64], static.circles(8)
    error = [np.mean([misplaced_area(method, disc, k) for disc in discs]) for k in n]
    order, wanted = -np.polyfit(np.log(n), np.log(error), 1)[0], ORDERS.get(method, 1.0)
    assert order > wanted, f"{method}: order {order:.2f}, errors {error} at n = {n}"


@pytest.mark.parametrize("method", ["elvira", "lvira"])
def test_line_is_reproduced(method):
    """A straight interface, any place and direction, comes back to round-off."""
    assert misplaced_in_samples(method, samples("line", 1000, 1)).max() < 1e-12


def test_line_is_reproduced_from_its_centroids():
    """Moment-of-fluid: to the quadrature of the centroids that the test gives it."""
    assert misplaced_in_samples("mof", samples("line", 200, 1)).max() < 1e-5


@pytest.mark.parametrize("kind", ["circle", "corner", "filament"])
@pytest.mark.parametrize("method", LINES)
def test_no_line_beats_the_best_line(method, kind):
    """Mean over random shapes; the floor is a search, so one shape may lose to it by the last digits."""
    assert static.random_shapes(method, kind, 100)["mean"] > static.random_shapes_floor(kind, 100)["mean"] - 1e-9


def test_mof_reaches_the_floor_on_a_circle():
    """With exact centroids moment-of-fluid is the best line to a third of a percent."""
    assert static.circle("mof", 32, 4)["mean"] == pytest.approx(static.circle_floor(32, 4)["mean"], rel=3e-3)


@pytest.mark.parametrize("method", METHODS)
def test_advection_keeps_mass_and_bounds(method):
    """Weymouth & Yue: nothing lost, nothing outside [0, 1], beyond round-off, in a flow that stretches."""
    end = advect(method, flows.vortex(1.0), 24)
    assert end.mass < 1e-13
    assert end.lowest > -1e-13
    assert end.highest < 1 + 1e-13


@pytest.mark.parametrize("velocity", [(1.0, 0.0), (0.0, -1.0), (-1.0, 1.0)])
@pytest.mark.parametrize("method", METHODS)
def test_translation_by_whole_cells_is_exact(method, velocity):
    """At CFL 1 each sweep moves every cell into its neighbour; after one turn all is as it was."""
    u, v = velocity
    flow = Flow(
        shape=mir.Circle((0.4, 0.55), 0.2),
        psi=lambda x, y: v * x - u * y,
        speed=1.0,
        duration=1.0,
        boundary="periodic",
    )
    end = advect(method, flow, 16, cfl=1.0)
    assert end.steps == 16
    np.testing.assert_allclose(end.after, end.before, atol=1e-13, rtol=0)


@pytest.mark.parametrize("method", METHODS)
def test_vortex_converges(method):
    """There and back through the single vortex, T = 2: better than first order, as all published PLIC."""
    coarse, fine = (advect(method, flows.vortex(2.0), n).error for n in (32, 64))
    assert coarse / fine > 2.0


# Mean over circles of R = 1/4, N = 16, 32, 64, 128. Measured by independent prototypes at 20 centres, which
# scatter by up to 2 percent at N = 16 and 32; ours are the mean of 200 there.
CIRCLE = {
    "youngs": (8.56e-4, 2.57e-4, 1.04e-4, 4.73e-5),
    "myc": (9.22e-4, 2.20e-4, 5.53e-5, 1.40e-5),
    "elvira": (1.07e-3, 2.50e-4, 6.21e-5, 1.55e-5),
    "lvira": (1.20e-3, 2.87e-4, 7.08e-5, 1.76e-5),
    "mof": (7.71e-4, 1.886e-4, 4.75e-5, 1.192e-5),
}


@pytest.mark.slow
@pytest.mark.parametrize("method", CIRCLE)
def test_circle_table(method):
    """The figures of the prototypes within 3 percent."""
    found = [static.circle(method, n, static.circle_centres(n))["mean"] for n in (16, 32, 64, 128)]
    np.testing.assert_allclose(found, CIRCLE[method], rtol=0.03)


# sum abs(f - f0) h^2 at T = 2, N = 32, 64, 128 and T = 8, N = 32, 64, 128, of independent prototypes. Those
# integrated on 16 x 16 pixels a cell, which lost 6e-4 of the mass in ELVIRA's T = 8 runs. On 64 x 64 they
# give 6.11e-2 and 9.74e-3 at N = 32 and 64 (5.64e-2 and 1.13e-2 on 16 x 16), and 1.53e-4 at T = 2, N = 128
# (1.85e-4 on 16 x 16): those are compared here.
VORTEX = {
    "youngs": ((2.98e-3, 8.4e-4, 2.9e-4), (6.3e-2, 1.2e-2, 2.2e-3)),
    "myc": ((2.87e-3, 6.5e-4, 1.4e-4), (6.0e-2, 1.4e-2, 2.1e-3)),
    "elvira": ((2.97e-3, 7.3e-4, 1.53e-4), (6.11e-2, 9.74e-3, 1.65e-3)),
}


@pytest.mark.slow
@pytest.mark.parametrize("duration", [2, 8])
@pytest.mark.parametrize("method", VORTEX)
def test_vortex_table(method, duration):
    """The figures of the prototypes within 10 percent."""
    found = [advect(method, flows.vortex(duration), n).error for n in (32, 64, 128)]
    np.testing.assert_allclose(found, VORTEX[method][duration // 8], rtol=0.10)


def test_every_kind_of_shape_is_sampled():
    """Line, circle, corner, filament: the kinds of the table; each sample's central cell is mixed."""
    assert set(KINDS) == {"line", "circle", "corner", "filament"}
    for kind in KINDS:
        cases = samples(kind, 50, 3)
        inner = cases.vf[0][tuple(cases.centre.T)]
        assert ((inner > 1e-3) & (inner < 1 - 1e-3)).all()
