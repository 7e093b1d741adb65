"""Sizes of image autoencoders: what a model file of theirs says; without torch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

TILE, PIXELS = 8, 8  #: cells along a side of a tile, pixels along a side of a cell
SIDE = TILE * PIXELS
CELL = 3  #: row and column of the tile's cell whose nodes are read


@dataclass(frozen=True)
class Shape:
    """What decides an autoencoder's size.

    `pool` is the stride of the pooling layers (windows of 2 x 2, 1: no pooling), `dilation` the distance of the two
    pixels of a window; `nodes` is K of the level sets that are read from its images. `meaning` is "correction" (of the
    base curve, in units of what that misses) or "level_set" (the images are the level sets themselves).
    """

    channels: int = 2
    pool: int = 2
    dilation: int = 1
    bottleneck: int = 8
    convolutions: int = 5
    nodes: int = 2
    meaning: str = "correction"

    def sides(self) -> list[int]:
        """Of the planes, from the image to the last convolution's."""
        sides = [SIDE]
        for _ in range(self.convolutions):
            sides.append(sides[-1] // self.pool if sides[-1] >= self.pool else sides[-1])
        return sides

    @property
    def flat(self) -> int:
        """Numbers that the fully connected layers start from and lead to."""
        return self.channels * self.sides()[-1] ** 2

    def multiplications(self) -> int:
        """Multiply-adds of one sample."""
        sides, c = self.sides(), self.channels
        total = 2 * self.flat * self.bottleneck
        for k in range(self.convolutions):
            outer = 1 if k == 0 else c
            total += 9 * outer * c * sides[k] ** 2
            up = sides[k] // sides[k + 1]
            total += (up + 2) ** 2 * outer * c * sides[k + 1] ** 2
        return total

    def parameters(self) -> int:
        return sum(math.prod(shape) for shape in self.tensors().values())

    def tensors(self) -> dict[str, tuple[int, ...]]:
        """Names and shapes in a model file."""
        sides, c = self.sides(), self.channels
        found: dict[str, tuple[int, ...]] = {}
        for k in range(self.convolutions):
            found[f"encoder{k}.weight"], found[f"encoder{k}.bias"] = (c, 1 if k == 0 else c, 3, 3), (c,)
        found["squeeze.weight"], found["squeeze.bias"] = (self.bottleneck, self.flat), (self.bottleneck,)
        found["expand.weight"], found["expand.bias"] = (self.flat, self.bottleneck), (self.flat,)
        for k in reversed(range(self.convolutions)):
            outer, size = 1 if k == 0 else c, sides[k] // sides[k + 1] + 2
            found[f"decoder{k}.weight"], found[f"decoder{k}.bias"] = (c, outer, size, size), (outer,)
        return found


ORIGINAL = Shape(channels=32, pool=1, bottleneck=32)
SHRUNK = Shape()


def shape_of(metadata: Mapping[str, str]) -> Shape:
    """Of a model file."""
    names: Sequence[str] = ("channels", "pool", "dilation", "bottleneck", "convolutions", "nodes")
    return Shape(**{name: int(metadata[name]) for name in names}, meaning=metadata["meaning"])
