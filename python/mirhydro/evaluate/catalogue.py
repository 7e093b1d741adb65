"""Every table, in groups; those of several materials are listed in `material_tables`."""

from __future__ import annotations

from functools import partial

from mirhydro.evaluate import ablation, flows, material_tables, static
from mirhydro.evaluate.advection import round_trip
from mirhydro.evaluate.layout import Column, Group, Reference, Table
from mirhydro.evaluate.mid_flight import POINTS, STEPS, mid_flight
from mirhydro.evaluate.positions import COUNT, from_positions
from mirhydro.evaluate.samples import KINDS

GROUPS = {
    "static": Group(
        "Static",
        "Exact fractions in, exact areas out: no raster. `best line` is the floor of every method that "
        "draws one straight line per cell: the angle that misplaces least, the fraction being kept.",
    ),
    "advection": Group(
        "Advection",
        "Weymouth-Yue split, CFL .5, sweeps in alternating order, exact initial fractions. Mass: "
        "relative change of the sum; outside: how far a fraction ever left [0, 1]; ms: per step of two sweeps, "
        "on the finest mesh. Moment-of-fluid gets the centroids of the materials, moved with the flow.",
    ),
    "materials": material_tables.GROUP,
    "ablation": ablation.GROUP,
}


def catalogue(quick: bool = False, fine: bool = False) -> list[Table]:
    """All tables in the order of the report.

    Parameters
    ----------
    quick : bool
        Coarse meshes and few samples: all tables in twenty seconds.
    fine : bool
        The single vortex also at N = 256.

    """
    return [
        _circle(quick),
        _shapes(quick),
        _faces(quick),
        _vortex(2, quick, fine),
        _mid_flight(2, quick),
        _vortex(8, quick, fine),
        _mid_flight(8, quick),
        _zalesak(quick),
        _shear(quick),
        _round_trip(
            "deformation",
            "Deformation by 4 x 4 vortices, T = 2",
            flows.deformation(),
            (32, 64) if quick else (32, 64, 128),
        ),
        _round_trip(
            "translation",
            "Translated circle, once along y, twice along x",
            flows.translation(),
            (32,) if quick else (32, 64, 128),
        ),
        _round_trip("rotation", "Rotated circle, one revolution", flows.rotation(), (32,) if quick else (32, 64, 128)),
        _positions(quick),
        *material_tables.catalogue(quick),
        *ablation.catalogue(quick),
    ]


def _circle(quick: bool) -> Table:
    sizes = (16, 32, 64) if quick else (16, 32, 64, 128, 256)
    counts = {n: static.circle_centres(n, quick) for n in sizes}
    return Table(
        name="circle",
        group="static",
        title="Circle, R = 1/4: misplaced area",
        note="Area of the symmetric difference of reconstructed and true disc in the unit square; mean over "
        + "circles with centres spread over [.45, .55]^2: "
        + ", ".join(f"{c} at N = {n}" for n, c in counts.items())
        + ".",
        columns=tuple(Column(f"N = {n}", str(n), "mean") for n in sizes),
        measure={str(n): partial(static.circle, n=n, count=c) for n, c in counts.items()},
        floor={str(n): partial(static.circle_floor, n, c) for n, c in counts.items()},
        settings={"seed": static.SEED, "centres": list(counts.values())},
    )


def _shapes(quick: bool) -> Table:
    count = 300 if quick else 4000
    return Table(
        name="shapes",
        group="static",
        title="Random shapes: misplaced area of a mixed cell",
        note=f"In cell areas, mean over {count} shapes of a kind. Circles of radius 2 to 50 cells; corners "
        "of half opening 20 to 75 degrees; filaments .3 to 2 cells wide. On lines the floor is 0 but for "
        "its search, moment-of-fluid but for the quadrature of the centroids that it is given.",
        columns=tuple(Column(f"{kind}s", kind, "mean") for kind in KINDS),
        measure={kind: partial(static.random_shapes, kind=kind, count=count) for kind in KINDS},
        floor={kind: partial(static.random_shapes_floor, kind, count) for kind in KINDS},
        settings={"seed": static.SEED, "count": count},
    )


def _faces(quick: bool) -> Table:
    n, count = (64, 5) if quick else (128, 20)
    case = str(n)
    return Table(
        name="faces",
        group="static",
        title=f"Circle, R = 1/4, N = {n}: the interface at cell faces",
        note="Jump: distance, in cells, between the points where the interfaces of two mixed neighbours meet "
        "the face between them, mean over faces. Unmatched: faces of one circle that only one of the two "
        f"reaches; mean over {count} circles.",
        columns=(
            Column("jump", case, "jump"),
            Column("largest", case, "worst"),
            Column("unmatched", case, "unmatched", ".2f"),
            Column("of faces", case, "faces", ".0f"),
        ),
        measure={case: partial(static.faces, n=n, count=count)},
        floor={case: partial(static.faces_floor, n, count)},
        settings={"seed": static.SEED, "centres": count},
    )


def _bookkeeping(case: str) -> tuple[Column, ...]:
    return (
        Column("mass", case, "mass", ".0e"),
        Column("outside", case, "outside", ".0e"),
        Column("ms", case, "ms", ".2f"),
    )


_VORTEX_8 = (
    Reference(
        "Rider-Kothe/Puckett",
        {"N = 32": 4.78e-2, "N = 64": 6.96e-3, "N = 128": 1.44e-3},
        "Rider & Kothe, JCP 141 (1998) 112",
    ),
    Reference(
        "Stream/Youngs",
        {"N = 32": 3.61e-2, "N = 64": 1.00e-2, "N = 128": 2.16e-3},
        "Harvie & Fletcher, JCP 162 (2000) 1",
    ),
    Reference(
        "EMFPA/Puckett",
        {"N = 32": 3.77e-2, "N = 64": 6.58e-3, "N = 128": 1.07e-3},
        "Lopez et al., JCP 195 (2004) 718",
    ),
    Reference(
        "Shahbazi et al.",
        {"N = 32": 3.55e-2, "N = 64": 7.17e-3, "N = 128": 1.44e-3},
        "Shahbazi et al., JCP 188 (2003) 100",
    ),
)


def _vortex(duration: int, quick: bool, fine: bool) -> Table:
    sizes = (32, 64) if quick else (32, 64, 128, *((256,) if fine else ()))
    return Table(
        name=f"vortex-{duration}",
        group="advection",
        title=f"Single vortex, T = {duration}: sum abs(f - f0) h^2",
        columns=(*(Column(f"N = {n}", str(n), "error") for n in sizes), *_bookkeeping(str(sizes[-1]))),
        measure={str(n): partial(round_trip, flow=flows.vortex(duration), n=n) for n in sizes},
        references=_VORTEX_8 if duration == 8 else (),
        settings={"cfl": 0.5},
    )


def _mid_flight(duration: int, quick: bool) -> Table:
    steps = STEPS * duration // 2
    sizes = (32,) if quick else (32, 64, 128)
    return Table(
        name=f"mid-flight-{duration}",
        group="advection",
        title=f"Single vortex, T = {duration}, at t = T/2 against the exact shape: sum abs(f - f_exact) h^2",
        note="On the way back errors undo themselves in part; here they do not. The exact shape: a polygon of "
        f"{POINTS:,} points of the circle, traced in {steps} steps of Runge-Kutta (order 4), and its exact fractions; "
        "with twice the points and steps they change by 6e-8 in this measure at most."
        if duration == 8
        else "The flow is stopped where it turns; see the same table for T = 8.",
        columns=(*(Column(f"N = {n}", str(n), "error") for n in sizes), *_bookkeeping(str(sizes[-1]))),
        measure={str(n): partial(mid_flight, duration=duration, n=n) for n in sizes},
        settings={"cfl": 0.5, "points": POINTS, "steps": steps},
    )


def _zalesak(quick: bool) -> Table:
    n = 50 if quick else 100
    case = str(n)
    return Table(
        name="zalesak",
        group="advection",
        title="Zalesak's slotted disc, one revolution: sum abs(f - f0) / sum f0",
        columns=(
            Column(f"N = {n}", case, "relative"),
            Column("steps", case, "steps", ".0f"),
            *_bookkeeping(case),
        ),
        measure={case: partial(round_trip, flow=flows.zalesak(), n=n)},
        references=(Reference("THINC-scaling", {"N = 100": 1.55e-2}, "arXiv:2103.09541"),),
        settings={"cfl": 0.5},
    )


def _shear(quick: bool) -> Table:
    n, counts = (50, (125, 250)) if quick else (100, (250, 500, 1000))
    return Table(
        name="shear",
        group="advection",
        title=f"Rudman's shear flow, {n} x {n} cells, steps forward, then back: sum abs(f - f0) / sum f0",
        columns=(
            *(Column(f"{c} steps", str(c), "relative") for c in counts),
            *_bookkeeping(str(counts[-1])),
        ),
        measure={str(c): partial(round_trip, flow=flows.shear(n, c, 0.5), n=n) for c in counts},
        settings={"cfl": 0.5, "cells": n},
    )


def _round_trip(name: str, title: str, flow: flows.Flow, sizes: tuple[int, ...]) -> Table:
    return Table(
        name=name,
        group="advection",
        title=f"{title}: sum abs(f - f0) h^2",
        columns=(*(Column(f"N = {n}", str(n), "error") for n in sizes), *_bookkeeping(str(sizes[-1]))),
        measure={str(n): partial(round_trip, flow=flow, n=n) for n in sizes},
        settings={"cfl": 0.5},
    )


def _positions(quick: bool) -> Table:
    n = 100
    runs: dict[str, tuple[flows.Flow, int, str]] = {"deformation, N = 32": (flows.deformation(), 32, "error")}
    if not quick:
        runs |= {
            "deformation, N = 64": (flows.deformation(), 64, "error"),
            "T = 8, N = 32": (flows.vortex(8), 32, "error"),
            "T = 8, N = 64": (flows.vortex(8), 64, "error"),
            "T = 8, N = 128": (flows.vortex(8), 128, "error"),
            "shear, 500 steps": (flows.shear(n, 500, 0.5), n, "relative"),
            "shear, 1000 steps": (flows.shear(n, 1000, 0.5), n, "relative"),
        }
    return Table(
        name="positions",
        group="advection",
        title=f"The same flows from {COUNT} positions of the disc inside a cell: geometric mean of the errors",
        note="Where a body is torn, a run's error hangs on where in a cell it began. %: how far a single run is off "
        "the mean (standard deviation).",
        columns=tuple(
            column
            for name, (_, _, quantity) in runs.items()
            for column in (Column(name, name, quantity), Column("%", name, "scatter", ".0f"))
        ),
        measure={name: partial(from_positions, flow=flow, n=n) for name, (flow, n, _) in runs.items()},
        settings={"cfl": 0.5, "positions": COUNT},
    )
