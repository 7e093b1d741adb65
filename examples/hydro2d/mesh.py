"""The uniform mesh, its four sides, and the two axes along which the scheme sweeps.

Fields are (ny, nx). Fields with ghosts are (ny + 2 GHOSTS, nx + 2 GHOSTS) for both axes, so that a block of rows
with its ghosts is a view whichever way the sweep goes. Faces are (ny, nx + 1) along x and (ny + 1, nx) along y.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .eos import Array

GHOSTS = 2  # a limited slope in the first ghost cell needs the second
SIDES = ("wall", "outflow", "periodic")
BLOCK_CELLS = 32768  # a block's dozen scratch arrays stay in the second-level cache


def inner(padded: Array) -> Array:
    """The cells of the mesh in a field with ghosts: a view."""
    return padded[GHOSTS:-GHOSTS, GHOSTS:-GHOSTS]


@dataclass(frozen=True)
class Mesh:
    """ny x nx equal cells over extent (x0, x1, y0, y1); sides (x low, x high, y low, y high), each of SIDES.

    Raises
    ------
    ValueError
        When the mesh has no cells, the extent no area, or a side is unknown or periodic without its partner.
    """

    ny: int
    nx: int
    extent: tuple[float, float, float, float]
    sides: tuple[str, str, str, str]

    def __post_init__(self) -> None:
        if self.ny < 1 or self.nx < 1:
            raise ValueError(f"mesh of {self.ny} x {self.nx} cells: both counts are at least 1")
        if not (self.dx > 0 and self.dy > 0):
            raise ValueError(f"extent = {self.extent}: x0 < x1 and y0 < y1 are needed")
        for name, side in zip(("x low", "x high", "y low", "y high"), self.sides, strict=True):
            if side not in SIDES:
                raise ValueError(f"side {name} = {side!r}: one of {', '.join(SIDES)}")
        for low, high in (self.sides[:2], self.sides[2:]):
            if (low == "periodic") != (high == "periodic"):
                raise ValueError(f"sides = {self.sides}: a periodic side needs its opposite periodic")

    @property
    def dx(self) -> float:
        """Cell width."""
        return (self.extent[1] - self.extent[0]) / self.nx

    @property
    def dy(self) -> float:
        """Cell height."""
        return (self.extent[3] - self.extent[2]) / self.ny

    @property
    def shape(self) -> tuple[int, int]:
        """(ny, nx)."""
        return self.ny, self.nx

    @property
    def axes(self) -> tuple[Axis, Axis]:
        """The x axis and the y axis."""
        return Axis(self, "x"), Axis(self, "y")

    def centres(self) -> tuple[Array, Array]:
        """x (1, nx) and y (ny, 1) of the cell centres."""
        x0, _, y0, _ = self.extent
        x = x0 + (np.arange(self.nx) + 0.5) * self.dx
        y = y0 + (np.arange(self.ny) + 0.5) * self.dy
        return x[None, :], y[:, None]

    def with_ghosts(self) -> Array:
        """A new field of zeros with ghosts on all sides."""
        return np.zeros((self.ny + 2 * GHOSTS, self.nx + 2 * GHOSTS))

    def padded_index(self, cells: Array) -> Array:
        """Flat index into a field with ghosts of the cells that have flat index `cells` without."""
        return cells + 2 * GHOSTS * (cells // self.nx) + (GHOSTS * (self.nx + 2 * GHOSTS) + GHOSTS)

    def row_blocks(self) -> Iterator[tuple[int, int]]:
        """Ranges of rows whose cells fit in the cache together."""
        rows = max(1, BLOCK_CELLS // self.nx)
        for j0 in range(0, self.ny, rows):
            yield j0, min(j0 + rows, self.ny)


@dataclass(frozen=True)
class Axis:
    """One sweep direction of a mesh: slices, faces, ghosts and neighbours along it."""

    mesh: Mesh
    name: str

    @property
    def n(self) -> int:
        """Number of cells along the axis."""
        return self.mesh.nx if self.name == "x" else self.mesh.ny

    @property
    def spacing(self) -> float:
        """Cell width along the axis."""
        return self.mesh.dx if self.name == "x" else self.mesh.dy

    @property
    def sides(self) -> tuple[str, str]:
        """Low and high side."""
        return self.mesh.sides[:2] if self.name == "x" else self.mesh.sides[2:]

    @property
    def periodic(self) -> bool:
        """Whether the two ends are one."""
        return self.sides[0] == "periodic"

    @property
    def face_shape(self) -> tuple[int, int]:
        """(ny, nx + 1) or (ny + 1, nx)."""
        return (self.mesh.ny, self.mesh.nx + 1) if self.name == "x" else (self.mesh.ny + 1, self.mesh.nx)

    def along(self, q: Array, start: int, stop: int | None) -> Array:
        """q[start:stop] along the axis, q being (..., rows, columns): a view."""
        return q[..., start:stop] if self.name == "x" else q[..., start:stop, :]

    def block(self, padded: Array, j0: int, j1: int) -> Array:
        """Rows j0 to j1 of the mesh in a field with ghosts, with the ghosts along this axis: a view."""
        if self.name == "x":
            return padded[GHOSTS + j0 : GHOSTS + j1, :]
        return padded[j0 : j1 + 2 * GHOSTS, GHOSTS:-GHOSTS]

    def face_block(self, faces: Array, j0: int, j1: int) -> Array:
        """The faces of rows j0 to j1 of the mesh: a view."""
        return faces[..., j0:j1, :] if self.name == "x" else faces[..., j0 : j1 + 1, :]

    def fill_ghosts(self, padded: Array, odd: bool = False) -> None:
        """Fill both ends from the cells: a wall mirrors (`odd`: and negates), outflow copies, periodic wraps."""
        n = self.n
        for g in range(GHOSTS):
            for side, ghost, edge, step in (
                (self.sides[0], GHOSTS - 1 - g, 0, 1),
                (self.sides[1], GHOSTS + n + g, n - 1, -1),
            ):
                if side == "periodic":
                    source = (edge - step * (g + 1)) % n
                elif side == "wall":
                    source = edge + step * min(g, n - 1)
                else:
                    source = edge
                values = self.along(padded, GHOSTS + source, GHOSTS + source + 1)
                target = self.along(padded, ghost, ghost + 1)
                if odd and side == "wall":
                    np.negative(values, out=target)
                else:
                    target[...] = values

    def position(self, cells: Array) -> Array:
        """Index along the axis of the cells with flat index `cells`."""
        return cells % self.mesh.nx if self.name == "x" else cells // self.mesh.nx

    @property
    def stride(self) -> int:
        """Distance of neighbours along the axis in flat cell indices."""
        return 1 if self.name == "x" else self.mesh.nx

    def lower(self, cells: Array) -> Array:
        """Flat index of the lower neighbours; at an end the wrapped cell, or the cell itself."""
        at_end = self.stride * (self.n - 1) if self.periodic else 0
        return cells + np.where(self.position(cells) > 0, -self.stride, at_end)

    def upper(self, cells: Array) -> Array:
        """Flat index of the upper neighbours; at an end the wrapped cell, or the cell itself."""
        at_end = -self.stride * (self.n - 1) if self.periodic else 0
        return cells + np.where(self.position(cells) < self.n - 1, self.stride, at_end)

    def low_face(self, cells: Array) -> Array:
        """Flat index of each cell's low face."""
        return cells + cells // self.mesh.nx if self.name == "x" else cells

    def high_face(self, cells: Array) -> Array:
        """Flat index of each cell's high face; where periodic the last face is the first."""
        face = self.low_face(cells) + self.stride
        if not self.periodic:
            return face
        return np.where(self.position(cells) < self.n - 1, face, face - self.stride * self.n)

    def cells_of_faces(self, faces: Array) -> tuple[Array, Array]:
        """Flat indices of the cells below and above each face; beyond an end the wrapped or the last cell."""
        if self.name == "x":
            row, i = np.divmod(faces, self.mesh.nx + 1)
            first, n = row * self.mesh.nx, self.mesh.nx
        else:
            i, first = np.divmod(faces, self.mesh.nx)
            n = self.mesh.ny
        below, above = ((i - 1) % n, i % n) if self.periodic else (np.maximum(i - 1, 0), np.minimum(i, n - 1))
        return first + self.stride * below, first + self.stride * above

    def join_ends(self, faces: Array) -> None:
        """Give the two images of a periodic end the same bits: the last face becomes the first."""
        if self.periodic:
            self.along(faces, self.n, self.n + 1)[...] = self.along(faces, 0, 1)
