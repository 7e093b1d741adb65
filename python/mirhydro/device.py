"""A reconstruction whose arrays stay on the device that its fractions lie on."""

from __future__ import annotations

from typing import Any

from . import _native
from .arrays import device_of, empty_like, handed_over
from .reconstruction import MixedCells, axis_number


class DeviceReconstruction(MixedCells):
    """One region per material in every mixed cell of a field on a device; made by a `Reconstructor`, reused by `out=`.

    Arrays in and out are of the caller's own library (torch, CuPy) and stay on the device. Polygons, contours and
    sub-cell fractions are for the host: reconstruct a copy of the field there.
    """

    def __init__(self) -> None:
        self._native: _native.DeviceReconstruction = _native.DeviceReconstruction()
        self._like: Any = None

    @property
    def cells(self) -> Any:
        """(n, 2), int32: j, i of the mixed cells, in row order. A new array at every access."""
        out = self._empty((len(self), 2), "int32")
        self._native.cells(handed_over(out))
        return out

    def volumes(self) -> Any:
        """(n, 2), float64: areas of the materials in each mixed cell."""
        out = self._empty((len(self), 2), "float64")
        self._native.volumes(handed_over(out))
        return out

    def swept(self, axis: str, displacement: Any, out: Any = None) -> Any:
        """Volumes that cross the faces along an axis, as `Reconstruction.swept`.

        Parameters
        ----------
        axis : "x" or "y"
        displacement : array on the device, (ny, nx + 1) or (ny + 1, nx), float64
            In cells, |d| <= 1, positive towards higher indices.
        out : array on the device, (2, *displacement.shape), float64, optional
            Written in place and returned. Default: a new array of `displacement`'s own library.

        Raises
        ------
        ValueError, TypeError
            Naming argument, face and value; `out` is then unchanged.
        """
        along = axis_number(axis)
        self._filled()
        _on_the_same_device("displacement", displacement, self._like)
        if out is None:
            out = empty_like("displacement", displacement, (2, *displacement.shape), "float64")
        else:
            _on_the_same_device("out", out, self._like)
        self._native.swept(along, handed_over(displacement), handed_over(out))
        return out

    def _filled(self) -> None:
        if self._like is None:
            raise ValueError("nothing has been reconstructed on a device yet")

    def _empty(self, shape: tuple[int, ...], dtype: str) -> Any:
        self._filled()
        return empty_like("vf", self._like, shape, dtype)


def reconstruct_there(reconstructor: _native.Reconstructor, vf: Any, out: Any) -> DeviceReconstruction:
    """Fill and return `out`, or a new result, from fractions on a device."""
    if out is None:
        out = DeviceReconstruction()
    elif not isinstance(out, DeviceReconstruction):
        raise TypeError(f"out is a {type(out).__name__}, not a DeviceReconstruction: vf lies on a device")
    reconstructor.on_device(handed_over(vf), out._native)
    out._like = empty_like("vf", vf, (0,), "float64")
    return out


def _on_the_same_device(name: str, array: Any, like: Any) -> None:
    if not hasattr(array, "__dlpack__"):
        raise TypeError(f"{name} is a {type(array).__name__}, not an array on a device (DLPack)")
    have, want = device_of(array), device_of(like)
    if have != want:
        raise TypeError(f"{name} lies on a device of kind {have}, the reconstruction on one of kind {want} (DLPack)")
