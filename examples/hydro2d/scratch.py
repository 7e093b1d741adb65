"""Scratch arrays that live from block to block and from step to step.

NumPy returns a temporary above 128 kB to the system at once, and the next one is mapped and cleared again: half the
time of a step. A kernel takes its temporaries from here instead and hands all of them back at its end.
"""

from __future__ import annotations

import numpy as np

from .eos import Array


class Scratch:
    """A stack of float64 buffers; `take` is valid until `reset`."""

    def __init__(self) -> None:
        self._buffers: list[Array] = []
        self._taken = 0

    def reset(self) -> None:
        """Hand back every array taken so far."""
        self._taken = 0

    def take(self, shape: tuple[int, ...]) -> Array:
        """An array of this shape with arbitrary content; allocates only when larger or deeper than ever before."""
        size = int(np.prod(shape))
        if self._taken == len(self._buffers):
            self._buffers.append(np.empty(size))
        elif self._buffers[self._taken].size < size:
            self._buffers[self._taken] = np.empty(size)
        buffer = self._buffers[self._taken]
        self._taken += 1
        return buffer[:size].reshape(shape)
