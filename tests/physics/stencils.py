"""Every 3x3 stencil whose fractions are quarters, alone or in pure surroundings, and what any method makes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

import mirhydro as mir

Array = NDArray[Any]

QUARTERS = np.array([0, 0.25, 0.5, 0.75, 1])
CENTRES = QUARTERS[1:4]  #: the cell itself is mixed
_AROUND = [(k // 3, k % 3) for k in range(9) if k != 4]

#: Generators of the symmetries: of stencils (n, 3, 3), and of the columns of `outflows`
GENERATORS: dict[str, tuple[Callable[[Array], Array], list[int]]] = {
    "mirror x": (lambda s: s[:, :, ::-1], [2, 3, 0, 1, 4, 5, 6, 7]),
    "mirror y": (lambda s: s[:, ::-1], [0, 1, 2, 3, 6, 7, 4, 5]),
    "transposition": (lambda s: s.transpose(0, 2, 1), [4, 5, 6, 7, 0, 1, 2, 3]),
    "exchange": (lambda s: 1 - s, [1, 0, 3, 2, 5, 4, 7, 6]),
}


def all_stencils(levels: Array) -> Array:
    """(len(levels)^8 * 3, 3, 3): neighbours run over `levels`, the centre over CENTRES."""
    digits = np.arange(len(levels) ** 8 * len(CENTRES))
    out = np.empty((len(digits), 3, 3))
    for j, i in _AROUND:
        out[:, j, i] = levels[digits % len(levels)]
        digits //= len(levels)
    out[:, 1, 1] = CENTRES[digits]
    return out


def number_of(stencils: Array, levels: Array) -> NDArray[np.int64]:
    """Where each of the stencils stands in `all_stencils(levels)`."""
    number, place = np.zeros(len(stencils), np.int64), 1
    for j, i in _AROUND:
        number += np.searchsorted(levels, stencils[:, j, i]) * place
        place *= len(levels)
    return number + np.searchsorted(CENTRES, stencils[:, 1, 1]) * place


def outflows(method: str, stencils: Array, width: float = 0.3, around: float | None = None) -> Array:
    """(n, 8): what leaves each centre through x low, x high, y low, y high; material and rest of each in turn.

    `around` puts each stencil into the middle of 7 x 7 cells that otherwise hold this fraction: all that a level set
    whose nodes are shared depends on.
    """
    rec, parts, rim = mir.Reconstructor(method), [], 0 if around is None else 2
    n, c = 3 + 2 * rim, 1 + rim  # a side of what each stencil gets; its centre
    for first in range(0, len(stencils), 100_000):
        some = np.pad(stencils[first : first + 100_000], [(0, 0), (rim, rim), (rim, rim)], constant_values=around or 0)
        f = some.transpose(1, 0, 2).reshape(n, -1)  # side by side in one long mesh
        centres = np.zeros(f.shape, bool)
        centres[c, c::n] = True
        r = rec(np.stack([f, 1 - f]), where=centres)
        dx, dy = np.zeros((n, f.shape[1] + 1)), np.zeros((n + 1, f.shape[1]))
        dx[c, c::n], dx[c, c + 1 :: n] = -width, width
        dy[c, c::n], dy[c + 1, c::n] = -width, width
        x, y = np.abs(r.swept("x", dx)[:, c]), np.abs(r.swept("y", dy)[:, :, c::n])
        parts.append(np.stack([*x[:, c::n], *x[:, c + 1 :: n], *y[:, c], *y[:, c + 1]], axis=1))
    return np.concatenate(parts)


def youngs_gradient(s: Array) -> Array:
    """(n, 2), weights 1 2 1; exact for quarters."""
    column, row = s[:, 0] + 2 * s[:, 1] + s[:, 2], s[:, :, 0] + 2 * s[:, :, 1] + s[:, :, 2]
    return np.stack([column[:, 2] - column[:, 0], row[:, 2] - row[:, 0]], axis=1)


def central_gradient(s: Array) -> Array:
    """(n, 2), differences of the sums of the outer columns and rows; exact for quarters."""
    column, row = s.sum(axis=1), s.sum(axis=2)
    return np.stack([column[:, 2] - column[:, 0], row[:, 2] - row[:, 0]], axis=1)
