"""Split, conservative, bounded advection of any number of materials: one sweep implicit, the other explicit.

A sweep of a split scheme does not keep areas. Weymouth and Yue give the difference to the material that holds more
than half of the cell; where three meet none may, and to give it to the largest leaves fractions of -.02 behind. Here
the first sweep divides what a cell holds after it by the area that it came from, so that the fractions add up to 1
again; the second stretches each donor to the area that it covers. In a flow without divergence the one factor
is the other's inverse: every material is kept, nothing leaves [0, 1], whatever regions the method has drawn.
Source: Scardovelli & Zaleski, Int. J. Numer. Meth. Fluids 41 (2003) 251; Aulisa et al., JCP 192 (2003) 355.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mirhydro.evaluate.material_centroids import MaterialCentroids
from mirhydro.evaluate.truth import Array
from mirhydro.evaluate.variants import Method, reconstructor


class MaterialSweeps:
    """Moves fractions (nmat, n, n) in place, one axis at a time; keeps the reconstruction from step to step."""

    def __init__(
        self,
        method: Method,
        boundary: str,
        material_centroids: MaterialCentroids | None = None,
        order: str | Sequence[int] = "auto",
    ) -> None:
        self._reconstructor = reconstructor(method, boundary=boundary, order=order)
        self._reconstruction: Any = None
        self._centroids = material_centroids

    def step(self, vf: Array, displacements: dict[str, Array], order: tuple[str, str]) -> None:
        """Advance `vf` by one step; the displacements are in cells and have no divergence."""
        first, second = order
        self._implicit(vf, first, displacements[first])
        self._explicit(vf, second, displacements[second])

    def _implicit(self, vf: Array, axis: str, displacement: Array) -> None:
        along = _axis_of(axis)
        swept = self._reconstruct(vf, axis, displacement).swept(axis, displacement)
        vf -= np.diff(swept, axis=along)
        vf /= 1 - np.diff(displacement, axis=along)

    def _explicit(self, vf: Array, axis: str, displacement: Array) -> None:
        along = _axis_of(axis)
        stretch = 1 + np.diff(displacement, axis=along)
        # The donor of an inflow through the rim is the last cell of the other side; walls pass nothing.
        beside = np.concatenate([stretch.take([-1], along), stretch, stretch.take([0], along)], axis=along)
        n = displacement.shape[along]
        donor = np.where(displacement > 0, beside.take(range(n), along), beside.take(range(1, n + 1), along))
        swept = donor * self._reconstruct(vf, axis, displacement).swept(axis, displacement / donor)
        vf *= stretch
        vf -= np.diff(swept, axis=along)

    def _reconstruct(self, vf: Array, axis: str, displacement: Array) -> Any:
        """Reconstruction of `vf`; the centroids of a method that needs them go through the sweep here."""
        moved = self._centroids
        if moved is None:
            r = self._reconstructor(vf, out=self._reconstruction)
        else:
            r = self._reconstructor(vf, out=self._reconstruction, centroids=moved.values)
            moved.advance(r, vf, axis, displacement)
        self._reconstruction = r
        return r


def _axis_of(axis: str) -> int:
    return -1 - ("x", "y").index(axis)
