"""The image autoencoder in PyTorch: the field's classic net, in the original size, shrunk, or any member of the sweep.

An image is a tile of 8 x 8 cells, each painted with 8 x 8 pixels of its signed fraction. Convolutions, each with a
pooling layer, lead to a few numbers; transposed convolutions, pooled likewise, lead back to 64 x 64 pixels, which are
read at the corners of pixels that are nodes of one cell's level set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mirhydro import model_file
from mirhydro.autoencoder import CELL, PIXELS, TILE, Shape
from mirhydro.model_file import Model
from mirhydro.train.fields import Fields


class Autoencoder(nn.Module):
    """Tensors are named as in a model file: `encoder0` reads the image, `decoder0` writes it."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        sides, c = shape.sides(), shape.channels
        self.encoder = nn.ModuleList(nn.Conv2d(1 if k == 0 else c, c, 3, padding=1) for k in range(shape.convolutions))
        self.squeeze = nn.Linear(shape.flat, shape.bottleneck)
        self.expand = nn.Linear(shape.bottleneck, shape.flat)
        ratios = [sides[k] // sides[k + 1] for k in range(shape.convolutions)]
        self.decoder = nn.ModuleList(
            nn.ConvTranspose2d(c, 1 if k == 0 else c, up + 2, stride=up, padding=1) for k, up in enumerate(ratios)
        )

    def pooled(self, x: Tensor, stride: int) -> Tensor:
        """Largest of two by two pixels, `dilation` apart; the plane's last row and column are repeated beyond it."""
        d = self.shape.dilation
        beyond = d if stride == 1 else max(0, d - stride + 1)
        x = F.pad(x, (0, beyond, 0, beyond), mode="replicate")
        return F.max_pool2d(x, 2, stride=stride, dilation=d)

    @torch.no_grad()
    def wake(self, tiles: Tensor) -> None:
        """Scale and shift every layer by what a batch of signed fractions (n, 8, 8) makes of it.

        Narrow and deep ReLU nets are mostly born dead (Lu, Shin, Su & Karniadakis, Commun. Comput. Phys. 28 (2020)
        1671): of two channels and ten layers hardly any image is left at the other end. Sums of unit variance (Mishkin
        & Matas, ICLR 2016), two thirds of them positive, keep it.
        """
        last = self.decoder[0]
        handles = [
            layer.register_forward_hook(_set)
            for layer in (*self.encoder, self.squeeze, self.expand, *self.decoder)
            if layer is not last
        ]
        try:
            self(paint(tiles))
        finally:
            for handle in handles:
                handle.remove()
        for parameter in last.parameters():
            parameter.mul_(0.1)  # a small correction to begin with

    def forward(self, images: Tensor) -> Tensor:
        """(n, 64, 64) to (n, 64, 64)."""
        shape, sides = self.shape, self.shape.sides()
        x = images[:, None]
        for k, layer in enumerate(self.encoder):
            x = F.relu(layer(x))
            if sides[k + 1] < sides[k]:
                x = self.pooled(x, shape.pool)
        code = F.relu(self.squeeze(x.flatten(1)))
        x = F.relu(self.expand(code)).view(-1, shape.channels, sides[-1], sides[-1])
        for k in reversed(range(shape.convolutions)):
            x = self.decoder[k](x)
            if k > 0:
                x = F.relu(x)
                if shape.pool > 1 and sides[k] > 1:
                    x = self.pooled(x, 1)
        return x[:, 0]

    def nodes(self, tiles: Tensor) -> Tensor:
        """Signed fractions (n, 8, 8) of tiles to values (n, (K+1)^2) at the nodes of their cell (3, 3)."""
        return read_nodes(self(paint(tiles)), self.shape.nodes)

    def said(self, data: Fields) -> tuple[Tensor, Tensor]:
        """Values of nodes, and arguments of weights, about which images say nothing: 0."""
        tiles = data.tiles.view(-1, TILE, TILE)
        if tiles.is_cuda:  # of a few sizes only: cuDNN plans anew for each
            short = -len(tiles) % 512
            with torch.autocast("cuda", torch.bfloat16):
                answer = self.nodes(F.pad(tiles, (0, 0, 0, 0, 0, short)))[: len(tiles)].float()
        else:
            answer = self.nodes(tiles)
        # a constant on all nodes is what the volume takes back: it would drift
        return answer - answer.mean(1, keepdim=True), answer.new_zeros(len(answer))

    def named(self) -> dict[str, Any]:
        """Weights by their names in a model file, float32."""
        return {
            name.replace("encoder.", "encoder").replace("decoder.", "decoder"): value.detach().cpu().float().numpy()
            for name, value in self.state_dict().items()
        }

    def model(self, recipe: Mapping[str, Any], data: str, half: bool = False) -> Model:
        """As it stands in a file."""
        return model_file.autoencoder(self.named(), **asdict(self.shape), recipe=recipe, data=data, half=half)

    def load(self, model: Model) -> None:
        """Weights of a model file of the same shape."""
        state = {name: torch.tensor(np.asarray(model.tensors[_stored(name)], np.float32)) for name in self.state_dict()}
        self.load_state_dict(state)


def _stored(name: str) -> str:
    return name.replace("encoder.", "encoder").replace("decoder.", "decoder")


def _set(layer: nn.Module, _: Any, sums: Tensor) -> Tensor:
    """A hook: the layer's sums, and from now on the layer, of unit variance and of mean one half."""
    over = [0, 2, 3] if sums.ndim == 4 else [0]
    spread, mean = sums.std(over).clamp_min(1e-3), sums.mean(over)
    weight, bias = layer.weight, layer.bias
    assert isinstance(weight, Tensor) and isinstance(bias, Tensor)
    outputs = 1 if isinstance(layer, nn.ConvTranspose2d) else 0
    weight.div_(spread.view([-1 if axis == outputs else 1 for axis in range(weight.ndim)]))
    bias.sub_(mean).div_(spread).add_(0.5)
    shape = [1, -1, 1, 1] if sums.ndim == 4 else [1, -1]
    result: Tensor = (sums - mean.view(shape)) / spread.view(shape) + 0.5
    return result


def paint(tiles: Tensor) -> Tensor:
    """Signed fractions (n, 8, 8) as images (n, 64, 64)."""
    return tiles.repeat_interleave(PIXELS, 1).repeat_interleave(PIXELS, 2)


def read_nodes(images: Tensor, K: int) -> Tensor:
    """Values of images (n, 64, 64) at the nodes of cell (3, 3), (n, (K+1)^2): means of the four pixels around them."""
    first, step = CELL * PIXELS, PIXELS // K
    x = images[:, first - 1 : first + PIXELS + 1, first - 1 : first + PIXELS + 1]
    corners = ((x[:, :-1, :-1] + x[:, 1:, 1:]) + (x[:, :-1, 1:] + x[:, 1:, :-1])) * 0.25
    return corners[:, ::step, ::step].flatten(1)
