"""What this copy of mirhydro is made of, and where a CMake project finds it."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path
from typing import Any

from . import _built, _native


def cmake_dir() -> str:
    """Directory for `cmake -Dmirhydro_DIR=`, from which `find_package(mirhydro)` takes this very copy."""
    return str(Path(_native.__file__).parent / "lib" / "cmake" / "mirhydro")


def build_info() -> dict[str, Any]:
    """Version, compiler, instruction sets (built, and the one that runs), LibTorch and why it is not there."""
    return {
        "version": _native.version,
        "compiler": _native.compiler,
        "build_type": _native.build_type,
        "instruction_sets": list(_built.INSTRUCTION_SETS),
        "instruction_set": _native.instruction_set(),
        "methods": list(_native.methods()),
        "models": list(_native.models()),
        "torch": _torch(),
        "python": platform.python_version(),
        "numpy": metadata.version("numpy"),
        "machine": platform.machine(),
        "processor": processor(),
        "cmake_dir": cmake_dir(),
    }


def processor() -> str:
    """Name of the processor, as the system knows it; makers' generations share names, so its family stands beside."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    said = dict(reversed([(name.strip(), value.strip()) for name, _, value in (x.partition(":") for x in lines)]))
    if "model name" not in said:
        return platform.machine()
    return said["model name"] + (f" (family {said['cpu family']})" if "cpu family" in said else "")


def torch_problem() -> str:
    """Why engine="torch" cannot run; empty where it can."""
    if not _built.TORCH:
        if _built.TORCH_OPTION == "OFF":
            return "not built: MIRHYDRO_TORCH=OFF"
        return "not built: no LibTorch was there. pip install torch==2.13.0, then build mirhydro again"
    try:
        installed = metadata.version("torch")
    except metadata.PackageNotFoundError:
        return f"built for LibTorch {_built.TORCH}, but torch is not installed: pip install torch=={_built.TORCH}"
    if installed.split("+")[0].split(".")[:2] != _built.TORCH.split(".")[:2]:
        return f"built for LibTorch {_built.TORCH}, but torch {installed} is installed"
    return ""


def _torch() -> str:
    """State of the torch engine in words."""
    return torch_problem() or f"built for LibTorch {_built.TORCH}, and torch {metadata.version('torch')} is installed"
