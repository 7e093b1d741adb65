"""The same problem by several methods: their final states side by side."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter
from typing import Any, TextIO

from . import pictures
from .diagnostics import interfaces, pieces
from .pictures import Box, Style
from .problem import Problem
from .progress import Progress
from .runner import Settings, write_result

PANEL = 440  #: pixels across


class Comparison:
    """One run a method, all else equal; a window of each final state in one picture.

    Raises
    ------
    ValueError
        When the window is empty or outside the mesh, or a method is not one of the solver's.
    """

    def __init__(self, problem: Problem, settings: list[Settings], window: Box | None = None) -> None:
        self.problem, self.settings, self._window = problem, settings, window
        self.output = settings[0].output
        self._runs = [problem.start(s.cells, s.method, s.cfl) for s in settings]
        x0, x1, y0, y1 = extent = self._runs[0].mesh.extent
        if window is not None:
            left, right, bottom, top = window
            if not (x0 <= left < right <= x1 and y0 <= bottom < top <= y1):
                raise ValueError(f"--window {','.join(f'{w:g}' for w in window)}: not a part of the mesh, {extent}")

    def execute(self, stream: TextIO | None = None) -> dict[str, Any]:
        """Run them one after the other; returns what it also writes, `result.json`, beside `comparison.png`."""
        self.output.mkdir(parents=True, exist_ok=True)
        panels, results = [], []
        for run, settings in zip(self._runs, self.settings, strict=True):
            start = perf_counter()
            progress = Progress(settings.until, stream, f"{settings.method}, ")
            try:
                while run.time < settings.until * (1 - 1e-14):
                    run.step(settings.until)
                    progress(run)
            finally:
                progress.close()
            entry = replace(self.problem, title=settings.method)
            panels.append(pictures.picture(run, entry, Style(width=PANEL, line=0.9, window=self._window)))
            results.append({**settings.identity(self.problem), "steps": run.steps, "pieces": pieces(run.vf)})
            results[-1]["interfaces"] = interfaces(run.interfaces())
            results[-1]["seconds"] = perf_counter() - start
        mesh = self._runs[0].mesh
        sheet = pictures.sheet(panels, self.problem.title, f"{mesh.nx} x {mesh.ny} cells", columns=len(panels))
        pictures.save_small(sheet, self.output / "comparison.png")
        return write_result(self.output, {"mesh": [mesh.nx, mesh.ny], "runs": results})
