"""Strangers' projects, built with CMake against the installed package; each is built once a session."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from strangers import ROOT, Build, need, run


@pytest.fixture(scope="session")
def config() -> Path:
    """Where find_package finds the installed copy."""
    return Path(run(sys.executable, "-m", "mirhydro", "--cmake-dir").strip())


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory, config: Path) -> Build:
    """build(source, ..., config=None): the build folder of a project below the repository, made at the first call."""
    made: dict[tuple[str, str], Path] = {}

    def built(source: str, *, found: Path = config) -> Path:
        need("cmake", "gcc", "g++", *(["gfortran"] if "fortran" in source else []))
        key = (source, str(found))
        if key not in made:
            folder = tmp_path_factory.mktemp(source.replace("/", "-"))
            run("cmake", "-S", ROOT / source, "-B", folder, f"-Dmirhydro_DIR={found}", "-DCMAKE_BUILD_TYPE=Release")
            run("cmake", "--build", folder, "-j2")
            made[key] = folder
        return made[key]

    return built
