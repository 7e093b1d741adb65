"""What each part of ppic is worth: rows are variants of options, named in words."""

from __future__ import annotations

from functools import partial

from mirhydro.evaluate import flows, static
from mirhydro.evaluate.advection import round_trip
from mirhydro.evaluate.layout import Column, Group, Table
from mirhydro.evaluate.mid_flight import mid_flight
from mirhydro.evaluate.variants import Variant

GROUP = Group(
    "Ablation of ppic",
    "Lines or curves (a line or a parabola per cell), every cell with nodes of its own or nodes shared with its "
    "neighbours, K x K sub-cells to a cell. Lines with nodes of their own are elvira; curves with shared nodes, "
    "K = 2, are ppic. Measured as in the tables above.",
)

VARIANTS = (
    Variant("lines, own nodes", "elvira"),
    Variant("lines, shared nodes, K = 2", "elvira", {"share_nodes": True, "nodes": 2}),
    Variant("youngs lines, shared nodes, K = 2", "youngs", {"share_nodes": True, "nodes": 2}),
    Variant("lvira lines, shared nodes, K = 2", "lvira", {"share_nodes": True, "nodes": 2}),
    Variant("curves, own nodes, K = 2", "ppic", {"share_nodes": False, "nodes": 2}),
    *(Variant(f"curves, shared nodes, K = {k}", "ppic", {"nodes": k}) for k in (1, 2, 3, 4, 8)),
)


def catalogue(quick: bool) -> list[Table]:
    """The tables of this group in the order of the report."""
    return [_resolved(quick), _thin(quick)]


def _resolved(quick: bool) -> Table:
    discs, faces, vortex, zalesak = ((32,), 32, (32,), 50) if quick else ((32, 128), 128, (32, 64, 128, 256), 100)
    counts = {n: static.circle_centres(n, quick) for n in discs}
    faces_count = static.circle_centres(faces, quick)
    return Table(
        name="ablation",
        group="ablation",
        title="Variants of ppic where the mesh resolves the shape",
        note="Circle: misplaced area. Jump: at cell faces, in cells. T = 2: single vortex, sum abs(f - f0) h^2. "
        "Zalesak's disc: sum abs(f - f0) / sum f0.",
        columns=(
            *(Column(f"circle, N = {n}", f"circle-{n}", "mean") for n in discs),
            Column(f"jump, N = {faces}", f"faces-{faces}", "jump"),
            *(Column(f"T = 2, N = {n}", f"vortex-{n}", "error") for n in vortex),
            Column(f"Zalesak, N = {zalesak}", f"zalesak-{zalesak}", "relative"),
        ),
        measure={
            **{f"circle-{n}": partial(static.circle, n=n, count=c) for n, c in counts.items()},
            f"faces-{faces}": partial(static.faces, n=faces, count=faces_count),
            **{f"vortex-{n}": partial(round_trip, flow=flows.vortex(2.0), n=n) for n in vortex},
            f"zalesak-{zalesak}": partial(round_trip, flow=flows.zalesak(), n=zalesak),
        },
        settings={"seed": static.SEED, "cfl": 0.5, "centres": [*counts.values(), faces_count]},
        variants=VARIANTS,
    )


def _thin(quick: bool) -> Table:
    back, half = ((32,), (32,)) if quick else ((32, 64, 128), (32, 64, 128))
    return Table(
        name="ablation-thin",
        group="ablation",
        title="Variants of ppic where filaments are thinner than a cell: single vortex, T = 8",
        note="Back: sum abs(f - f0) h^2 after the reversal. T/2: against the exact shape where the flow turns.",
        columns=(
            *(Column(f"back, N = {n}", f"vortex-{n}", "error") for n in back),
            *(Column(f"T/2, N = {n}", f"half-{n}", "error") for n in half),
        ),
        measure={
            **{f"vortex-{n}": partial(round_trip, flow=flows.vortex(8.0), n=n) for n in back},
            **{f"half-{n}": partial(mid_flight, duration=8.0, n=n) for n in half},
        },
        settings={"cfl": 0.5},
        variants=VARIANTS,
    )
