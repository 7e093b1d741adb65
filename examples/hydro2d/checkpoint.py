"""Checkpoints from which a run continues bit for bit."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from .diagnostics import Recorder
from .problem import Run

FORMAT = 1


def write(path: Path, run: Run, recorder: Recorder, settings: dict[str, Any], progress: dict[str, Any]) -> None:
    """Write beside `path` and rename: a reader sees the old file or the new one, never half of one.

    settings : what the run must be restarted with (problem, cells, method, cfl); progress : counters of the run loop
    """
    meta = {"format": FORMAT, "settings": settings, "time": run.time, "steps": run.steps, "progress": progress}
    arrays = {f"state_{name}": q for name, q in run.arrays().items()}
    arrays |= {f"series_{name}": q for name, q in recorder.series().items()}
    temporary = path.with_name(path.name + ".tmp")
    with open(temporary, "wb") as file:
        np.savez(file, meta=np.array(json.dumps(meta)), **arrays)  # type: ignore[arg-type]
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def read(path: Path, run: Run, recorder: Recorder, settings: dict[str, Any]) -> dict[str, Any]:
    """Load state, clock and records into `run` and `recorder`; returns the counters given to `write`.

    Raises
    ------
    ValueError
        When the file is not a checkpoint, or one of another run; the message names the setting.
    """
    try:
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as file:
            content = {name: file[name] for name in file.files}
        meta = json.loads(str(content["meta"]))
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: not a checkpoint that can be read: {error}") from error
    if meta.get("format") != FORMAT:
        raise ValueError(f"{path}: checkpoint format {meta.get('format')}, this version reads {FORMAT}")
    for name, value in settings.items():
        if meta["settings"].get(name) != value:
            raise ValueError(f"{path}: {name} = {meta['settings'].get(name)!r} there, {value!r} here")
    run.load({name[6:]: q for name, q in content.items() if name.startswith("state_")})
    run.time, run.steps = float(meta["time"]), int(meta["steps"])
    recorder.load({name[7:]: q for name, q in content.items() if name.startswith("series_")})
    return dict(meta["progress"])
