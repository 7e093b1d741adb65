"""Arrays of the caller, seen in place: NumPy, the buffer protocol, DLPack."""

from __future__ import annotations

import operator
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

CPU, CUDA, ROCM = 1, 2, 10  #: DLPack's kinds of devices
HOST = (CPU, 3, 11, 13)  #: what the processor reads: its own memory, pinned for CUDA and ROCm, shared with a device


def device_of(array: Any) -> int:
    """DLPack's number of the kind of device that an array lies on; 1, the CPU, for whatever does not say."""
    if isinstance(array, np.ndarray) or not hasattr(array, "__dlpack_device__"):
        return CPU
    kind = int(array.__dlpack_device__()[0])
    return CPU if kind in HOST else kind


def in_place(name: str, array: Any) -> np.ndarray:
    """The caller's memory as a NumPy array; nothing is copied, so lists and masked arrays are refused.

    Raises
    ------
    TypeError
        Where there is no array to be seen in place, or it lies on a device.
    BufferError
        Where the array's own library does not hand it out: a tensor that requires its gradient.
    """
    if isinstance(array, np.ma.MaskedArray):
        raise TypeError(f"{name} is a masked array: pass its data, and where= for the mask")
    if isinstance(array, np.ndarray):
        return array
    if hasattr(array, "__dlpack__"):
        if device_of(array) != CPU:
            device = tuple(int(d) for d in array.__dlpack_device__())
            raise TypeError(f"{name} lies on device {device}: this engine reads CPU memory")
        try:
            return np.from_dlpack(array)
        except (BufferError, RuntimeError) as error:  # a tensor that requires its gradient, a type that NumPy lacks
            raise BufferError(f"{name}: {error}") from None
    try:
        return np.asarray(memoryview(array))
    except TypeError:
        kind = type(array).__name__
        raise TypeError(f"{name} is a {kind}, not an array (NumPy, buffer protocol or DLPack)") from None


def handed_over(array: Any) -> Any:
    """An array as a DLPack capsule, in place; on a device its work so far comes first."""
    stream = {CUDA: 1, ROCM: 0}.get(device_of(array))  # the default one, on which LibTorch works
    return array.__dlpack__() if stream is None else array.__dlpack__(stream=stream)


def empty_like(name: str, array: Any, shape: tuple[int, ...], dtype: str) -> Any:
    """A new array of another array's own library, on its device."""
    library = sys.modules.get(type(array).__module__.split(".")[0])
    if library is not None and library.__name__ == "torch":
        return library.empty(shape, dtype=getattr(library, dtype), device=array.device)
    if library is not None and library.__name__ == "cupy":
        with array.device:
            return library.empty(shape, dtype)
    raise TypeError(f"{name} is a {type(array).__name__} on a device: pass out=, too")


def whole(name: str, value: Any, least: int, most: int = 2**31 - 1) -> int:
    """An integer argument within its limits; a bool or a float is none."""
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise TypeError(f"{name} = {value!r}: a whole number")
    if not least <= number <= most:
        raise ValueError(f"{name} = {number}: lies in [{least}, {most}]")
    return number


def real(name: str, value: Any) -> float:
    """A number; text is none."""
    try:
        return float(value + 0)
    except (TypeError, ValueError):
        raise TypeError(f"{name} = {value!r}: a number") from None


def whole_numbers(name: str, values: Any, dtype: Any) -> NDArray[Any]:
    """An array of integers in another integer type; refused where a value does not survive that."""
    given = np.asarray(values)
    if given.dtype.kind not in "iu":
        raise TypeError(f"{name} has dtype {given.dtype}: whole numbers")
    limits = np.iinfo(dtype)
    if given.size and (given.min() < limits.min or given.max() > limits.max):
        raise ValueError(f"{name} has the value {max(given.max(), -given.min())}: beyond {np.dtype(dtype)}")
    return np.ascontiguousarray(given, dtype)
