from __future__ import annotations

import collections.abc
import typing

import numpy
import typing_extensions

__all__: list[str] = [
    "Engine",
    "Reconstruction",
    "Reconstructor",
    "ShapeHandle",
    "build_type",
    "compiler",
    "describe_model",
    "instruction_set",
    "level_set_offsets",
    "methods",
    "models",
    "net_inputs",
    "shape_circle",
    "shape_ellipse",
    "shape_fractions",
    "shape_half_plane",
    "shape_implicit",
    "shape_overlap",
    "shape_polygon",
    "version",
]

class Engine:
    def __init__(
        self,
        model: str,
        engine: str,
        device: str,
        precision: str,
        threads: typing.SupportsInt | typing.SupportsIndex,
        trusted: bool,
    ) -> None: ...
    def description(self) -> str: ...
    def infer(self, batch: numpy.ndarray, out: numpy.ndarray) -> None: ...
    def infer_dlpack(self, batch: typing_extensions.CapsuleType, out: typing_extensions.CapsuleType) -> None: ...
    @property
    def input_shape(self) -> tuple: ...
    @property
    def output_shape(self) -> tuple: ...

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
        model: str,
        engine: str,
        device: str,
        precision: str,
        trusted: bool,
    ) -> None: ...
    @property
    def ghost_layers(self) -> int: ...

class ShapeHandle:
    def complement(self) -> ShapeHandle: ...
    def intersection(self, arg0: ShapeHandle) -> ShapeHandle: ...
    def union(self, arg0: ShapeHandle) -> ShapeHandle: ...

def describe_model(model: str) -> dict: ...
def instruction_set() -> str: ...
def level_set_offsets(nodes: numpy.ndarray, vf: numpy.ndarray, out: numpy.ndarray, coarse: bool) -> None: ...
def methods() -> list[str]: ...
def models() -> list[str]: ...
def net_inputs(
    vf: numpy.ndarray, nodes: typing.SupportsInt | typing.SupportsIndex, periodic: bool, tiles: bool
) -> tuple: ...
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
