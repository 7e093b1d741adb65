"""The result of a reconstruction: one region per material in every mixed cell."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import _native
from .arrays import in_place, real, whole, whole_numbers

_AXES = {"x": 0, "y": 1}


def axis_number(axis: str) -> int:
    """0 for "x", 1 for "y"; anything else is refused."""
    if not isinstance(axis, str) or axis not in _AXES:
        raise ValueError(f'axis = {axis!r}: "x" or "y"')
    return _AXES[axis]


class Stats(NamedTuple):
    """What one call met."""

    mixed: int  #: mixed cells reconstructed
    residual: float  #: largest |area of a region - its fraction|
    iterations: int  #: most iterations that any offset took (0: closed form)
    kept: int  #: cells where the base curve was kept because a network gave no number
    folded: int  #: cells whose fractions were off by round-off and were made to fit
    blended: int  #: cells whose level sets are flat where they would be cut: materials own shares of the same points


class Flushed(NamedTuple):
    """Materials that left their cell entirely in the last `swept(..., flush=eps)`."""

    cells: NDArray[np.int32]  #: (k, 2) j, i of the donor
    material: NDArray[np.int32]  #: (k,)
    share: NDArray[np.float64]  #: (k, 2) of its content through the low and the high face; they add up to 1


class Polygons(NamedTuple):
    """Regions as convex polygons in the layout of vtkCellArray, counter-clockwise."""

    points: NDArray[np.float64]  #: (p, 2) x, y in index space: cell (j, i) is [i, i+1] x [j, j+1]
    offsets: NDArray[np.int64]  #: (q + 1,) polygon q has the points offsets[q] to offsets[q + 1]
    cell: NDArray[np.int32]  #: (q,) row in cells
    material: NDArray[np.int32]  #: (q,)


class Segments(NamedTuple):
    """Straight pieces of interface inside the mixed cells."""

    ends: NDArray[np.float64]  #: (s, 2, 2) two points x, y in index space, `below` on the left hand
    normal: NDArray[np.float64]  #: (s, 2) unit normal in index space, out of `below`
    length: NDArray[np.float64]  #: (s,) in cells
    below: NDArray[np.int32]  #: (s,) material on one side
    above: NDArray[np.int32]  #: (s,) material on the other side
    cell: NDArray[np.int32]  #: (s,) row in cells


class Contours(NamedTuple):
    """Interfaces joined across cells; a closed one repeats its first point."""

    points: NDArray[np.float64]  #: (p, 2) x, y in index space
    offsets: NDArray[np.int64]  #: (q + 1,) polyline q has the points offsets[q] to offsets[q + 1]
    below: NDArray[np.int32]  #: (q,) the material on the left hand
    above: NDArray[np.int32]  #: (q,) the other one


class MixedCells:
    """What a result on the host and one on a device say alike."""

    _native: _native.Reconstruction | _native.DeviceReconstruction

    def __len__(self) -> int:
        return len(self._native)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self)} mixed cells in {self.nmat} x {self.ny} x {self.nx}>"

    @property
    def nmat(self) -> int:
        """Number of materials."""
        return self._native.nmat

    @property
    def ny(self) -> int:
        """Number of cells along y."""
        return self._native.ny

    @property
    def nx(self) -> int:
        """Number of cells along x."""
        return self._native.nx

    @property
    def stats(self) -> Stats:
        """Counts and the worst volume residual of the call that made this result."""
        return Stats(*self._native.stats())


class Reconstruction(MixedCells):
    """One region per material in every mixed cell; made by a `Reconstructor`, reused through its `out=`.

    Owns its geometry and keeps no view of the host's arrays. Lengths are in cells, the cell is the unit square, x along
    i (the last axis), y along j. Methods that return arrays allocate them, except `swept` with `out=`.
    """

    def __init__(self) -> None:
        self._native: _native.Reconstruction = _native.Reconstruction()
        self._flushed = _nothing_flushed()

    @property
    def cells(self) -> NDArray[np.int32]:
        """(n, 2): j, i of the mixed cells, in row order. A new array at every access."""
        return self._filled("cells", (len(self), 2), np.int32)

    @property
    def index(self) -> NDArray[np.int32]:
        """(ny, nx): row in `cells`, or -1. A new array at every access."""
        return self._filled("index", (self.ny, self.nx), np.int32)

    @property
    def owner(self) -> NDArray[np.int32]:
        """(ny, nx): material of a pure cell, or -1 in a mixed one. A new array at every access."""
        return self._filled("owner", (self.ny, self.nx), np.int32)

    @property
    def flushed(self) -> Flushed:
        """Materials that left their cell entirely in the last `swept(..., flush=eps)`."""
        return self._flushed

    def volumes(self) -> NDArray[np.float64]:
        """(n, nmat): area of each region, from its geometry; the fractions to round-off."""
        return self._filled("volumes", (len(self), self.nmat), np.float64)

    def centroids(self) -> NDArray[np.float64]:
        """(n, nmat, 2): centroid x, y of each region in the unit cell; NaN where the material is absent."""
        return self._filled("centroids", (len(self), self.nmat, 2), np.float64)

    def subcell(self, s: int) -> NDArray[np.float64]:
        """(n, nmat, s, s): exact fraction of each of the s x s sub-cells, row 0 at the bottom. Cost: O(n s^2)."""
        s = whole("s", s, 1, 4096)
        return self._filled("subcell", (len(self), self.nmat, s, s), np.float64)

    def swept(
        self, axis: str, displacement: Any, out: NDArray[np.float64] | None = None, flush: float = 0.0
    ) -> NDArray[np.float64]:
        """Volume of each material that displaced faces sweep out of their donor cells.

        Parameters
        ----------
        axis : "x" or "y"
        displacement : array, (ny, nx+1) along x, (ny+1, nx) along y, float64
            In donor-cell widths, within [-1, 1], positive towards larger i (j). A cell loses at most itself through
            both its faces. The donor of an inflow through the edge of the mesh is the cell that the boundary rule puts
            there.
        out : array, (nmat, ny, nx+1) or (nmat, ny+1, nx), float64, optional
            Written in place and returned; any strides.
        flush : float
            In mixed donors |S| < flush becomes 0, and a material that would leave less than flush behind leaves
            entirely; the largest remaining volume of the face closes the sum. What left is in `flushed`.

        Returns
        -------
        array
            In donor-cell areas, signed as the displacement. The materials add up to the displacement; each takes at
            most its fraction, also through both faces together; displacement 1 gives exactly the fractions.

        Raises
        ------
        ValueError
            Naming face and value; then `out` is untouched.

        Notes
        -----
        Cost: one read of displacement, one write of out, closed forms in mixed donors. Allocates nothing with `out`.
        Source: Rider & Kothe, J. Comput. Phys. 141 (1998) 112.
        """
        along = axis_number(axis)
        if out is None:
            along_x = axis == "x"
            out = np.empty((self.nmat, self.ny + (not along_x), self.nx + along_x))
        moved, filled = in_place("displacement", displacement), in_place("out", out)
        if np.may_share_memory(moved, filled):
            raise ValueError("out shares memory with displacement")
        flushed = self._native.swept(along, moved, filled, real("flush", flush))
        self._flushed = Flushed(*flushed) if flush > 0 else _nothing_flushed()
        return out

    def clip(self, polygons: Any, cells: Any) -> NDArray[np.float64]:
        """(m, nmat, 3): area and first moments (integrals of x and y) of each material in polygons of cells.

        Parameters
        ----------
        polygons : array (m, v, 2), or a pair of points (p, 2) and offsets (m+1,)
            Convex, in the unit cell; polygon q has the points offsets[q] to offsets[q + 1].
        cells : array, (m, 2)
            j, i of the cell of each polygon; pure cells are as good as mixed ones.
        """
        if isinstance(polygons, tuple):
            points, offsets = np.asarray(polygons[0], float), whole_numbers("offsets", polygons[1], np.int64)
        else:
            regular = np.asarray(polygons, float)
            if regular.ndim != 3 or regular.shape[2] != 2:
                raise ValueError(f"polygons has the shape {regular.shape}, not (m, v, 2)")
            points = regular.reshape(-1, 2)
            offsets = np.arange(regular.shape[0] + 1, dtype=np.int64) * regular.shape[1]
        where = whole_numbers("cells", cells, np.int32)
        if where.ndim != 2 or where.shape[1] != 2:
            raise ValueError(f"cells has the shape {where.shape}, not (m, 2)")
        out = np.empty((len(where), self.nmat, 3))
        self._native.clip(points, offsets, where, out)
        return out

    def polygons(self) -> Polygons:
        """Regions of the mixed cells as convex polygons, wrapped (not converted) by vtkCellArray."""
        return Polygons(*self._native.polygons())

    def segments(self) -> Segments:
        """Pieces of interface inside the mixed cells."""
        return Segments(*self._native.segments())

    def contours(self) -> Contours:
        """Interfaces joined across cells: through the middle where two cells disagree on the place at their face."""
        return Contours(*self._native.contours())

    def _filled(self, name: str, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
        out = np.empty(shape, dtype)
        getattr(self._native, name)(out)
        return out


def _nothing_flushed() -> Flushed:
    return Flushed(np.empty((0, 2), np.int32), np.empty(0, np.int32), np.empty((0, 2)))
