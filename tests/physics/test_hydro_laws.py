"""What the solver promises whatever the flow: conservation, symmetry and restart to the last bit, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hydro_cases import METHODS, box, debris
from hypothesis import given, settings
from hypothesis import strategies as st
from mirhydro.hydro2d import checkpoint
from mirhydro.hydro2d.diagnostics import Recorder, pieces
from mirhydro.hydro2d.eos import IdealGas, StiffenedGas
from mirhydro.hydro2d.mesh import Mesh
from mirhydro.hydro2d.problems import PROBLEMS
from mirhydro.hydro2d.solver import Solver, StepFailed
from mirhydro.hydro2d.state import State, owners

PERIODIC, WALLS = ("periodic",) * 4, ("wall",) * 4


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("nmat", [1, 2, 3])
@pytest.mark.parametrize("sides", [PERIODIC, WALLS, ("periodic", "periodic", "wall", "wall")])
def test_closed_box_conserves(sides, nmat, method):
    """Mass of each material, total energy, and momentum along periodic axes."""
    run = box(method, nmat=nmat, sides=sides)
    start, scale = run.state.totals(), np.abs(run.state.mx).sum()
    for _ in range(100):
        run.step()
    change = run.state.totals() - start
    assert np.all(np.abs(change[:nmat]) <= 1e-13 * start[:nmat])
    assert abs(change[-1]) <= 1e-13 * start[-1]
    for axis in (0, 1):
        if sides[2 * axis] == "periodic":
            assert abs(change[nmat + axis]) <= 1e-13 * scale
    assert np.all(run.state.I[run.state.a > 0] > 0)
    assert np.all(run.state.m[run.state.a > 0] > 0)
    assert np.all(run.state.m[run.state.a == 0] == 0)


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_a_thousand_steps_conserve(method):
    """Issue's figure: 1e-13 for mass and momentum, 1e-12 for energy."""
    run = box(method, n=48, sides=PERIODIC)
    start, scale = run.state.totals(), np.abs(run.state.mx).sum()
    for _ in range(1000):
        run.step()
    change = np.abs(run.state.totals() - start)
    assert np.all(change[:3] <= 1e-13 * start[:3])
    assert np.all(change[3:5] <= 1e-13 * scale)
    assert change[5] <= 1e-12 * start[5]


@given(
    seed=st.integers(0, 2**32 - 1),
    nmat=st.integers(1, 4),
    shape=st.tuples(st.integers(1, 9), st.integers(1, 9)).filter(lambda s: max(s) > 1),
    sides=st.tuples(st.sampled_from(["periodic", "wall"]), st.sampled_from(["periodic", "wall"])),
    method=st.sampled_from(METHODS),
)
@settings(max_examples=60, deadline=None)
def test_random_debris_stays_positive_and_conserved(seed, nmat, shape, sides, method):
    """Random fractions, densities over four decades, velocities of the order of the sound speed, on any small mesh."""
    random = np.random.default_rng(seed)
    gases, vf, rho, u, v, p = debris(random, nmat, shape, 2)
    mesh = Mesh(*shape, (0.0, 1.0, 0.0, 1.0), (sides[0], sides[0], sides[1], sides[1]))
    run = Solver(gases, State.from_primitives(gases, vf, rho, u, v, p), mesh, method)
    start = run.state.totals()
    for _ in range(6):
        run.step()
    change = np.abs(run.state.totals() - start)
    assert np.all(change[:nmat] <= 1e-13 * np.maximum(start[:nmat], 1e-3)) and change[-1] <= 1e-13 * start[-1]
    assert np.all(run.state.I >= 0) and np.all(run.state.m >= 0) and np.all(run.state.a >= 0)
    np.testing.assert_array_equal(run.state.owner, owners(run.state.a))


def transformed(run, turn, sign):
    """A run whose state is turned by `turn`, an operation on the last two axes; momenta take the sign (x, y)."""
    state = run.state
    arrays = {name: np.ascontiguousarray(turn(q)) for name, q in state.arrays().items()}
    arrays["mx"] *= sign[0]
    arrays["my"] *= sign[1]
    return arrays


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("axis", ["x", "y"])
@pytest.mark.parametrize("sides", [PERIODIC, WALLS])
def test_mirrored_flow_gives_mirrored_bits(sides, axis, method):
    """Mirror the initial state: every later state is the mirror image, to the last bit."""
    turn = (lambda q: q[..., ::-1]) if axis == "x" else (lambda q: q[..., ::-1, :])
    sign = (-1, 1) if axis == "x" else (1, -1)
    run, image = box(method, n=20, ny=17, sides=sides), box(method, n=20, ny=17, sides=sides)
    image.load(transformed(run, turn, sign))
    for _ in range(20):
        run.step()
        image.step()
    for name, expected in transformed(run, turn, sign).items():
        np.testing.assert_array_equal(image.arrays()[name], expected, err_msg=name)


@pytest.mark.parametrize("method", METHODS)
def test_transposed_flow_gives_transposed_bits(method):
    """Swap x and y and the order of the sweeps. Three materials: a tie of two normals is the method's own test."""
    run, image = box(method, n=20), box(method, n=20, first_axis="y")
    arrays = transformed(run, lambda q: np.swapaxes(q, -1, -2), (1, 1))
    image.load(arrays | {"mx": arrays["my"], "my": arrays["mx"]})
    for _ in range(20):
        run.step()
        image.step()
    expected = transformed(run, lambda q: np.swapaxes(q, -1, -2), (1, 1))
    expected |= {"mx": expected["my"], "my": expected["mx"]}
    for name, values in expected.items():
        np.testing.assert_array_equal(image.arrays()[name], values, err_msg=name)


def test_gravity_does_work():
    """A closed box in free fall between periodic sides: momentum grows by m g t, energy by the work done."""
    run = box(nmat=2, sides=PERIODIC, gravity=(0.0, -0.3))
    start = run.state.totals()
    run.run(0.2)
    change = run.state.totals() - start
    mass = start[:2].sum()
    np.testing.assert_allclose(change[3], -0.3 * 0.2 * mass, rtol=1e-12)
    fall = -0.3 * 0.2 * (start[3] + 0.5 * change[3])
    np.testing.assert_allclose(change[4], fall, rtol=2e-2)  # half kicks: the mean momentum to second order


def test_too_long_a_step_is_halved_and_redone():
    """Two walls of gas that meet at Mach 40, at a time step of the cold state: the state before is what is redone."""
    gas = IdealGas("gas", 1.4)
    n = 20
    left = (np.arange(n) < n // 2)[None, :]
    state = State.from_primitives([gas], np.ones((1, 1, n)), np.ones(1), np.where(left, 40.0, -40.0), 0.0, np.ones(1))
    run = Solver([gas], state, Mesh(1, n, (0.0, 1.0, 0.0, 0.1), ("wall",) * 4), cfl=1.0)
    start = run.state.totals()
    run.time_step = lambda: 0.03  # type: ignore[method-assign]
    run.step()
    assert run.redone > 0
    np.testing.assert_allclose(run.state.totals()[[0, -1]], start[[0, -1]], rtol=1e-14)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name, cells", [("triple-point", 42), ("zalesak", 20), ("sod", 40)])
def test_resumed_run_has_the_same_bits(tmp_path, name, cells, method):
    """Stop after 7 of 20 steps, continue from the file: nothing differs."""
    problem = PROBLEMS[name]
    through, first, second = (problem.start(cells, method, problem.cfl) for _ in range(3))
    records = [Recorder(problem.watch, 3) for _ in range(3)]
    for run, recorder, steps in ((through, records[0], 20), (first, records[1], 7)):
        for _ in range(steps):
            run.step(problem.until)
            recorder.record(run)
    path = tmp_path / "checkpoint.npz"
    checkpoint.write(path, first, records[1], {"problem": name}, {"drawn": 1})
    assert checkpoint.read(path, second, records[2], {"problem": name}) == {"drawn": 1}
    for _ in range(13):
        second.step(problem.until)
        records[2].record(second)
    assert second.time == through.time and second.steps == through.steps
    for key, values in through.arrays().items():
        np.testing.assert_array_equal(second.arrays()[key], values, err_msg=key)
    for key, values in records[0].series().items():
        np.testing.assert_array_equal(records[2].series()[key], values, err_msg=key)


def test_foreign_and_broken_checkpoints_are_refused(tmp_path):
    """Cut at any length, of another problem, or of other cells: an error that says so, and the run unchanged."""
    problem = PROBLEMS["sod"]
    run, recorder = problem.start(20, METHODS[0], 0.5), Recorder(problem.watch)
    path = tmp_path / "checkpoint.npz"
    checkpoint.write(path, run, recorder, {"cells": 20}, {})
    with pytest.raises(ValueError, match="cells = 20 there, 30 here"):
        checkpoint.read(path, run, recorder, {"cells": 30})
    whole = path.read_bytes()
    for length in (0, 1, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match="not a checkpoint"):
            checkpoint.read(path, run, recorder, {"cells": 20})
    with pytest.raises(ValueError, match="not a checkpoint"):
        checkpoint.read(tmp_path / "absent.npz", run, recorder, {})


BAD_INPUT = {
    "vf NaN": ({"vf": np.nan}, r"vf\[0, 1, 2\] = nan"),
    "vf negative": ({"vf": -0.1}, r"vf\[0, 1, 2\] = -0.1"),
    "vf sum": ({"vf": 0.5}, r"sum of vf\[1, 2\] = 0.5"),
    "rho zero": ({"rho": 0.0}, r"rho\[0, 1, 2\] = 0.0"),
    "rho NaN": ({"rho": np.nan}, r"rho\[0, 1, 2\] = nan"),
    "p NaN": ({"p": np.inf}, r"p\[0, 1, 2\] = inf"),
    "p negative": ({"p": -1.0}, r"internal energy of gas\[1, 2\] = -2.5"),
    "u NaN": ({"u": np.nan}, r"u\[1, 2\] = nan"),
}


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_initial_values_are_named(name):
    """Argument, cell and value."""
    fields = {"vf": np.ones((1, 3, 4)), "rho": np.ones((1, 3, 4)), "p": np.ones((1, 3, 4))}
    fields |= {"u": np.zeros((3, 4)), "v": np.zeros((3, 4))}
    changes, message = BAD_INPUT[name]
    for key, value in changes.items():
        fields[key][..., 1, 2] = value
    with pytest.raises(ValueError, match=message):
        State.from_primitives([IdealGas("gas", 1.4)], **fields)


def test_bad_settings_are_named():
    """Equations of state, meshes, cfl."""
    with pytest.raises(ValueError, match="gamma = 1"):
        IdealGas("gas", 1.0)
    with pytest.raises(ValueError, match="pinf = -1"):
        StiffenedGas("gas", 1.4, -1.0)
    with pytest.raises(ValueError, match="periodic"):
        Mesh(4, 4, (0.0, 1.0, 0.0, 1.0), ("periodic", "wall", "wall", "wall"))
    with pytest.raises(ValueError, match="'open'"):
        Mesh(4, 4, (0.0, 1.0, 0.0, 1.0), ("open", "wall", "wall", "wall"))
    with pytest.raises(ValueError, match="0 x 4"):
        Mesh(0, 4, (0.0, 1.0, 0.0, 1.0), WALLS)
    with pytest.raises(ValueError, match=r"cfl = 1\.5"):
        box(cfl=1.5)
    with pytest.raises(ValueError, match="method"):
        box("no such method")


def test_a_state_that_is_not_finite_stops_the_run():
    """A NaN that appears later: the step names itself."""
    run = box(nmat=1)
    run.state.mx[3, 4] = np.nan
    with pytest.raises(StepFailed, match="not finite"):
        run.step()


def test_pieces_are_counted_through_spirals():
    """Runs of later rows join pieces that began apart."""
    u_shape = np.array([[1, 0, 1, 0, 1], [1, 0, 1, 0, 0], [1, 1, 1, 0, 1]], float)
    assert pieces(np.stack([u_shape, 1 - u_shape])) == [3, 2]
