"""The programs in docs/hosts.md and the README build and run as they stand there, by CMake and by make."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from strangers import PACKAGE, ROOT, need, run

PAGE = (ROOT / "docs" / "hosts.md").read_text()
SUFFIX = {"cpp": "cpp", "c": "c", "fortran": "f90"}
COMPILER = {"cpp": "g++", "c": "gcc", "fortran": "gfortran"}


def blocks(language: str, page: str = PAGE) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.DOTALL | re.MULTILINE)


def mixed_cells(output: str) -> int:
    found = re.fullmatch(r"\s*(\d+)\s+mixed cells\s*", output)
    assert found, output
    return int(found[1])


@pytest.mark.parametrize("language", ["cpp", "c", "fortran"])
def test_a_program_builds_by_cmake(language: str, config: Path, tmp_path: Path):
    need("cmake", COMPILER[language])
    (program,) = blocks(language)
    for_cpp, for_fortran = blocks("cmake")
    rules = for_fortran if language == "fortran" else for_cpp
    if language == "c":  # "CMake as above"
        rules = rules.replace("LANGUAGES CXX", "LANGUAGES C").replace("host.cpp", "host.c")
    (tmp_path / f"host.{SUFFIX[language]}").write_text(program)
    (tmp_path / "CMakeLists.txt").write_text(rules)
    run("cmake", "-S", tmp_path, "-B", tmp_path / "build", f"-Dmirhydro_DIR={config}")
    run("cmake", "--build", tmp_path / "build")
    assert mixed_cells(run(tmp_path / "build" / "host")) > 20


def test_all_programs_build_by_make_and_agree_with_python(tmp_path: Path):
    need("make", "pkg-config", *COMPILER.values())
    (rules,) = blocks("make")
    (tmp_path / "Makefile").write_text(rules)
    for language, suffix in SUFFIX.items():
        (tmp_path / f"host.{suffix}").write_text(blocks(language)[0])
    compilers = [f"CXX={COMPILER['cpp']}", f"CC={COMPILER['c']}", f"FC={COMPILER['fortran']}"]
    targets = ["host_c", "host_cpp", "host_fortran"]
    run("make", "-C", tmp_path, f"PREFIX={PACKAGE}", *compilers, *targets)
    count = {target: mixed_cells(run(tmp_path / target)) for target in targets}
    count["python"] = mixed_cells(run(sys.executable, "-c", blocks("python")[0]))
    assert count["host_cpp"] == count["python"]  # the others wrap around in x
    assert count["host_c"] == count["host_fortran"]


def test_the_readme_program_in_fortran(tmp_path: Path):
    need("make", "pkg-config", "gfortran")
    (program,) = blocks("fortran", (ROOT / "README.md").read_text())
    (tmp_path / "Makefile").write_text(blocks("make")[0])
    (tmp_path / "host.f90").write_text(program)
    run("make", "-C", tmp_path, f"PREFIX={PACKAGE}", "FC=gfortran", "host_fortran")
    assert mixed_cells(run(tmp_path / "host_fortran")) > 20
