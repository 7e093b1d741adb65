"""Which methods are told in which order to separate the materials of a cell, and the orders that there are."""

from __future__ import annotations

from itertools import permutations

import mirhydro as mir
from mirhydro.evaluate.variants import Method, method_of

_ORDER_FREE = {"ppic", "neural", "autoencoder", "autoencoder-original"}


def order_free(method: Method) -> bool:
    """Whether the method lets all materials of a cell compete at once, so that `order=` says nothing to it.

    Lines are nested, one material inside the line of the next, and must come in some order. Level sets need none.
    """
    name = method_of(method)
    return name in _ORDER_FREE and name in mir.methods()


def orders(nmat: int) -> list[list[int]]:
    """Every order of the materials, as `order=` takes it."""
    return [list(order) for order in permutations(range(nmat))]
