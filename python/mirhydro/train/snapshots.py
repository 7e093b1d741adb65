"""Fields of fractions with the truth inside their mixed cells, as training reads them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import mirhydro as mir
from mirhydro.train.shapes import Array

SUB_CELLS = 12  #: along a side of a cell; a multiple of 2, 3 and 4


@dataclass(frozen=True)
class Snapshot:
    """`vf` (n, n) of the shape as a method has carried it; `truth` (cells, 144) exact fractions of the sub-cells.

    `cells` (cells, 2) are j, i of the mixed cells of `vf`, in row order; truth in units of 1/65535. `counts` (cells,)
    tells which of them a loss is made of.
    """

    vf: Array
    cells: NDArray[np.int32]
    truth: NDArray[np.uint16]
    counts: NDArray[np.bool_]


def snapshot(vf: Array, boundary: Array) -> Snapshot:
    """Of a field and the polygon that it should show."""
    n = SUB_CELLS * vf.shape[0]
    return mixed(vf, mir.volume_fractions([mir.Polygon(boundary)], n, n)[0])


def mixed(vf: Array, fine: Array) -> Snapshot:
    """Of a field and the exact fractions of all its sub-cells."""
    n = vf.shape[0]
    cells = mir.mixed_cells(vf)
    squares = fine.reshape(n, SUB_CELLS, n, SUB_CELLS).swapaxes(1, 2)
    inside = squares[cells[:, 0], cells[:, 1]].reshape(len(cells), SUB_CELLS**2)
    return Snapshot(vf.copy(), cells, np.round(65535 * inside).astype(np.uint16), np.ones(len(cells), bool))


def save(path: Path, snapshots: list[Snapshot]) -> None:
    """Whole or not at all."""
    arrays: dict[str, NDArray[Any]] = {}
    for k, s in enumerate(snapshots):
        arrays[f"vf{k}"], arrays[f"cells{k}"], arrays[f"truth{k}"], arrays[f"counts{k}"] = (
            s.vf,
            s.cells,
            s.truth,
            s.counts,
        )
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
    partial.rename(path)


def load(path: Path) -> list[Snapshot]:
    with np.load(path) as arrays:
        count = sum(name.startswith("vf") for name in arrays)
        parts = ("vf", "cells", "truth", "counts")
        return [Snapshot(*(arrays[f"{part}{k}"] for part in parts)) for k in range(count)]
