"""Timing on a busy machine, shared by the benchmarks."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

RESULTS = Path(__file__).parent / "results"


def interleaved(calls: Sequence[Callable[[], Any]], rounds: int = 31) -> np.ndarray:
    """CPU seconds, (rounds, len(calls)): a new order each round, so that a noisy neighbour slows all alike."""
    random = np.random.default_rng(0)
    seconds = np.empty((rounds + 1, len(calls)))
    for row in seconds:
        for k in random.permutation(len(calls)):
            start = time.process_time()
            calls[k]()
            row[k] = time.process_time() - start
    return seconds[1:]  # the first round only warms caches


def processor() -> str:
    """Name of the processor, as the system knows it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def keep(name: str, figures: dict[str, Any]) -> None:
    """Write figures as JSON beside the benchmarks, with what they were measured on."""
    import mirhydro as mir

    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=RESULTS.parent)
    info = mir.build_info()
    about = {key: info[key] for key in ("version", "compiler", "build_type", "instruction_set", "numpy", "python")}
    about |= {"processor": processor(), "commit": commit.stdout.strip(), "command": " ".join(["python", *sys.argv])}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps({"about": about, "figures": figures}, indent=2) + "\n")
