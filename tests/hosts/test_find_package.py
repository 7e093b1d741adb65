"""find_package and pkg-config: the pip copy, a copy that was moved, `cmake --install`, shared and static."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from strangers import PACKAGE, ROOT, Build, need, run

HOST_C = ROOT / "examples" / "hosts" / "c" / "advection.c"
HOST_FORTRAN = ROOT / "examples" / "hosts" / "fortran" / "advection.f90"


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the installed package's files, without Python, in a folder of another name."""
    prefix = tmp_path_factory.mktemp("moved") / "a prefix"
    for part in ("lib", "include", "share", "models"):
        shutil.copytree(PACKAGE / part, prefix / part)
    return prefix


def hashes(program: Path, method: str = "neural") -> str:
    return run(program, method, "16", "-", "2").split()[-1].lower()


def test_a_moved_copy_builds_hosts_and_finds_its_own_models(moved: Path, build: Build):
    there = build("examples/hosts/c", found=moved / "lib" / "cmake" / "mirhydro") / "advection"
    assert str(moved) in run("ldd", there)
    assert hashes(there) == hashes(build("examples/hosts/c") / "advection")


def pkg_config(prefix: Path, *words: str) -> list[str]:
    env = {**os.environ, "PKG_CONFIG_PATH": str(next(prefix.glob("lib*/pkgconfig")))}
    return run("pkg-config", *words, "mirhydro", env=env).split()


def test_make_finds_a_copy_by_pkg_config(build: Build, tmp_path: Path):
    need("pkg-config", "gcc")
    flags = pkg_config(PACKAGE, "--cflags", "--libs")
    rpath = "-Wl,-rpath," + pkg_config(PACKAGE, "--variable=libdir")[0]
    run("gcc", "-std=c99", "-O2", "-ffp-contract=off", HOST_C, *flags, "-lm", rpath, "-o", tmp_path / "host")
    assert hashes(tmp_path / "host") == hashes(build("examples/hosts/c") / "advection")


def test_make_builds_the_fortran_module_in_one_command(build: Build, tmp_path: Path):
    need("pkg-config", "gfortran")
    sources = pkg_config(PACKAGE, "--variable=fortran_sources")
    libs, directory = pkg_config(PACKAGE, "--libs"), pkg_config(PACKAGE, "--variable=libdir")[0]
    command = ["gfortran", "-O2", "-ffp-contract=off", *sources, HOST_FORTRAN, *libs, f"-Wl,-rpath,{directory}"]
    run(*command, "-o", tmp_path / "host", cwd=tmp_path)
    assert hashes(tmp_path / "host") == hashes(build("examples/hosts/c") / "advection")


def project(folder: Path, languages: str, find: str) -> Path:
    folder.mkdir()
    lines = ["cmake_minimum_required(VERSION 3.20...4.2)", f"project(host LANGUAGES {languages})", find]
    (folder / "CMakeLists.txt").write_text("\n".join(lines))
    return folder


def test_a_component_that_is_missing_says_what_to_do(config: Path, tmp_path: Path):
    need("cmake")
    find = "find_package(mirhydro REQUIRED CONFIG COMPONENTS {})"
    source = project(tmp_path / "fortran", "C", find.format("fortran"))
    said = run("cmake", "-S", source, "-B", tmp_path / "b1", f"-Dmirhydro_DIR={config}", fails=True)
    assert "name the language in project" in said
    source = project(tmp_path / "torch", "CXX", find.format("torch"))
    absent = not (PACKAGE / "lib" / "libmirhydro_torch.so").exists()
    said = run("cmake", "-S", source, "-B", tmp_path / "b2", f"-Dmirhydro_DIR={config}", fails=absent)
    assert not absent or "was built without the torch engine: install torch" in said


def test_another_version_is_not_taken(config: Path, tmp_path: Path):
    need("cmake")
    source = project(tmp_path / "newer", "C", "find_package(mirhydro 9.0 REQUIRED CONFIG)")
    said = run("cmake", "-S", source, "-B", tmp_path / "b", f"-Dmirhydro_DIR={config}", fails=True)
    assert "9.0" in said


@pytest.mark.slow  # builds the library, some minutes
@pytest.mark.parametrize("kind", ["shared", "static"])
def test_an_installed_prefix_serves_all_hosts(kind: str, build: Build, tmp_path_factory: pytest.TempPathFactory):
    need("cmake", "gfortran", "pkg-config")
    work = tmp_path_factory.mktemp(kind)
    options = [f"-DBUILD_SHARED_LIBS={'ON' if kind == 'shared' else 'OFF'}", "-DMIRHYDRO_TORCH=OFF"]
    run("cmake", "-S", ROOT, "-B", work / "build", *options, f"-DCMAKE_INSTALL_PREFIX={work / 'first'}")
    run("cmake", "--build", work / "build", "-j2")
    run("cmake", "--install", work / "build")
    prefix = work / "second"
    (work / "first").rename(prefix) if kind == "shared" else shutil.copytree(work / "first", prefix)
    found = next(prefix.glob("lib*/cmake/mirhydro"))
    wanted = hashes(build("examples/hosts/c") / "advection")
    for language in ("c", "cpp", "fortran"):
        host = build(f"examples/hosts/{language}", found=found) / "advection"
        assert hashes(host) == wanted, language
        assert ("libmirhydro" in run("ldd", host)) == (kind == "shared")
    flags = pkg_config(prefix, "--cflags", "--libs")
    run("gcc", "-O2", "-ffp-contract=off", HOST_C, *flags, "-lm", f"-Wl,-rpath,{found.parents[1]}", "-o", work / "host")
    assert hashes(work / "host") == wanted
