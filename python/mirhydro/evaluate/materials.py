"""Figures of several materials: points where they meet, a junction of lines, discs of several parts in flows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

import mirhydro as mir
from mirhydro.evaluate.advection import advect
from mirhydro.evaluate.flows import Flow
from mirhydro.evaluate.layout import Figures
from mirhydro.evaluate.measures import misplaced_areas
from mirhydro.evaluate.orders import order_free, orders
from mirhydro.evaluate.points import misassigned, random_points
from mirhydro.evaluate.truth import Array, centroids, needs_centroids
from mirhydro.evaluate.variants import Method, reconstructor
from mirhydro.shapes import Shape

SEED = 7
JUNCTION = (5, 3)  #: ny, nx of the mesh of the T-junction

Order = str | Sequence[int]


def _over_orders(method: Method, nmat: int, measured: Callable[[Order], Array | float]) -> Figures:
    """Mean over all orders of the materials, and what the worst and the best order of each case give on average."""
    if order_free(method):
        return {}
    found = np.array([measured(order) for order in orders(nmat)])
    return {
        "random": float(found.mean()),
        "worst": float(found.max(axis=0).mean()),
        "best": float(found.min(axis=0).mean()),
    }


def points(method: Method, nmat: int, count: int) -> Figures:
    """Misassigned area of the cell in which `nmat` materials meet, mean over random points."""
    wrong = misassigned(method, random_points(nmat, count, SEED))
    return {"mean": float(wrong.mean()), "largest": float(wrong.max()), "count": float(len(wrong))}


def points_in_orders(method: Method, nmat: int, count: int) -> Figures:
    """`points` with the order of the materials given: every order there is."""
    return _over_orders(method, nmat, partial(misassigned, method, random_points(nmat, count, SEED)))


def _rectangle(x0: float, x1: float, y0: float, y1: float) -> Shape:
    return mir.Polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])


def junction_parts() -> list[Shape]:
    """Upper right, lower right, left: Tangram's tests feed them from the back."""
    return [_rectangle(0.5, 1, 0.5, 1), _rectangle(0.5, 1, 0, 0.5), _rectangle(0, 0.5, 0, 1)]


def junction_error(method: Method, order: Order = "auto") -> float:
    """Sum over the materials of the symmetric differences, in areas of the unit square."""
    parts, (ny, nx) = junction_parts(), JUNCTION
    vf = mir.volume_fractions(parts[:-1], ny, nx)
    planned = reconstructor(method, spacing=(1 / nx, 1 / ny), order=order)
    if needs_centroids(method):
        alone = [centroids(shape, np.stack([f, 1 - f]))[0] for shape, f in zip(parts, vf, strict=True)]
        r = planned(vf, centroids=np.stack(alone))
    else:
        r = planned(vf)
    wrong = [misplaced_areas(r, shape, vf, material=m).sum() for m, shape in enumerate(parts)]
    return float(sum(wrong)) / (ny * nx)


def junction(method: Method) -> Figures:
    """The T-junction in the order that the method finds by itself."""
    return {"error": junction_error(method)}


def junction_in_orders(method: Method) -> Figures:
    """The T-junction in every order of its materials."""
    return _over_orders(method, len(junction_parts()), partial(junction_error, method))


def disc_parts(disc: mir.Circle, count: int, angle: float = 0.35) -> list[Shape]:
    """Sectors of equal width, all but the last; the first starts at `angle`."""
    centre, starts = np.array(disc.center), angle + 2 * np.pi * np.arange(count) / count
    if count == 2:
        return [disc & mir.HalfPlane(disc.center, (np.sin(angle), -np.cos(angle)))]
    parts: list[Shape] = []
    for start in starts[:-1]:
        turn = start + np.linspace(0, 2 * np.pi / count, 4)[:, None]
        rim = centre + 4 * disc.radius * np.hstack([np.cos(turn), np.sin(turn)])
        parts.append(disc & mir.Polygon([centre, *rim]))
    return parts


def carried(method: Method, flow: Flow, sectors: int, n: int, order: Order = "auto") -> Figures:
    """The disc of `flow`, cut into sectors, there and back on n x n cells."""
    assert isinstance(flow.shape, mir.Circle)
    end = advect(method, flow, n, parts=disc_parts(flow.shape, sectors), order=order)
    return {
        "error": end.error,
        "mass": end.mass,
        "outside": max(0.0, -end.lowest, end.highest - 1.0),
        "unclosed": end.unclosed,
        "ms": 1e3 * end.seconds,
    }


def carried_in_orders(method: Method, flow: Flow, sectors: int, n: int) -> Figures:
    """`carried` in every order of the materials, kept from the first step to the last."""
    return _over_orders(method, sectors + 1, lambda order: carried(method, flow, sectors, n, order)["error"])
