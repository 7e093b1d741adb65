"""Runs from several positions of the disc inside a cell: what a single run's error owes to where it began."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

import mirhydro as mir
from mirhydro.evaluate.advection import advect
from mirhydro.evaluate.flows import Flow
from mirhydro.evaluate.layout import Figures
from mirhydro.evaluate.variants import Method

COUNT = 8  #: positions, a lattice of the cell: as even in x as in y


def from_positions(method: Method, flow: Flow, n: int) -> Figures:
    """Geometric means over the positions, and by how many per cent a run is off them (standard deviation)."""
    ends = [advect(method, begun, n) for begun in _moved(flow, n)]
    errors = np.log([end.error for end in ends])
    return {
        "error": float(np.exp(errors.mean())),
        "relative": float(np.exp(np.log([end.relative for end in ends]).mean())),
        "scatter": float(100 * np.expm1(errors.std())),
    }


def _moved(flow: Flow, n: int) -> Iterator[Flow]:
    """The flow with its disc moved by up to half a cell."""
    disc = flow.shape
    assert isinstance(disc, mir.Circle)
    for k in range(COUNT):
        shift = (np.array([k, 3 * k % COUNT]) + 0.5) / COUNT - 0.5
        centre = np.asarray(disc.center) + shift / n
        yield replace(flow, shape=mir.Circle((float(centre[0]), float(centre[1])), disc.radius))
