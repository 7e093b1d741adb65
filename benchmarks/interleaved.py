"""Timing on a busy machine, shared by the benchmarks."""

from __future__ import annotations

import json
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


def keep(name: str, figures: dict[str, Any]) -> None:
    """Write figures as JSON beside the benchmarks, with what they were measured on."""
    import mirhydro as mir

    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=RESULTS.parent)
    info = mir.build_info()
    kept = ("version", "compiler", "build_type", "instruction_set", "numpy", "python", "processor")
    about = {key: info[key] for key in kept}
    # programs and files by their names: where they lie is this machine's affair
    words = [Path(word).name if Path(word).is_absolute() else word for word in sys.argv]
    about |= {"commit": commit.stdout.strip(), "command": " ".join(["python", *words])}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps({"about": about, "figures": figures}, indent=2) + "\n")
