from __future__ import annotations

import collections.abc
import typing

import numpy

__all__: list[str] = [
    "Reconstruction",
    "Reconstructor",
    "ShapeHandle",
    "build_type",
    "compiler",
    "instruction_set",
    "methods",
    "shape_circle",
    "shape_ellipse",
    "shape_fractions",
    "shape_half_plane",
    "shape_implicit",
    "shape_overlap",
    "shape_polygon",
    "version",
]

class Reconstruction:
    def __init__(self) -> None: ...
    def __len__(self) -> int: ...
    def cells(self, out: numpy.ndarray) -> None: ...
    def centroids(self, out: numpy.ndarray) -> None: ...
    def clip(self, points: numpy.ndarray, offsets: numpy.ndarray, cells: numpy.ndarray, out: numpy.ndarray) -> None: ...
    def contours(self) -> tuple: ...
    def index(self, out: numpy.ndarray) -> None: ...
    def owner(self, out: numpy.ndarray) -> None: ...
    def polygons(self) -> tuple: ...
    def segments(self) -> tuple: ...
    def stats(self) -> tuple[int, float, int, int, int, int]: ...
    def subcell(self, out: numpy.ndarray) -> None: ...
    def swept(
        self,
        axis: typing.SupportsInt | typing.SupportsIndex,
        displacement: numpy.ndarray,
        out: numpy.ndarray,
        flush: typing.SupportsFloat | typing.SupportsIndex,
    ) -> tuple: ...
    def volumes(self, out: numpy.ndarray) -> None: ...
    @property
    def nmat(self) -> int: ...
    @property
    def nx(self) -> int: ...
    @property
    def ny(self) -> int: ...

class Reconstructor:
    def __call__(
        self, vf: numpy.ndarray, out: Reconstruction, where: numpy.ndarray | None, centroids: numpy.ndarray | None
    ) -> None: ...
    def __init__(
        self,
        method: str,
        threads: typing.SupportsInt | typing.SupportsIndex,
        eps: typing.SupportsFloat | typing.SupportsIndex,
        spacing_x: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
        spacing_y: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
        ghost: typing.SupportsInt | typing.SupportsIndex,
        boundary: typing.Annotated[collections.abc.Sequence[str], "FixedSize(4)"],
        order: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
        nodes: typing.SupportsInt | typing.SupportsIndex,
        share_nodes: bool | None,
    ) -> None: ...
    @property
    def ghost_layers(self) -> int: ...

class ShapeHandle:
    def complement(self) -> ShapeHandle: ...
    def intersection(self, arg0: ShapeHandle) -> ShapeHandle: ...
    def union(self, arg0: ShapeHandle) -> ShapeHandle: ...

def instruction_set() -> str: ...
def methods() -> list[str]: ...
def shape_circle(
    x: typing.SupportsFloat | typing.SupportsIndex,
    y: typing.SupportsFloat | typing.SupportsIndex,
    radius: typing.SupportsFloat | typing.SupportsIndex,
) -> ShapeHandle: ...
def shape_ellipse(
    x: typing.SupportsFloat | typing.SupportsIndex,
    y: typing.SupportsFloat | typing.SupportsIndex,
    a: typing.SupportsFloat | typing.SupportsIndex,
    b: typing.SupportsFloat | typing.SupportsIndex,
    angle: typing.SupportsFloat | typing.SupportsIndex,
) -> ShapeHandle: ...
def shape_fractions(
    shapes: collections.abc.Sequence[ShapeHandle],
    extent: typing.Annotated[collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(4)"],
    out: numpy.ndarray,
) -> None: ...
def shape_half_plane(
    px: typing.SupportsFloat | typing.SupportsIndex,
    py: typing.SupportsFloat | typing.SupportsIndex,
    nx: typing.SupportsFloat | typing.SupportsIndex,
    ny: typing.SupportsFloat | typing.SupportsIndex,
) -> ShapeHandle: ...
def shape_implicit(f: collections.abc.Callable) -> ShapeHandle: ...
def shape_overlap(shape: ShapeHandle, points: numpy.ndarray, offsets: numpy.ndarray, out: numpy.ndarray) -> None: ...
def shape_polygon(points: numpy.ndarray) -> ShapeHandle: ...

build_type: str = "Release"
compiler: str = "GNU 12.2.0"
version: str = "0.1.0"
