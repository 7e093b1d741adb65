"""Domain decomposition: any number of ranks gives the bits of the serial code (faults P11)."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest
from strangers import ROOT, Build, need, run

N, STEPS = 42, 200  # uneven parts on 4 ranks


def mpirun(ranks: int, *words: str | Path, fails: bool = False) -> str:
    """More ranks than cores, as root: Open MPI wants to be told."""
    more = ["--allow-run-as-root", "--oversubscribe"] if "Open MPI" in run("mpirun", "--version") else []
    return run("mpirun", *more, "-n", str(ranks), *words, fails=fails)


@pytest.mark.parametrize("method", ["elvira", "ppic", "neural"])
def test_any_number_of_ranks_gives_the_serial_bits(method: str, build: Build, tmp_path: Path):
    need("mpirun", "mpicxx")
    run(build("examples/hosts/cpp") / "advection", method, str(N), "-", str(STEPS), tmp_path / "serial")
    serial = np.fromfile(tmp_path / "serial").view(np.int64)
    for ranks, weight in ((1, 0), (2, 0), (3, 0), (4, 0), (2, 30), (4, 30)):
        file = tmp_path / f"{ranks} ranks"
        program = build("examples/hosts/mpi") / "advection"
        output = mpirun(ranks, program, method, str(N), "-", str(STEPS), file, str(weight))
        np.testing.assert_array_equal(np.fromfile(file).view(np.int64), serial, err_msg=f"{ranks} ranks, {weight}")
        sent = float(re.search(r"bytes sent +(\S+)", output)[1])
        assert (sent > 0) == (ranks > 1)


def test_blocks_of_weighed_cells_share_the_work_when_the_run_begins(build: Build, tmp_path: Path):
    """Of two ranks one has the whole disc where rows are counted; cut by what they cost, both have half of it."""
    need("mpirun", "mpicxx")
    program, fullest = build("examples/hosts/mpi") / "advection", {}
    for weight in (0, 1000):
        output = mpirun(2, program, "elvira", "96", "-", "2", tmp_path / "field", str(weight))
        mean, most = map(float, re.search(r"mixed cells, with ghosts +(\S+) +(\S+)", output).groups())
        fullest[weight] = most / mean
    assert fullest[0] > 1.9
    assert fullest[1000] < 1.1


def test_parts_that_are_too_small_are_refused(build: Build):
    need("mpirun", "mpicxx")
    said = mpirun(4, build("examples/hosts/mpi") / "advection", "ppic", "6", fails=True)
    assert "3 rows or columns of cells, but its neighbours need 4" in said


@pytest.mark.parametrize("method", ["elvira", "neural"])
def test_ranks_in_python_give_the_bits_of_one(method: str, tmp_path: Path):
    need("mpirun")
    pytest.importorskip("mpi4py")
    fields = []
    for ranks, weight in ((1, 0), (2, 0), (3, 0), (4, 0), (4, 30)):
        file = tmp_path / f"{ranks} ranks"
        mpirun(ranks, sys.executable, ROOT / "examples/hosts/mpi/advection.py", method, str(N), "60", file, str(weight))
        fields.append(np.fromfile(file).view(np.int64))
        np.testing.assert_array_equal(fields[-1], fields[0], err_msg=f"{ranks} ranks, {weight}")
