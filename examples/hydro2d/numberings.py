"""Does the result depend on how the materials are numbered? The same problem in all numberings of its materials.

A method of lines cuts a cell of three materials by one line after the other; which is cut first is an order that it
has to choose: that of the numbers, or one found in the field. A method free of it gives the same bits every time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import permutations
from math import factorial
from time import perf_counter
from typing import Any, TextIO

import numpy as np

from . import pictures
from .diagnostics import pieces
from .eos import Array
from .problem import Problem
from .progress import Progress
from .runner import Settings, write_result
from .solver import Solver


@dataclass
class Outcome:
    """A run that is over, with its materials back in the problem's own numbering."""

    numbering: tuple[int, ...]
    """Which of the problem's materials was number 0, 1, ..."""
    steps: int
    seconds: float
    fractions: list[Array]
    """(nmat, ny, nx) at each of the times that are compared."""
    state: dict[str, Array]
    """All arrays at the last of them."""


class Numberings:
    """All numberings of one problem: differences, and the final states side by side.

    Raises
    ------
    ValueError
        When the problem is not a flow of several materials, or the method does not take the order.
    """

    def __init__(self, problem: Problem, settings: Settings) -> None:
        run = problem.start(settings.cells, settings.method, settings.cfl)
        if not isinstance(run, Solver) or run.state.nmat < 2:
            raise ValueError(f"{problem.name} has no numberings: it is not a flow of several materials")
        self.problem, self.settings, self._run = problem, settings, run
        self.output = settings.output
        self._order = settings.order_of_skins(run.state.nmat)
        run.renumbered(range(run.state.nmat), self._order)  # refuses now what the method would refuse later
        until = settings.until
        self._times = [t for t in problem.pictures if t < until * (1 - 1e-12)] + [until]

    def execute(self, stream: TextIO | None = None) -> dict[str, Any]:
        """Run them one after the other; returns what it also writes, `result.json`, beside `numberings.png`."""
        start = perf_counter()
        settings, nmat = self.settings, self._run.state.nmat
        self.output.mkdir(parents=True, exist_ok=True)
        outcomes: list[Outcome] = []
        panels: list[Any] = []
        for numbering in permutations(range(nmat)):
            label = f"numbering {len(outcomes) + 1} of {factorial(nmat)}, "
            run = self._run.renumbered(numbering, self._order)
            outcomes.append(self._outcome(run, numbering, Progress(settings.until, stream, label)))
            panels.append(self._panel(run, numbering, outcomes))
        result = self._result(outcomes)
        count = f"{len(outcomes)} numberings, {settings.method}, order {settings.order}"
        largest = f"largest difference {result['largest difference']:.3g}"
        sheet = pictures.sheet(panels, f"{self.problem.title}: {count}", largest)
        sheet.save(self.output / "numberings.png")
        result["seconds"] = perf_counter() - start
        return write_result(self.output, result)

    def _outcome(self, run: Solver, numbering: tuple[int, ...], progress: Progress) -> Outcome:
        """Take one run to the end. Its steps end at the times that are compared, whatever the numbering."""
        start, own = perf_counter(), np.argsort(numbering)
        fractions = []
        try:
            for time in self._times:
                while run.time < time * (1 - 1e-14):
                    run.step(time)
                    progress(run)
                fractions.append(run.vf[own])
        finally:
            progress.close()
        state = run.state.renumbered([int(k) for k in own]).arrays()
        return Outcome(numbering, run.steps, perf_counter() - start, fractions, state)

    def _panel(self, run: Solver, numbering: tuple[int, ...], outcomes: list[Outcome]) -> Any:
        """Picture of the final state; the caption lists the materials in their numbering."""
        change = self._difference(outcomes[0], outcomes[-1])
        title = "the problem's own numbering" if len(outcomes) == 1 else f"{change:.3g} from the first"
        colours = tuple(self.problem.colours[k] for k in numbering)
        entry = replace(self.problem, title=title, colours=colours)
        return pictures.picture(run, entry, pictures.Style(width=700, line=0.8))

    def _difference(self, one: Outcome, other: Outcome, time: int = -1) -> float:
        """Sum over materials and cells of |a_k - a_k'| times a cell's area."""
        mesh = self._run.mesh
        return float(np.abs(one.fractions[time] - other.fractions[time]).sum() * (mesh.dx * mesh.dy))

    def _result(self, outcomes: list[Outcome]) -> dict[str, Any]:
        """Everything that is reported."""
        mesh, names, (scale, _) = self._run.mesh, self._run.names, self.problem.unit
        pairs = [[self._difference(one, other) for other in outcomes] for one in outcomes]
        first = outcomes[0]
        return {
            **self.settings.identity(self.problem),
            "mesh": [mesh.nx, mesh.ny],
            "times": [(time - self.problem.origin) * scale for time in self._times],
            "numberings": [
                {
                    "materials": [names[k] for k in outcome.numbering],
                    "steps": outcome.steps,
                    "seconds": outcome.seconds,
                    "pieces": dict(zip(names, pieces(outcome.fractions[-1]), strict=True)),
                    "difference from the first": [
                        self._difference(first, outcome, time) for time in range(len(self._times))
                    ],
                }
                for outcome in outcomes
            ],
            "difference of each pair": pairs,
            "largest difference": max(map(max, pairs)),
            "same to the last bit": all(
                np.array_equal(outcome.state[name], values)
                for outcome in outcomes
                for name, values in first.state.items()
            ),
        }
