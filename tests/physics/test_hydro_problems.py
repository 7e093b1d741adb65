"""Published measurements: shock bubble, Richtmyer-Meshkov, prescribed flows; and the command that runs them."""

from __future__ import annotations

import argparse
import json

import numpy as np
import pytest
from hydro_cases import METHODS
from mirhydro.hydro2d import command, shock_bubble
from mirhydro.hydro2d.diagnostics import Recorder
from mirhydro.hydro2d.problems import PROBLEMS, RichtmyerMeshkov
from mirhydro.hydro2d.shock_bubble import helium_velocities, shocked_air
from mirhydro.hydro2d.vtk import VtkSeries


def recorded(problem, cells, method, until):
    """The run and its records."""
    run, recorder = problem.start(cells, method, problem.cfl), Recorder(problem.watch, problem.watch_every)
    while run.time < until * (1 - 1e-14):
        run.step(until)
        recorder.record(run)
    return run, recorder.series()


# prototype at D/dx 28, m/s, and the tolerance of hydro.md section 5
HELIUM = {
    "Vs": (420.9, 0.01),
    "VR": (912, 0.03),
    "VT": (381.7, 0.01),
    "Vj": (204, 0.04),
    "Vdi": (134.7, 0.02),
    "Vuf": (110.9, 0.02),
}


@pytest.mark.parametrize("method", METHODS)
def test_helium_bubble(method):
    """Velocities of Haas & Sturtevant's table up to 250 us at 28 cells across the bubble."""
    run, series = recorded(shock_bubble.HELIUM, 146, method, shocked_air().arrival + 250e-6)
    found = helium_velocities(series, run)["velocities"]
    for name in ("Vs", "VR", "VT", "Vj", "Vdi"):
        value, tolerance = HELIUM[name]
        assert abs(found[name]["m/s"] / value - 1) < tolerance, f"{name} = {found[name]['m/s']}, expected {value}"
    assert abs(found["Vs"]["m/s"] / shocked_air().speed - 1) < 0.01


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_helium_bubble_to_the_end(method):
    """The same to 1 ms with the speed of the rear."""
    run, series = recorded(shock_bubble.HELIUM, 146, method, shock_bubble.HELIUM.until)
    found = helium_velocities(series, run)["velocities"]
    for name, (value, tolerance) in HELIUM.items():
        assert abs(found[name]["m/s"] / value - 1) < tolerance, f"{name} = {found[name]['m/s']}, expected {value}"


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_small_ripple_grows_as_linear_theory(method):
    """Half a cell of ripple: .90 to 1.0 of Richtmyer's rate."""
    case = RichtmyerMeshkov(amplitude=0.5e-3, depth=2.0)
    run, recorder = case.start(32, method, 0.5), Recorder(case.watch)
    while run.time < case.arrival + 6e-4:
        run.step()
        recorder.record(run)
    series = recorder.series()
    time, amplitude = series["time"] - case.arrival, 0.5 * np.abs(series["crest"] - series["trough"])
    use = time > 1e-4
    rate = np.polyfit(time[use], amplitude[use], 1)[0]
    assert 0.9 < rate / case.richtmyer_rate() < 1.0, f"{rate} m/s, Richtmyer {case.richtmyer_rate()}"


def test_richtmyer_rate():
    """k A+ du a0+ of the half-millimetre ripple is 1.925 m/s (hydro.md section 3)."""
    assert RichtmyerMeshkov(amplitude=0.5e-3).richtmyer_rate() == pytest.approx(1.925, rel=5e-3)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name, cells, error", [("vortex", 64, 1.5e-2), ("zalesak", 100, 2.1e-3)])
def test_prescribed_velocity(name, cells, error, method):
    """Volumes to round-off, fractions in [0, 1], and the error of a PLIC method of the literature."""
    problem = PROBLEMS[name]
    run, series = recorded(problem, cells, method, problem.until)
    found = problem.summary(series, run)
    assert found["E = sum |f - f0| h^2"] < error, found
    np.testing.assert_allclose(found["volume change"], 0, atol=1e-12)
    assert run.vf.min() >= 0 and run.vf.max() <= 1


def arguments(*words):
    """Parsed arguments of `run`."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    command.configure(parser)
    return parser.parse_args([*words])


SMALL = {"richtmyer-meshkov": ("4", "0.02"), "shock-bubble-helium": ("40", "5"), "shock-bubble-r22": ("40", "5")}


def test_every_problem_has_its_name_in_the_command():
    """The parser lists names without importing the problems."""
    assert tuple(PROBLEMS) == command.NAMES


@pytest.mark.parametrize("name", command.NAMES)
def test_command_runs_every_problem(name, tmp_path, capsys):
    """A small run: exit code 0, pictures, animation, checkpoint, and JSON on stdout equal to result.json."""
    cells = SMALL.get(name, ("24", ""))[0]
    problem = PROBLEMS[name]
    until = str(float((0.02 * problem.until - problem.origin) * problem.unit[0]))
    if name in SMALL:
        until = SMALL[name][1]
    words = (name, "--cells", cells, "--until", until, "--frames", "2", "--output", str(tmp_path), "--json", "--quiet")
    assert command.execute(arguments(*words)) == command.DONE
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((tmp_path / "result.json").read_text())
    assert printed["steps"] > 0 and printed["problem"] == name
    assert (tmp_path / "checkpoint.npz").exists() and (tmp_path / f"{name}.gif").exists()
    assert len(list(tmp_path.glob("*.png"))) >= 1


def test_interrupted_command_resumes_to_the_same_bits(tmp_path, monkeypatch, capsys):
    """Ctrl-C in step 8 leaves a checkpoint and exit code 130; --resume ends where the undisturbed run ends."""
    words = ["triple-point", "--cells", "42", "--until", "0.4", "--frames", "3", "--quiet", "--output"]
    assert command.execute(arguments(*words, str(tmp_path / "whole"))) == command.DONE
    from mirhydro.hydro2d.solver import Solver

    step = Solver.step

    def interrupted(self, until=np.inf):
        if self.steps == 8:
            raise KeyboardInterrupt
        return step(self, until)

    with monkeypatch.context() as patch:
        patch.setattr(Solver, "step", interrupted)
        assert command.execute(arguments(*words, str(tmp_path / "cut"))) == command.INTERRUPTED
    assert command.execute(arguments(*words, str(tmp_path / "cut"), "--resume")) == command.DONE
    results = [json.loads((tmp_path / run / "result.json").read_text()) for run in ("whole", "cut")]
    for result in results:
        del result["seconds"], result["microseconds per cell and step"]
    assert results[0] == results[1]
    frames = [sorted(p.name for p in (tmp_path / run / "frames").iterdir()) for run in ("whole", "cut")]
    assert frames[0] == frames[1]
    capsys.readouterr()


@pytest.mark.parametrize(
    "words, message",
    [
        (("sod", "--reconstruction", "nothing"), "one of youngs"),
        (("triple-point", "--reconstruction", "mof"), "centroids"),
        (("sod", "--cfl", "1.5"), r"(0, 1]"),
        (("sod", "--resume"), "not a checkpoint"),
    ],
)
def test_bad_arguments_are_named(words, message, tmp_path, capsys):
    """Exit code 2 and one line."""
    assert command.execute(arguments(*words, "--output", str(tmp_path))) == command.BAD_ARGUMENT
    assert message in capsys.readouterr().err


def test_vtk_series_is_read_back(tmp_path):
    """Cell fields and interface polygons of two frames, listed with their times."""
    pyvista = pytest.importorskip("pyvista")
    run = PROBLEMS["triple-point"].start(42, METHODS[0], 0.5)
    series = VtkSeries(tmp_path, "triple")
    for number in range(2):
        series.write(run, number)
        run.step()
    reader = pyvista.get_reader(str(tmp_path / "triple.pvd"))
    assert reader.time_values == [time for time, _ in series.frames]
    grid = pyvista.read(tmp_path / "triple-00001.vti")
    np.testing.assert_array_equal(grid.cell_data["fraction heavy"].reshape(18, 42).shape, (18, 42))
    assert grid.cell_data["density"].min() > 0
    surface = pyvista.read(tmp_path / "triple-00001.vtp")
    mixed = run.mesh.dx * run.mesh.dy * len(np.unique(surface.cell_data["material"]))
    assert surface.n_cells > 0 and surface.area > 0 and mixed > 0
