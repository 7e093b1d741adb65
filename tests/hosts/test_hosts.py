"""Host codes in three languages: the same bits after hundreds of steps, and answers that are right."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from strangers import Build, run

N, STEPS = 40, 200


def misplaced(output: str) -> list[float]:
    return [float(line.split()[2]) for line in output.splitlines()[1:4]]


@pytest.mark.parametrize("method", ["elvira", "ppic", "neural"])
@pytest.mark.parametrize("language", ["c", "fortran"])
def test_languages_agree_to_the_bit(method: str, language: str, build: Build, tmp_path: Path):
    said, fields = {}, {}
    for host in ("cpp", language):
        program, file = build(f"examples/hosts/{host}") / "advection", tmp_path / host
        said[host] = run(program, method, str(N), "-", str(STEPS), file)
        fields[host] = np.fromfile(file)
    assert fields["cpp"].shape == (3 * N * N,)
    np.testing.assert_array_equal(fields["cpp"].view(np.int64), fields[language].view(np.int64))
    assert said["cpp"].split()[-1] == said[language].split()[-1].lower()


@pytest.mark.parametrize("method, bound", [("elvira", 8e-3), ("ppic", 1.2e-3), ("neural", 1.2e-3)])
def test_the_vortex_unwinds(method: str, bound: float, build: Build):
    """Three materials come back: areas to round-off; lines in onion skins lose the seam between the two halves."""
    output = run(build("examples/hosts/cpp") / "advection", method, "32")
    areas = [float(line.split()[1]) for line in output.splitlines()[1:4]]
    disc = np.pi * 0.15**2
    np.testing.assert_allclose(areas, [disc / 2, disc / 2, 1 - disc], rtol=1e-12)
    assert max(misplaced(output)) < bound


def test_hosts_refuse_in_words(build: Build, tmp_path: Path):
    for language in ("cpp", "c", "fortran"):
        program = build(f"examples/hosts/{language}") / "advection"
        assert "no-such-method" in run(program, "no-such-method", fails=True)
        assert "absent.safetensors" in run(program, "neural", "16", tmp_path / "absent.safetensors", fails=True)


@pytest.mark.parametrize("tube", ["gas", "water"])
def test_the_shock_tube_converges(tube: str, build: Build):
    program = build("examples/hosts/cpp") / "shock_tube"
    error, contact = [], []
    for n in (100, 400):
        output = run(program, "elvira", str(n), tube)
        error.append(float(re.search(r"density +(\S+)", output)[1]))
        at, exactly = re.search(r"at +(\S+), exactly (\S+)", output).groups()
        contact.append(abs(float(at) - float(exactly)))
        assert "alike to the bit" in output
        lost = float(re.search(r"changed by +(\S+)", output)[1])
        assert lost < (1e-8 if tube == "gas" else 1e-4)  # what the smeared head of the fan takes over the edge
    assert error[1] < 0.7 * error[0]  # contacts of a first-order scheme converge with the root of the cell width
    assert contact[1] < 2 / 400


def test_the_mistake_costs_more_than_its_cure(build: Build):
    output = run(build("examples/hosts/cpp") / "wrong_loop", "neural", "32")
    assert float(re.search(r"costs +(\S+) times", output)[1]) > 1.2
