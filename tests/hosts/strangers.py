"""What strangers have: the repository's examples, an installed copy, and programs that may be absent."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import mirhydro as mir

ROOT = Path(__file__).parents[2]
PACKAGE = Path(mir.__file__).parent


def run(*words: str | Path, fails: bool = False, **more: object) -> str:
    """Standard output of a command, or of one that must fail all that it says, in one line."""
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=600, **more)  # type: ignore
    both = done.stdout + done.stderr
    assert (done.returncode != 0) == fails, f"{words}: {done.returncode}\n{both[-6000:]}"
    return " ".join(both.split()) if fails else done.stdout


def need(*programs: str) -> None:
    """Skips where a program is not installed, and says which."""
    missing = [name for name in programs if not shutil.which(name)]
    if missing:
        pytest.skip(f"no {', '.join(missing)} here")


Build = Callable[..., Path]
