"""Snapshots from runs of a method in random flows, and of shapes at rest, with the exact shape as truth."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

import mirhydro as mir
from mirhydro.evaluate.advection import Sweeps, course
from mirhydro.evaluate.variants import Method
from mirhydro.train.flows import RandomFlow, random_flow
from mirhydro.train.shapes import Array, Rng, random_shape
from mirhydro.train.snapshots import Snapshot, snapshot


@dataclass(frozen=True)
class Run:
    """A shape in a flow on n x n cells, stopped at some of its steps."""

    flow: RandomFlow
    shape: Array
    n: int
    steps: int
    stops: tuple[int, ...]


def random_run(rng: Rng, cells: tuple[int, int] = (20, 128), stops: int = 6) -> Run:
    """Sizes, CFL numbers and durations as hosts have them."""
    flow = random_flow(rng)
    n = int(np.exp(rng.uniform(np.log(cells[0]), np.log(cells[1] + 1))))
    steps = max(1, int(np.ceil(flow.duration * n / rng.uniform(0.1, 0.5))))
    chosen = sorted({steps, *(int(k) for k in np.ceil(steps * rng.uniform(0, 1, stops - 1) ** 1.5))} - {0})
    return Run(flow, random_shape(rng), n, steps, tuple(chosen))


def states(run: Run, method: Method) -> Iterator[tuple[Array, Array]]:
    """Fractions and exact boundary at the stops of a run."""
    vf = mir.volume_fractions([mir.Polygon(run.shape)], run.n, run.n)[0].copy()
    sweeps, place, traced = Sweeps(method, "mirror", run.n), run.shape, 0.0
    for k, (displacements, axes) in enumerate(course(run.flow, run.n, run.steps), start=1):
        sweeps.step(vf, displacements, axes)
        if k in run.stops:
            now = k * (run.flow.duration / run.steps)
            place, traced = run.flow.carried(place, traced, now), now
            yield vf, place


def harvested(rng: Rng, method: Method) -> list[Snapshot]:
    """Snapshots of one random run; none where its shape is torn so thin that a polygon no longer closes."""
    found: list[Snapshot] = []
    with contextlib.suppress(ValueError):  # edges that cross: the truth is lost from there on
        for vf, boundary in states(random_run(rng), method):
            found.append(snapshot(vf, boundary))
    return found


def at_rest(rng: Rng, cells: tuple[int, int] = (8, 64), noise: float = 0.02) -> Snapshot | None:
    """A random shape with noise on the fractions of its mixed cells; mostly little."""
    n = int(np.exp(rng.uniform(np.log(cells[0]), np.log(cells[1] + 1))))
    shape = random_shape(rng)
    try:
        vf = mir.volume_fractions([mir.Polygon(shape)], n, n)[0].copy()
    except ValueError:
        return None
    if rng.random() < 0.7:
        mixed = (vf > 1e-4) & (vf < 1 - 1e-4)
        vf += mixed * rng.normal(0, noise * rng.random() ** 3, vf.shape)
        np.clip(vf, 0, 1, out=vf)
    return snapshot(vf, shape)
