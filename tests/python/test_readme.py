"""The programs in the README run as they stand there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

README = (Path(__file__).parents[2] / "README.md").read_text()


def programs(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def test_the_python_program_runs(tmp_path):
    (program,) = programs("python")
    run = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr


def test_the_cpp_program_builds_and_runs(tmp_path):
    cmake = shutil.which("cmake")
    if cmake is None or shutil.which("c++") is None:
        pytest.skip("no CMake or no C++ compiler on this machine")
    (program,), (rule,) = programs("cpp"), programs("cmake")
    (tmp_path / "host.cpp").write_text(program)
    head = "cmake_minimum_required(VERSION 3.20)\nproject(host CXX)\nadd_executable(host host.cpp)\n"
    head += "target_compile_features(host PRIVATE cxx_std_17)\n"
    (tmp_path / "CMakeLists.txt").write_text(head + rule)
    ask = [sys.executable, "-m", "mirhydro", "--cmake-dir"]
    where = subprocess.run(ask, capture_output=True, text=True, check=True)
    for command in (
        [cmake, "-S", ".", "-B", "build", f"-Dmirhydro_DIR={where.stdout.strip()}"],
        [cmake, "--build", "build"],
    ):
        step = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert step.returncode == 0, step.stdout + step.stderr
    run = subprocess.run([tmp_path / "build" / "host"], capture_output=True, text=True, check=True)
    assert int(run.stdout.split()[0]) > 0
