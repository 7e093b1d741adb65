"""What training makes small: the area that a net's interfaces misplace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import torch
from torch import Tensor

from mirhydro.train.areas import sub_areas
from mirhydro.train.fields import SQUARES, Fields
from mirhydro.train.method import Said, level_sets

#: beyond this a cell's volume tells less about its interface: half the weight in the loss
VOLUME_NOISE = 0.02
MODESTY = 1e-5  #: of the mean square of what a net says: its scale must not drift where it does not matter


class Net(Protocol):
    """What can be trained: a module that answers to cells."""

    def said(self, data: Fields) -> Said: ...
    def parameters(self) -> Iterator[torch.nn.Parameter]: ...
    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, state: Mapping[str, Any]) -> Any: ...


def misplaced(data: Fields, areas: Tensor) -> tuple[Tensor, Tensor]:
    """Area misplaced in each cell, in cells, by interfaces with these areas; how far its volume is off the truth."""
    off = (data.truth.mean(1) - data.vf.detach().to(data.truth)).abs()
    return (areas - data.truth).abs().mean(1), off


def areas_of(data: Fields, said: Said | None) -> Tensor:
    """Areas (cells, s^2) in the squares of the truth, of the whole method; without a net's word those of the base."""
    return sub_areas(level_sets(said, data), data.K, SQUARES[data.K])


def _weights(data: Fields, off: Tensor, fine: float, power: float) -> Tensor:
    """Of cells in the loss: less where the volume is off, more where the base is good already."""
    certain = 1 / (1 + off / VOLUME_NOISE)
    scale = (fine / (data.rho + fine)) ** power
    return torch.where((off < 0.25) & data.counts, certain * scale, torch.zeros_like(off))


def judged(net: Net, data: Fields, fine: float, power: float) -> tuple[Tensor, Tensor, Tensor]:
    """Mean misplaced area, what keeps the answers' scale, and the areas themselves."""
    said = net.said(data)
    areas = areas_of(data, said)
    error, off = misplaced(data, areas)
    weight = _weights(data, off, fine, power)
    size = (said[0] ** 2).mean()
    for part in said[1:]:
        size = size + (part**2).mean()
    return (weight * error).sum() / weight.sum(), MODESTY * size, areas
