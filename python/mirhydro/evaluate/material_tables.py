"""The tables of several materials: still pictures first, then flows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from mirhydro.evaluate import flows, materials
from mirhydro.evaluate.layout import Column, Figures, Group, Reference, Table
from mirhydro.evaluate.points import LEAST
from mirhydro.evaluate.variants import Method

GROUP = Group(
    "Several materials",
    "`auto`: the default, in which lines take the order of the materials from the gradient and their numbering "
    "plays no part. The other columns give every order there is by `order=`: `random` is the mean over all of them, "
    "`worst` and `best` what the worst and the best one of each case give. Nobody knows those beforehand; `auto` may "
    "beat the best one, as it chooses anew in every cell. A dash: the method lets all materials compete and knows no "
    "order. Moment-of-fluid gets the centroids of all materials: exact on still pictures, then moved with the flow.\n\n"
    "Flows: CFL .5, the first sweep of a step implicit, the second explicit (Scardovelli & Zaleski 2003). The "
    "Weymouth-Yue split of the tables above needs a material that holds half of the cell: where three meet, it left "
    "fractions of -.02. Mass: largest relative change of a material's sum; outside: how far a fraction ever left "
    "[0, 1], what is below 1e-12 of a cell not being moved; sums: how far those of a cell ever left 1; ms: per step of "
    "two sweeps, on the finest mesh.",
)

_TANGRAM = "Tangram's tests (Los Alamos, github.com/laristra/tangram)"
_WORDS = {3: "three", 4: "four"}
_JUNCTION = {"SLIC": 0.733, "VOF": 0.0306, "LVIRA": 0.0621, "MOF": 5e-15}


def catalogue(quick: bool) -> list[Table]:
    """The tables of this group in the order of the report."""
    translation, vortex = flows.translation(), flows.vortex(2.0)
    along = "carried once along y, twice along x"
    return [
        _points(3, quick),
        _points(4, quick),
        _junction(),
        _disc("halves-translation", f"Disc of two halves, R = .25, {along}", translation, 2, quick),
        _disc("sectors-translation", f"Disc of three sectors, R = .25, {along}", translation, 3, quick),
        _disc("halves-vortex", "Disc of two halves in the single vortex, T = 2", vortex, 2, quick),
        _disc("sectors-vortex", "Disc of three sectors in the single vortex, T = 2", vortex, 3, quick),
    ]


def _order_columns(case: str, suffix: str = "") -> tuple[Column, ...]:
    return tuple(Column(f"{which} order{suffix}", case, which) for which in ("random", "worst", "best"))


def _points(nmat: int, quick: bool) -> Table:
    count = 200 if quick else 2000
    return Table(
        name=f"points-{nmat}",
        group="materials",
        title=f"Random points where {_WORDS[nmat]} materials meet: misassigned area of the cell",
        note="In cell areas, half the sum over the materials of the symmetric differences; mean over "
        f"{count} points, uniform in the cell, with straight sectors of widths (.6 + uniform) / sum turned at random; "
        f"every material has more than {LEAST:.0%} of the cell.",
        columns=(Column("auto", "auto", "mean"), Column("largest", "auto", "largest"), *_order_columns("orders")),
        measure={
            "auto": partial(materials.points, nmat=nmat, count=count),
            "orders": partial(materials.points_in_orders, nmat=nmat, count=count),
        },
        settings={"seed": materials.SEED, "count": count},
    )


def _junction() -> Table:
    ny, nx = materials.JUNCTION
    return Table(
        name="junction",
        group="materials",
        title=f"T-junction on {nx} x {ny} cells: sum of the symmetric differences",
        note="In areas of the unit square: left of x = .5 one material, right of it two that meet at y = .5, fed from "
        "the right to the left. Published: sums over the expected values of tests on the mirrored T, materials in one "
        "fixed order; moment-of-fluid's is round-off, 5e-15 to 4e-12 from version to version.",
        columns=(Column("auto", "auto", "error"), *_order_columns("orders")),
        measure={"auto": materials.junction, "orders": materials.junction_in_orders},
        references=tuple(Reference(name, {"auto": figure}, _TANGRAM) for name, figure in _JUNCTION.items()),
        settings={"cells": [ny, nx]},
    )


def _disc(name: str, title: str, flow: flows.Flow, sectors: int, quick: bool) -> Table:
    sizes, ordered = ((12, 20), 12) if quick else ((32, 64, 128), 32)
    finest, every = str(sizes[-1]), f"orders-{ordered}"
    measure: dict[str, Callable[[Method], Figures]] = {
        str(n): partial(materials.carried, flow=flow, sectors=sectors, n=n) for n in sizes
    }
    columns = [Column(f"N = {n}", str(n), "error") for n in sizes]
    note = f"{_WORDS[sectors + 1].capitalize()} materials, the surroundings being one."
    if sectors == 2:  # of four materials there are 24 orders
        measure[every] = partial(materials.carried_in_orders, flow=flow, sectors=sectors, n=ordered)
        columns += _order_columns(every, f", N = {ordered}")
        note += f" Orders: each of the six kept from the first step to the last, N = {ordered}."
    return Table(
        name=name,
        group="materials",
        title=f"{title}: sum abs(f - f0) h^2 / 2",
        note=note,
        columns=(
            *columns,
            Column("mass", finest, "mass", ".0e"),
            Column("outside", finest, "outside", ".0e"),
            Column("sums", finest, "unclosed", ".0e"),
            Column("ms", finest, "ms", ".2f"),
        ),
        measure=measure,
        settings={"cfl": 0.5, "sectors": sectors, "orders": ordered if sectors == 2 else None},
    )
