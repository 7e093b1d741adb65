"""The solver against exact solutions: tubes, contacts, the isentropic vortex, wall waves of the triple point."""

from __future__ import annotations

import numpy as np
import pytest
from hydro_cases import METHODS, TUBES, WATER, vortex, vortex_solution
from mirhydro.hydro2d.eos import IdealGas
from mirhydro.hydro2d.exact_riemann import GasState, solve
from mirhydro.hydro2d.mesh import Mesh
from mirhydro.hydro2d.problem import hydro, per_material
from mirhydro.hydro2d.problems import PROBLEMS, wall_waves

import mirhydro as mir

# Toro, Riemann Solvers and Numerical Methods for Fluid Dynamics, table 4.3: p*, u*, densities beside the contact
TORO = [
    ((1, 0, 1), (0.125, 0, 0.1), (0.30313, 0.92745, 0.42632, 0.26557)),
    ((1, -2, 0.4), (1, 2, 0.4), (0.00189, 0.0, 0.02185, 0.02185)),
    ((1, 0, 1000), (1, 0, 0.01), (460.894, 19.5975, 0.57506, 5.99924)),
    ((1, 0, 0.01), (1, 0, 100), (46.0950, -6.19633, 5.99242, 0.57511)),
    ((5.99924, 19.5975, 460.894), (5.99242, -6.19633, 46.0950), (1691.64, 8.68975, 14.2823, 31.0426)),
]


@pytest.mark.parametrize("left, right, star", TORO)
def test_star_states_of_toro(left, right, star):
    """Pressure, velocity and densities between the waves, to the digits printed."""
    gas = IdealGas("air", 1.4)
    found = solve(GasState(*left, gas), GasState(*right, gas))
    values = [found.p_star, found.u_star, found.star_density("left"), found.star_density("right")]
    np.testing.assert_allclose(values, star, rtol=1e-4, atol=6e-6)  # five decimals, six digits


def test_star_state_of_water_and_air():
    """Stiffened gas on ideal gas (hydro.md section 3)."""
    found = TUBES["water and dense air"][0].exact()
    np.testing.assert_allclose([found.p_star, found.u_star], [14190477, 482.61041], rtol=1e-7)


def test_vacuum_is_refused():
    """Two gases that part faster than they can expand."""
    gas = IdealGas("air", 1.4)
    with pytest.raises(ValueError, match="vacuum"):
        solve(GasState(1, -20, 1, gas), GasState(1, 20, 1, gas))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", TUBES)
def test_tube(name, method):
    """Errors of density, velocity, pressure at N = 100 are those measured with the prototype, within 15%."""
    tube, until, published = TUBES[name]
    run = tube.start(100, method, 0.5)
    run.run(until)
    errors = list(tube.errors(run).values())
    assert np.all(np.array(errors) <= 1.15 * np.array(published)), f"{errors}, published {published}"


@pytest.mark.slow
@pytest.mark.parametrize("name", TUBES)
def test_tube_converges(name):
    """Halving the cells from 400 to 800 divides the density's error by at least 1.7 (order .77)."""
    tube, until, _ = TUBES[name]
    errors = []
    for cells in (400, 800):
        run = tube.start(cells, METHODS[0], 0.5)
        run.run(until)
        errors.append(tube.errors(run)["density"])
    assert errors[0] > 1.7 * errors[1], errors


GAS, OTHER, THIRD = IdealGas("disc", 1.4), IdealGas("rest", 1.667), IdealGas("third", 1.2)
# gases, densities, pressure, speed, steps, limits of u, p, rho: hydro.md section 3, limits of section 5
CONTACTS = {
    "10:1": ((GAS, OTHER), (10, 1), 1.0, 1.0, 1e-12),
    "1000:1": ((GAS, OTHER), (1000, 1), 1.0, 1.0, 1e-11),
    "three gases": ((GAS, OTHER, THIRD), (10, 1, 3), 1.0, 1.0, 1e-12),
    "water in air": ((WATER, GAS), (1000, 1), 1e5, 100.0, 1e-10),
    "air in water": ((GAS, WATER), (1, 1000), 1e5, 100.0, 1e-10),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", CONTACTS)
def test_contact_stays_uniform(name, method):
    """A disc carried by a uniform flow: velocity, pressure and each density stay what they are, in every step."""
    materials, densities, pressure, speed, limit = CONTACTS[name]
    n = 32
    disc, rest = mir.volume_fractions([mir.Circle((0.5, 0.5), 0.25)], n, n)
    right = (np.arange(n) >= n // 2).astype(float)
    vf = np.stack([disc, rest] if len(materials) == 2 else [disc * right, disc * (1 - right), rest])
    mesh = Mesh(n, n, (0.0, 1.0, 0.0, 1.0), ("periodic",) * 4)
    run = hydro(materials, mesh, vf, per_material(*densities), (speed, 0.5 * speed), pressure, method, 0.5)
    worst = np.zeros(3)
    for _ in range(100):
        run.step()
        state, fields = run.state, run.fields()
        held = state.a > 1e-3
        rho = np.divide(state.m, state.a, out=np.zeros_like(state.m), where=held)
        departures = (
            max(np.abs(fields["u"] / speed - 1).max(), np.abs(fields["v"] / speed - 0.5).max()),
            np.abs(fields["pressure"] / pressure - 1).max(),
            np.abs(rho / per_material(*densities) - 1)[held].max(),
        )
        worst = np.maximum(worst, departures)
    assert np.all(worst <= (1e-12, limit, limit)), worst


def vortex_error(n, nmat, until=2.0):
    """Mean error of the density after a time; the exact solution is the start, moved."""
    run = vortex(n, nmat)
    run.run(until)
    shift = round(until * n / 10)
    exact = np.roll(vortex_solution(run.mesh)[0], (shift, shift), (0, 1))
    return np.abs(run.fields()["density"] - exact).mean()


@pytest.mark.parametrize("nmat", [1, 2])
def test_vortex_is_second_order(nmat):
    """Smooth flow, one material and two with the interface through the vortex: order above 1.8."""
    errors = [vortex_error(n, nmat) for n in (40, 80)]
    assert np.log2(errors[0] / errors[1]) > 1.8, errors


@pytest.mark.slow
@pytest.mark.parametrize("nmat, published", [(1, (6.0e-3, 1.1e-3, 1.9e-4)), (2, (7.4e-3, 1.9e-3, 4.2e-4))])
def test_vortex_errors(nmat, published):
    """After one period the errors are those of the prototype."""
    errors = [vortex_error(n, nmat, until=10.0) for n in (40, 80, 160)]
    assert np.all(np.array(errors) <= 1.15 * np.array(published)), errors


@pytest.mark.parametrize("method", METHODS)
def test_triple_point_wall_waves(method):
    """At t = 1 contacts and shocks along the walls stand within 1.5 cells of the exact Riemann solutions."""
    cells = 140
    run = PROBLEMS["triple-point"].start(cells, method, 0.5)
    run.run(1.0)
    found = wall_waves(run)
    exact = {"bottom": (0.517244, 0.796469), "top": (0.892259, 1.786884)}
    for wall, speeds in exact.items():
        for wave, speed in zip(("contact", "shock"), speeds, strict=True):
            position = found[f"{wall} {wave}"]
            assert abs(position - (1 + speed)) < 1.5 * 7 / cells, f"{wall} {wave} at {position}, exact {1 + speed}"
    assert abs(found["kinetic energy"] - 0.8524) < 0.03 * 0.8524  # .8524 on 420 x 180


def test_wall_waves_are_the_exact_solutions():
    """The speeds above come from the solver of Riemann problems."""
    driver, heavy, light = (IdealGas(n, g) for n, g in (("driver", 1.5), ("heavy", 1.4), ("light", 1.5)))
    for gas, rho, speeds in ((heavy, 1.0, (0.517244, 0.796469)), (light, 0.125, (0.892259, 1.786884))):
        found = solve(GasState(1, 0, 1, driver), GasState(rho, 0, 0.1, gas))
        np.testing.assert_allclose([found.u_star, found.shock_speed("right")], speeds, rtol=2e-6)
