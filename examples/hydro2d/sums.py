"""Sums over the materials that do not depend on how the materials are numbered, to the last bit."""

from __future__ import annotations

import numpy as np

from .eos import Array


def over_materials(q: Array) -> Array:
    """Sum over the first axis, the materials: any permutation of them gives the same bits, and -q gives -sum.

    Two addends commute. Three or more are sorted and added in pairs from both ends, (smallest + largest) first: fluxes
    of a mirrored flow have the other sign, and sorted from the smallest to the largest they would add up in the
    opposite order. A pure cell has one addend that is not zero: there any sum will do, and dense fields need this one
    in mixed cells only. Cost: nmat (nmat - 1) passes of min and max; np.sort pays for every column of so short an axis.
    """
    if len(q) <= 2:
        return np.asarray(q.sum(axis=0))
    rows = list(q)
    for last in range(len(rows) - 1, 0, -1):  # bubble sort: after each round rows[last] holds the largest left
        for k in range(last):
            rows[k], rows[k + 1] = np.minimum(rows[k], rows[k + 1]), np.maximum(rows[k], rows[k + 1])
    half = len(rows) // 2
    total = rows[0] + rows[-1]
    for k in range(1, half):
        total += rows[k] + rows[-1 - k]
    if len(rows) > 2 * half:
        total += rows[half]
    return np.asarray(total)
