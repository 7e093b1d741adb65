"""The Fortran face, built with the compiler at hand: sections in place, refusals, indices from 1 (fortran_face)."""

from __future__ import annotations

import re

from strangers import ROOT, Build, run


def test_the_whole_face_answers_in_place(build: Build):
    assert run(build("tests/hosts/fortran_face") / "face").strip() == "passed"


def test_every_function_of_c_has_its_interface():
    """All but what C's callers alone need; a function that is new in C fails here until Fortran has it."""
    header = (ROOT / "cpp" / "include" / "mirhydro" / "mirhydro.h").read_text()
    declared = set(re.findall(r"MIRHYDRO_C_API[^;(]*?(mirhydro_\w+)\(", header))
    bound = set(re.findall(r'name="(mirhydro_\w+)"', (ROOT / "cpp" / "fortran" / "mirhydro_abi.f90").read_text()))
    # DLPack's tensors are structs of pointers, made by libraries that Fortran hosts do not call
    dlpack = {name for name in declared if name.endswith("_dlpack") or name.startswith("mirhydro_device_")}
    assert declared - bound == {"mirhydro_describe_model"} | dlpack
    assert not bound - declared
