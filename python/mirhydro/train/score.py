"""How a method fares in the loop, on flows and shapes that are in no table: nets are chosen by this."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

import mirhydro as mir
from mirhydro.evaluate.variants import Method
from mirhydro.train.flows import RandomFlow, random_flow
from mirhydro.train.harvest import Run, states
from mirhydro.train.shapes import Array, random_shape

SEED, CASES, CFL = 20_261_125, 12, 0.4


@dataclass(frozen=True)
class Score:
    """Ratios to the errors of ppic, geometric means over the cases: where the flow turns, and at its end; by size."""

    halfway: dict[int, float]
    end: dict[int, float]

    @property
    def mean(self) -> float:
        return float(np.exp(np.mean(np.log([*self.halfway.values(), *self.end.values()]))))

    def __str__(self) -> str:
        rows = " ".join(f"{n}: {self.halfway[n]:.3f} {self.end[n]:.3f}" for n in self.end)
        return f"{self.mean:.3f} ({rows})"


@lru_cache(maxsize=1)
def _cases() -> tuple[tuple[RandomFlow, Array], ...]:
    rng = np.random.default_rng(SEED)
    found: list[tuple[RandomFlow, Array]] = []
    while len(found) < CASES:
        drawn, shape = random_flow(rng), random_shape(rng, room=0.1)
        duration = (1.0, 2.0, 4.0)[len(found) % 3]
        flow = RandomFlow(drawn.amplitude, drawn.m, drawn.n, duration)
        if _closes(flow, shape):
            found.append((flow, shape))
    return tuple(found)


def _closes(flow: RandomFlow, shape: Array) -> bool:
    """Whether the polygon crosses itself neither before the flow nor where it turns."""
    try:
        mir.Polygon(shape)
        mir.Polygon(flow.carried(shape, 0, flow.duration / 2))
    except ValueError:
        return False
    return True


def _errors(method: Method, n: int) -> Array:
    """Area misplaced in cells (cases, 2), halfway and at the end."""
    errors = np.empty((CASES, 2))
    for k, (flow, shape) in enumerate(_cases()):
        half = int(np.ceil(flow.duration * n / CFL / 2))
        run = Run(flow, shape, n, 2 * half, (half, 2 * half))
        for at, (vf, boundary) in enumerate(states(run, method)):
            errors[k, at] = abs(vf - mir.volume_fractions([mir.Polygon(boundary)], n, n)[0]).sum() / n**2
    return errors


@lru_cache(maxsize=8)
def _of_ppic(n: int) -> Array:
    return _errors("ppic", n)


def score(method: Method, sizes: Sequence[int] = (32, 64, 128)) -> Score:
    """Cost: the runs of twelve flows at each size, some 15 s."""
    ratio = {n: np.exp(np.log(_errors(method, n) / _of_ppic(n)).mean(axis=0)) for n in sizes}
    return Score({n: float(r[0]) for n, r in ratio.items()}, {n: float(r[1]) for n, r in ratio.items()})
