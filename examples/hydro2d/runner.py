"""The run loop around a solver: pictures, VTK, checkpoints, records, and the JSON at the end."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from . import checkpoint, diagnostics, pictures
from .diagnostics import Recorder
from .problem import Problem, Run
from .solver import Solver
from .vtk import VtkSeries


@dataclass(frozen=True)
class Settings:
    """What `mirhydro run` was asked for; `checkpoint_every` in steps, 0: at the end only."""

    cells: int
    method: str
    cfl: float
    until: float
    output: Path
    frames: int = 24
    checkpoint_every: int = 0
    vtk: bool = False
    order: str = "auto"
    """Of onion skins: "auto" or "numbers"."""

    def order_of_skins(self, nmat: int) -> str | list[int]:
        """The same as `mirhydro.Reconstructor` takes it."""
        return "auto" if self.order == "auto" else list(range(nmat))

    def identity(self, problem: Problem) -> dict[str, Any]:
        """What must agree for a checkpoint to be continued; `until` and the output may differ."""
        return {
            "problem": problem.name,
            "cells": self.cells,
            "reconstruction": self.method,
            "order": self.order,
            "cfl": self.cfl,
        }


class Runner:
    """One run of a problem into a folder. Pictures never shorten a time step: the result does not depend on them."""

    def __init__(self, problem: Problem, settings: Settings) -> None:
        self.problem, self.settings = problem, settings
        self.run = problem.start(settings.cells, settings.method, settings.cfl)
        if settings.order != "auto" and isinstance(self.run, Solver):  # advection has two materials: no skins
            nmat = self.run.state.nmat
            self.run = self.run.renumbered(range(nmat), settings.order_of_skins(nmat))
        self.recorder = Recorder(problem.watch, problem.watch_every)
        self.folder = settings.output
        (self.folder / "frames").mkdir(parents=True, exist_ok=True)
        self._totals = self.run.state.totals() if isinstance(self.run, Solver) else None
        self._vtk = VtkSeries(self.folder / "vtk", problem.name) if settings.vtk else None
        self._pictures_due = [t for t in problem.pictures if t <= settings.until * (1 + 1e-12)]
        if settings.until not in self._pictures_due:
            self._pictures_due.append(settings.until)
        self._frames_due = (
            [float(t) for t in np.linspace(0.0, settings.until, settings.frames)] if settings.frames else []
        )
        self._drawn = {"pictures": 0, "frames": 0}
        self.seconds = {"pictures": 0.0, "total": 0.0}

    @property
    def checkpoint_path(self) -> Path:
        """Where `--resume` looks."""
        return self.folder / "checkpoint.npz"

    def resume(self) -> None:
        """Continue from the folder's checkpoint; ValueError where there is none or it is another run's."""
        progress = checkpoint.read(self.checkpoint_path, self.run, self.recorder, self._identity())
        self._totals = None if progress["totals"] is None else np.array(progress["totals"])
        self._drawn = dict(progress["drawn"])
        if self._vtk is not None:
            self._vtk.resume(progress["vtk"])

    def save_checkpoint(self) -> None:
        """Write the checkpoint, atomically."""
        progress = {
            "totals": None if self._totals is None else self._totals.tolist(),
            "drawn": self._drawn,
            "vtk": self._vtk.frames if self._vtk is not None else [],
        }
        checkpoint.write(self.checkpoint_path, self.run, self.recorder, self._identity(), progress)

    def execute(self, progress: Callable[[Run], None]) -> dict[str, Any]:
        """Run to the end; returns the diagnostics, also in result.json. `progress` is called after each step."""
        start = perf_counter()
        until, every = self.settings.until, self.settings.checkpoint_every
        try:
            self._draw()
            while self.run.time < until * (1 - 1e-14):
                self.run.step(until)
                self.recorder.record(self.run)
                self._draw()
                progress(self.run)
                if every and self.run.steps % every == 0:
                    self.save_checkpoint()
        finally:
            self.save_checkpoint()
        self._animate()
        self.seconds["total"] = perf_counter() - start
        return write_result(self.folder, self.result())

    def result(self) -> dict[str, Any]:
        """Diagnostics of the run so far."""
        run, mesh = self.run, self.run.mesh
        cells = mesh.nx * mesh.ny
        result: dict[str, Any] = {
            **self._identity(),
            "mesh": [mesh.nx, mesh.ny],
            "time": run.time,
            "steps": run.steps,
            "seconds": {**self.seconds, **run.seconds},
        }
        if run.steps:
            result["microseconds per cell and step"] = sum(run.seconds.values()) / (cells * run.steps) * 1e6
        if isinstance(run, Solver) and self._totals is not None:
            result["change since the start"] = diagnostics.conservation(run, self._totals)
        result["extrema"] = diagnostics.extrema(run)
        result["summary"] = self.problem.summary(self.recorder.series(), run)
        result["series"] = {name: values.tolist() for name, values in self.recorder.series().items()}
        return result

    def _identity(self) -> dict[str, Any]:
        return self.settings.identity(self.problem)

    def _draw(self) -> None:
        """Draw the pictures and frames that have become due."""
        start = perf_counter()
        now = self.run.time * (1 + 1e-12)
        due = self._pictures_due[self._drawn["pictures"] :]
        if due and due[0] <= now:
            time = (due[0] - self.problem.origin) * self.problem.unit[0]
            name = f"{self.problem.name}-{time:.4g}{self.problem.unit[1]}.png"
            pictures.picture(self.run, self.problem).save(self.folder / name)
            self._drawn["pictures"] += sum(t <= now for t in due)
        due = self._frames_due[self._drawn["frames"] :]
        if due and due[0] <= now:
            number = self._drawn["frames"]
            frame = pictures.picture(self.run, self.problem, pictures.Style(width=700, line=0.8))
            frame.save(self.folder / "frames" / f"{number:05d}.png")
            if self._vtk is not None:
                self._vtk.write(self.run, number)
            self._drawn["frames"] += sum(t <= now for t in due)
        self.seconds["pictures"] += perf_counter() - start

    def _animate(self) -> None:
        """Join the frames."""
        start = perf_counter()
        frames = sorted((self.folder / "frames").glob("[0-9]*.png"))
        if len(frames) > 1:
            pictures.save_animation(frames, self.folder / f"{self.problem.name}.gif")
        self.seconds["pictures"] += perf_counter() - start


def write_result(folder: Path, values: dict[str, Any]) -> dict[str, Any]:
    """Write `result.json`, whole or not at all; returns what stands in it."""
    result: dict[str, Any] = _plain(values)
    temporary = folder / "result.json.tmp"
    temporary.write_text(json.dumps(result, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    temporary.replace(folder / "result.json")
    return result


def _plain(value: Any) -> Any:
    """The same in types that JSON knows; what is not finite becomes null."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value
