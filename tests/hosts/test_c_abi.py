"""The C face as a stranger sees it: misuse (error_handling.c), the whole face and what it allocates (c_face.c), tensors
on a device (device_face.c)."""

from __future__ import annotations

import re

import pytest
from strangers import PACKAGE, Build, need, run

from mirhydro.build import torch_problem


@pytest.mark.parametrize("program", ["error_handling", "c_face"])
def test_misuse_is_refused_and_warm_steps_allocate_nothing(program: str, build: Build):
    assert f"{program}: passed" in run(build("tests/hosts/c_face") / program)


@pytest.mark.skipif(bool(torch_problem()), reason=str(torch_problem()))
def test_tensors_on_a_device_are_taken_over_once(build: Build):
    assert "device_face: passed" in run(build("tests/hosts/c_face") / "device_face")


def test_the_header_is_c99_and_cpp17():
    need("gcc", "g++")
    header = PACKAGE / "include" / "mirhydro" / "mirhydro.h"
    strict = ("-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only")
    run("gcc", "-std=c99", *strict, "-x", "c", header)
    run("g++", "-std=c++17", *strict, "-x", "c++", header)


def test_every_function_of_the_header_is_there():
    need("nm")
    header = (PACKAGE / "include" / "mirhydro" / "mirhydro.h").read_text()
    declared = set(re.findall(r"MIRHYDRO_C_API[^;(]*?(mirhydro_\w+)\(", header))
    library = next((PACKAGE / "lib").glob("libmirhydro.so*"))
    exported = set(re.findall(r" T (mirhydro_\w+)", run("nm", "-D", "--defined-only", library)))
    assert len(declared) > 40
    assert declared == exported
