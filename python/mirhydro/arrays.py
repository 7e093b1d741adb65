"""Arrays of the caller, seen in place: NumPy, the buffer protocol, DLPack."""

from __future__ import annotations

from typing import Any

import numpy as np


def in_place(name: str, array: Any) -> np.ndarray:
    """The caller's memory as a NumPy array; nothing is copied, so lists and masked arrays are refused.

    Raises
    ------
    TypeError
        Where there is no array to be seen in place, or it lies on a device.
    """
    if isinstance(array, np.ma.MaskedArray):
        raise TypeError(f"{name} is a masked array: pass its data, and where= for the mask")
    if isinstance(array, np.ndarray):
        return array
    if hasattr(array, "__dlpack__"):
        device = array.__dlpack_device__() if hasattr(array, "__dlpack_device__") else (1, 0)
        if int(device[0]) != 1:
            raise TypeError(f"{name} lies on device {tuple(int(d) for d in device)}: this engine reads CPU memory")
        return np.from_dlpack(array)
    try:
        return np.asarray(memoryview(array))
    except TypeError:
        kind = type(array).__name__
        raise TypeError(f"{name} is a {kind}, not an array (NumPy, buffer protocol or DLPack)") from None
