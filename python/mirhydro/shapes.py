"""Shapes, their exact volume fractions on a mesh and the areas they share with polygons."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _native

__all__ = ["Circle", "Ellipse", "HalfPlane", "Implicit", "Polygon", "Shape", "overlap", "volume_fractions"]


def _number(name: str, value: object) -> float:
    if isinstance(value, (str, bytes)):
        raise TypeError(f"{name} = {value!r}: not a number")
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise TypeError(f"{name} = {value!r}: not a number") from None


def _pair(name: str, value: Any) -> tuple[float, float]:
    try:
        numbers = list(value)
    except TypeError:
        numbers = []
    if len(numbers) != 2:
        raise TypeError(f"{name} = {value!r}: not a pair of numbers")
    return _number(f"{name}[0]", numbers[0]), _number(f"{name}[1]", numbers[1])


def _points(value: object) -> NDArray[np.float64]:
    """(n, 2) float64, a read-only copy."""
    points = np.array(value)
    if points.dtype.kind not in "iuf":
        raise TypeError(f"points: {points.dtype} is not a real number type")
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"points has shape {points.shape}: points are pairs, (n, 2)")
    points = points.astype(np.float64)
    points.flags.writeable = False
    return points


class Shape:
    """A region of the plane: Circle, Ellipse, Polygon, HalfPlane, Implicit, or what `|`, `&`, `-` and `~` make of them.

    ``a | b`` is the union, ``a & b`` the intersection, ``a - b`` what `b` leaves of `a`, ``~a`` all that is not in
    `a`; the result is as exact as its parts. Zalesak's disc is ``Circle((.5, .75), .15) - Polygon(slot)``.
    Shapes are immutable, compare by value and can be pickled (an Implicit when its function can).
    """

    _handle: _native.ShapeHandle

    def _keep(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __or__(self, other: object) -> Shape:
        return _Combined("|", self, other) if isinstance(other, Shape) else NotImplemented

    def __and__(self, other: object) -> Shape:
        return _Combined("&", self, other) if isinstance(other, Shape) else NotImplemented

    def __sub__(self, other: object) -> Shape:
        return _Combined("&", self, ~other) if isinstance(other, Shape) else NotImplemented

    def __invert__(self) -> Shape:
        return _Complement(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(getattr(self, field.name) for field in fields(self))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Circle(Shape):
    """The disc of `radius` > 0 about `center` (x, y)."""

    center: tuple[float, float]
    radius: float

    def __post_init__(self) -> None:
        self._keep(center=_pair("center", self.center), radius=_number("radius", self.radius))
        self._keep(_handle=_native.shape_circle(*self.center, self.radius))


@dataclass(frozen=True)
class Ellipse(Shape):
    """The ellipse about `center` (x, y) with `semi_axes` (a, b) > 0; `angle` from x to the axis of a, in radians."""

    center: tuple[float, float]
    semi_axes: tuple[float, float]
    angle: float = 0.0

    def __post_init__(self) -> None:
        self._keep(center=_pair("center", self.center), semi_axes=_pair("semi_axes", self.semi_axes))
        self._keep(angle=_number("angle", self.angle))
        self._keep(_handle=_native.shape_ellipse(*self.center, *self.semi_axes, self.angle))


@dataclass(frozen=True)
class HalfPlane(Shape):
    """The side of the line through `point` (x, y) that `normal` (x, y; of any length) points away from."""

    point: tuple[float, float]
    normal: tuple[float, float]

    def __post_init__(self) -> None:
        self._keep(point=_pair("point", self.point), normal=_pair("normal", self.normal))
        self._keep(_handle=_native.shape_half_plane(*self.point, *self.normal))


@dataclass(frozen=True, eq=False, repr=False)
class Polygon(Shape):
    """The polygon with corners `points`, (n, 2) x, y in order, of either orientation; concave ones too.

    Raises ValueError when there are fewer than three different corners, edges cross each other or the area vanishes.
    Corners may lie on other edges; then what is inside follows the even-odd rule (so a hole can be cut in by a
    bridge of two coinciding edges).
    """

    points: NDArray[np.float64]

    def __init__(self, points: ArrayLike) -> None:
        self._keep(points=_points(points))
        self._keep(_handle=_native.shape_polygon(self.points))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Polygon) and np.array_equal(self.points, other.points)

    def __hash__(self) -> int:
        return hash((Polygon, self.points.tobytes()))

    def __repr__(self) -> str:
        if len(self.points) > 8:
            return f"Polygon(<{len(self.points)} points>)"
        return f"Polygon({self.points.tolist()})"


@dataclass(frozen=True)
class Implicit(Shape):
    """The points where ``f(x, y) < 0``.

    `f` takes two float64 arrays of one length and returns as many real values; it is called with up to some
    100,000 points at a time. NaN is refused with the point; what `f` raises reaches the caller.

    Accuracy: 1e-12 of the cell where the interface is smooth (also where it bends sharply: kinks cost time only),
    unless f's own round-off over a cell is larger, about ``2e-16 * abs(x) / dx`` for a well-scaled f.
    Missed: what shows in no sample. f is sampled on the nodes, and on 9 x 9 points in each cell near the interface,
    where near is judged by how much f changes from node to node; so a signed distance, or any f whose
    gradient varies slowly, loses at most specks inside a cell of less than about a sixth of its width, while an
    f that is flat at the nodes may hide more. An interface that only grazes a cell's side is looked for and found.
    Cost: f once per node, and some 1000 times for each cell it crosses, neighbours included (1e4 to 1e5 where the
    interface turns back in a cell or has a kink); the nodes' values in memory.
    """

    f: Callable[[NDArray[np.float64], NDArray[np.float64]], ArrayLike]

    def __post_init__(self) -> None:
        if not callable(self.f):
            raise TypeError(f"f = {self.f!r}: not a function of x and y")
        self._keep(_handle=_native.shape_implicit(_Values(self.f).at))


class _Values:
    """f with its answers checked."""

    def __init__(self, f: Callable[..., ArrayLike]) -> None:
        self._f = f

    def at(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        values = np.asarray(self._f(x, y))
        if values.dtype.kind not in "iuf":
            raise TypeError(f"f returned {values.dtype}: a level set has real values, negative inside")
        if values.shape != x.shape:
            raise ValueError(f"f returned shape {values.shape} for points of shape {x.shape}")
        return np.ascontiguousarray(values, dtype=np.float64)


@dataclass(frozen=True, repr=False)
class _Combined(Shape):
    sign: str
    first: Shape
    second: Shape

    def __post_init__(self) -> None:
        join = self.first._handle.union if self.sign == "|" else self.first._handle.intersection
        self._keep(_handle=join(self.second._handle))

    def __repr__(self) -> str:
        return f"({self.first!r} {self.sign} {self.second!r})"


@dataclass(frozen=True, repr=False)
class _Complement(Shape):
    shape: Shape

    def __post_init__(self) -> None:
        self._keep(_handle=self.shape._handle.complement())

    def __repr__(self) -> str:
        return f"~{self.shape!r}"


def _count(name: str, value: object) -> int:
    try:
        count = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{name} = {value!r}: not an integer") from None
    if not 1 <= count <= 1 << 30:
        raise ValueError(f"{name} = {count}: a mesh has 1 to 2^30 cells each way")
    return count


def volume_fractions(
    shapes: Sequence[Shape],
    ny: int,
    nx: int,
    extent: Sequence[float] = (0.0, 1.0, 0.0, 1.0),
) -> NDArray[np.float64]:
    """Volume fractions of shapes in every cell of a mesh; the first shape lies on top.

    Parameters
    ----------
    shapes : sequence of Shape
        One material each; a later one gets what those before it leave, the last material is the rest of the box.
    ny, nx : int
        Cells along y and along x, at least 1.
    extent : (x0, x1, y0, y1)
        The box, x0 < x1 and y0 < y1. Cell (j, i) starts at y0 + j * (y1 - y0) / ny, x0 + i * (x1 - x0) / nx.

    Returns
    -------
    array, (len(shapes) + 1, ny, nx), float64
        In [0, 1]; every cell sums to 1 to round-off; a cell that no boundary enters is exactly 0 or 1.

    Raises
    ------
    ValueError, TypeError
        Naming the argument and its value.

    Notes
    -----
    Accuracy: 1e-15 of the cell, also where boundaries of several shapes cross in it; where only one shape has a
    boundary in the cell a small fraction keeps its relative accuracy. Implicit shapes: see there.
    Cost: writing the result, and some microseconds for each cell that a boundary crosses. Holds no interpreter lock.
    Source: exact integrals over trapezoids between curved sides, set up in 32 digits (Dekker, Numer. Math. 18 (1971)
    224); columns for implicit shapes (Saye, SIAM J. Sci. Comput. 37 (2015) A993).
    """
    if isinstance(shapes, Shape):
        raise TypeError(f"shapes = {shapes!r}: a sequence of shapes is needed, [shape] for one")
    handles = []
    for k, shape in enumerate(shapes):
        if not isinstance(shape, Shape):
            raise TypeError(f"shapes[{k}] = {shape!r}: not a shape")
        handles.append(shape._handle)
    rows, columns = _count("ny", ny), _count("nx", nx)
    if len(extent) != 4:
        raise ValueError(f"extent = {extent!r}: four numbers, x0, x1, y0, y1")
    box = [_number(f"extent[{k}]", side) for k, side in enumerate(extent)]
    vf = np.empty((len(handles) + 1, rows, columns))
    _native.shape_fractions(handles, box, vf)
    return vf


def overlap(shape: Shape, points: ArrayLike, offsets: ArrayLike) -> NDArray[np.float64]:
    """Area that a shape shares with each of many convex polygons.

    Parameters
    ----------
    shape : Shape
    points : array, (p, 2)
        Corners x, y, of either orientation.
    offsets : array, (q + 1,), integers
        Polygon k has the corners offsets[k] up to offsets[k + 1] - 1, as in `Reconstruction.polygons`.

    Returns
    -------
    array, (q,), float64
        In units of the coordinates; polygons without area give 0. Concave polygons are served as well.

    Raises
    ------
    ValueError, TypeError
        Naming the argument and its value.

    Notes
    -----
    Accuracy: 1e-15 of the polygon's bounding box; 1e-12 for Implicit. Cost: some microseconds a polygon, plus
    the shape's own corners when it is a polygon. Source: as volume_fractions.
    """
    if not isinstance(shape, Shape):
        raise TypeError(f"shape = {shape!r}: not a shape")
    starts = np.asarray(offsets)
    if starts.dtype.kind not in "iu":
        raise TypeError(f"offsets: {starts.dtype} is not an integer type")
    if starts.ndim != 1 or len(starts) < 1:
        raise ValueError(f"offsets has shape {starts.shape}: (q + 1,) is needed")
    areas = np.empty(len(starts) - 1)
    _native.shape_overlap(shape._handle, _points(points), starts.astype(np.int64), areas)
    return areas
