"""The stencil net in PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn

from mirhydro.model_file import Model
from mirhydro.train.fields import Fields

FEATURES = 55


class StencilNet(nn.Module):
    """Corrections of the (K+1)^2 nodes, and the argument of the cell's weight in averages, from its features."""

    def __init__(self, K: int, hidden: Sequence[int]) -> None:
        super().__init__()
        self.K, self.hidden = K, tuple(hidden)
        layers: list[nn.Module] = []
        width = FEATURES
        for size in hidden:
            layers += [nn.Linear(width, size), nn.ReLU()]
            width = size
        self.layers = nn.Sequential(*layers, nn.Linear(width, (K + 1) ** 2 + 1))
        self.reset()

    def linear(self) -> list[nn.Linear]:
        return [layer for layer in self.layers if isinstance(layer, nn.Linear)]

    def reset(self) -> None:
        """Random weights; it starts close to the base."""
        for layer in self.linear():
            layer.reset_parameters()
        last = self.linear()[-1]
        with torch.no_grad():
            last.weight.mul_(0.1)
            last.bias.zero_()

    def load(self, model: Model) -> None:
        """Weights of a model file of the same widths."""
        with torch.no_grad():
            for k, layer in enumerate(self.linear()):
                layer.weight.copy_(torch.tensor(model.tensors[f"layer{k}.weight"]))
                layer.bias.copy_(torch.tensor(model.tensors[f"layer{k}.bias"]))

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        said = self.layers(features)
        nodes = said[:, :-1]
        # a constant on all nodes is what the volume takes back: it would drift
        return nodes - nodes.mean(1, keepdim=True), said[:, -1]

    def said(self, data: Fields) -> tuple[Tensor, Tensor]:
        """What it answers to cells."""
        answer: tuple[Tensor, Tensor] = self(data.features)
        return answer

    def layer_arrays(self) -> list[tuple[Any, Any]]:
        """Weights and biases of the layers, the mean of the nodes already subtracted: what a model file holds."""
        arrays = [
            (layer.weight.detach().double().numpy(), layer.bias.detach().double().numpy()) for layer in self.linear()
        ]
        weight, bias = (a.copy() for a in arrays[-1])
        weight[:-1] -= weight[:-1].mean(axis=0)
        bias[:-1] -= bias[:-1].mean()
        return [*arrays[:-1], (weight, bias)]


@lru_cache(maxsize=8)
def turn_table(K: int, device: str = "cpu") -> tuple[Tensor, Tensor]:
    """For each turn where a node's answer stands, and its sign; bits: mirrored in x, in y, transposed, exchanged."""
    n = K + 1
    index = torch.empty(16, n * n, dtype=torch.long)
    sign = torch.empty(16, 1)
    for code in range(16):
        square = torch.arange(n * n).view(n, n)
        # what stands at a node of the turned square, for the nodes of the cell
        if code & 4:
            square = square.T
        if code & 2:
            square = square.flip(0)
        if code & 1:
            square = square.flip(1)
        index[code] = square.reshape(-1)
        sign[code] = -1.0 if code & 8 else 1.0
    return index.to(device), sign.to(device)
