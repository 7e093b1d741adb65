"""The numbering of the materials is nobody's business: solver and sums to the last bit, the command that shows it."""

from __future__ import annotations

import argparse
import json
from itertools import permutations

import numpy as np
import pytest
from hydro_cases import METHODS, box, debris
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from mirhydro.hydro2d import command
from mirhydro.hydro2d.mesh import Mesh
from mirhydro.hydro2d.problem import hydro, per_material
from mirhydro.hydro2d.problems import PROBLEMS
from mirhydro.hydro2d.solver import Solver
from mirhydro.hydro2d.state import State, owners
from mirhydro.hydro2d.sums import over_materials

import mirhydro as mir

SIX = list(permutations(range(3)))
OWN = [0, 1, 2]


def assert_same_bits(run, other, numbering):
    """`other` has run with this numbering of the materials of `run`."""
    back = other.renumbered(np.argsort(numbering).tolist())
    assert back.time == run.time and back.steps == run.steps
    for name, expected in run.arrays().items():
        np.testing.assert_array_equal(back.arrays()[name], expected, err_msg=name)
    assert [material.name for material in back.materials] == list(run.names)


@given(
    q=arrays(float, array_shapes(min_dims=2, max_dims=2, max_side=6), elements=st.floats(-1e3, 1e3)),
    random=st.randoms(use_true_random=False),
)
def test_sums_do_not_depend_on_the_order_of_the_materials(q, random):
    """Any permutation gives the same bits, -q gives -sum, two materials give the bits of +; q stays as it was."""
    before, order = q.copy(), random.sample(range(len(q)), len(q))
    total = over_materials(q)
    np.testing.assert_array_equal(q, before)
    np.testing.assert_array_equal(over_materials(q[order]), total)
    np.testing.assert_array_equal(over_materials(-q[order]), -total)
    np.testing.assert_allclose(total, q.sum(axis=0), rtol=0, atol=1e-15 * np.abs(q).sum(axis=0).max(initial=0))
    if len(q) <= 2:
        np.testing.assert_array_equal(total, q.sum(axis=0))


@pytest.mark.parametrize("method", METHODS)
def test_triple_point_in_six_numberings(method):
    """A third of the shock's way through three gases that meet in a point."""
    start = PROBLEMS["triple-point"].start(56, method, 0.5)
    runs = [start.renumbered(numbering) for numbering in SIX]
    for numbering, run in zip(SIX, runs, strict=True):
        run.run(0.5)
        assert_same_bits(runs[0], run, numbering)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("numbering", [(1, 0, 2), (2, 0, 1)])  # a swap and a rotation
def test_numbering_of_the_materials_does_not_matter(numbering, method):
    """The same in a flow without any symmetry, under gravity: densities of cells are sums over materials, too."""
    run = box(method, gravity=(0.1, -0.3))
    other = run.renumbered(numbering)
    for _ in range(20):
        run.step()
        other.step()
    assert_same_bits(run, other, numbering)


@given(
    seed=st.integers(0, 2**32 - 1),
    nmat=st.integers(2, 5),
    shape=st.tuples(st.integers(1, 9), st.integers(1, 9)).filter(lambda s: max(s) > 1),
    method=st.sampled_from(METHODS),
)
@settings(max_examples=25, deadline=None)
def test_random_debris_in_another_numbering(seed, nmat, shape, method):
    """Up to five materials in every cell, each with a density, pressure and gamma of its own."""
    random = np.random.default_rng(seed)
    gases, vf, rho, u, v, p = debris(random, nmat, shape, 1)
    numbering = random.permutation(nmat).tolist()
    mesh = Mesh(*shape, (0.0, 1.0, 0.0, 1.0), ("wall",) * 4)
    run = Solver(gases, State.from_primitives(gases, vf, rho, u, v, p), mesh, method)
    theirs = tuple(gases[k] for k in numbering)
    state = State.from_primitives(theirs, vf[numbering], rho[numbering], u, v, p[numbering])
    other = Solver(theirs, state, mesh, method)
    for _ in range(4):
        run.step()
        other.step()
    assert_same_bits(run, other, numbering)


@pytest.mark.parametrize("method", METHODS)
def test_symmetric_flow_of_three_gases_stays_symmetric(method):
    """A triple point and its mirror image: two roll-ups that are one another's image to the last bit."""
    mesh = Mesh(24, 56, (0.0, 7.0, -1.5, 1.5), ("wall",) * 4)
    driver, above = mir.HalfPlane((1.0, 0.0), (1.0, 0.0)), mir.HalfPlane((0.0, 0.7), (0.0, -1.0))
    below = mir.HalfPlane((0.0, -0.7), (0.0, 1.0))
    first, upper, lower, middle = mir.volume_fractions([driver, above, below], *mesh.shape, extent=mesh.extent)
    vf = np.stack([first, middle, upper + lower])
    vf = 0.5 * (vf + vf[:, ::-1])  # symmetric to the last bit
    gases = PROBLEMS["triple-point"].start(7, method, 0.5).materials
    rho, p = per_material(1.0, 1.0, 0.125), per_material(1.0, 0.1, 0.1)
    run = hydro(gases, mesh, vf, rho, (0.0, 0.0), p, method, 0.5)
    run.run(1.2)
    assert run.vf.min(axis=0).max() > 0  # the three gases do meet in a cell
    for name, q in run.arrays().items():
        np.testing.assert_array_equal(q[..., ::-1, :] * (-1 if name == "my" else 1), q, err_msg=name)


def test_order_of_the_numbers_does_depend_on_the_numbering():
    """What "auto" avoids: the measure is not blind."""
    start = PROBLEMS["triple-point"].start(56, "youngs", 0.5)
    one, other = start.renumbered(OWN, OWN), start.renumbered([0, 2, 1], OWN)
    one.run(1.0)
    other.run(1.0)
    difference = np.abs(one.vf - other.vf[[0, 2, 1]]).sum() * one.mesh.dx * one.mesh.dy
    assert difference > 1e-3


def test_a_renumbered_run_is_a_copy():
    """Materials, clock and owners follow; the first run does not notice; a numbering that is none is refused."""
    run = box()
    run.step()
    before = run.state.a.copy()
    other = run.renumbered([2, 0, 1])
    assert other.names == ("2", "0", "1") and (other.time, other.steps) == (run.time, 1)
    np.testing.assert_array_equal(other.state.owner, owners(other.state.a))
    other.step()
    np.testing.assert_array_equal(run.state.a, before)
    for numbering in ([0, 1], [0, 1, 1], [1, 2, 3]):
        with pytest.raises(ValueError, match="each of the 3 materials once"):
            run.renumbered(numbering)


def arguments(*words):
    """Parsed arguments of `run`."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    command.configure(parser)
    return parser.parse_args([*words])


def test_command_compares_all_numberings(tmp_path, capsys):
    """Six runs, differences at every time and of every pair, one picture; JSON on stdout equal to result.json."""
    words = ("triple-point", "--numberings", "--order", "numbers", "--cells", "14", "--until", "1.2")
    assert command.execute(arguments(*words, "--output", str(tmp_path), "--json", "--quiet")) == command.DONE
    result = json.loads(capsys.readouterr().out)
    assert result == json.loads((tmp_path / "result.json").read_text())
    assert (tmp_path / "numberings.png").exists()
    assert [tuple(run["materials"]) for run in result["numberings"]] == list(permutations(("driver", "heavy", "light")))
    pairs = np.array(result["difference of each pair"])
    np.testing.assert_array_equal(pairs, pairs.T)
    np.testing.assert_array_equal(pairs[0], [run["difference from the first"][-1] for run in result["numberings"]])
    assert result["times"] == [1.0, 1.2] and pairs.max() == result["largest difference"] > 1e-4
    assert not result["same to the last bit"] and not np.diag(pairs).any()


def test_command_says_when_numberings_do_not_differ(tmp_path, capsys):
    """Two materials, two numberings, no difference: the report says so."""
    words = ("two-gas-tube", "--numberings", "--cells", "40", "--until", "0.05", "--quiet")
    assert command.execute(arguments(*words, "--output", str(tmp_path))) == command.DONE
    assert "largest difference of two at the end 0: the same to the last bit" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words, message",
    [
        (("sod", "--numberings"), "not a flow of several materials"),
        (("vortex", "--numberings"), "not a flow of several materials"),
        (("triple-point", "--numberings", "--resume"), "neither with --resume"),
        (("triple-point", "--numberings", "--reconstruction", "mof"), "centroids"),
    ],
)
def test_what_has_no_numberings_is_refused(words, message, tmp_path, capsys):
    """Exit code 2 and one line."""
    assert command.execute(arguments(*words, "--output", str(tmp_path))) == command.BAD_ARGUMENT
    assert message in capsys.readouterr().err


def test_order_is_part_of_a_checkpoint(tmp_path, capsys):
    """A run with skins in the order of the numbers is not continued with another order."""
    words = ["triple-point", "--cells", "14", "--frames", "0", "--until", "0.1", "--quiet", "--output", str(tmp_path)]
    assert command.execute(arguments(*words, "--order", "numbers")) == command.DONE
    assert json.loads((tmp_path / "result.json").read_text())["order"] == "numbers"
    assert command.execute(arguments(*words, "--resume")) == command.BAD_ARGUMENT
    assert "order = 'numbers' there, 'auto' here" in capsys.readouterr().err
