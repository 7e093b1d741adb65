"""The image autoencoder in PyTorch: the field's classic net, in the original size, shrunk, or any member of the sweep.

An image is a tile of 8 x 8 cells, each painted with 8 x 8 pixels of its signed fraction. Convolutions, each with a
pooling layer, lead to a few numbers; transposed convolutions, pooled likewise, lead back to 64 x 64 pixels, which are
read at the corners of pixels that are nodes of one cell's level set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mirhydro import model_file
from mirhydro.autoencoder import CELL, PIXELS, SIDE, TILE, Shape
from mirhydro.model_file import Model
from mirhydro.train.fields import Fields

IN_CACHE = 64  #: tiles whose planes a processor's core keeps near while it trains: twice as fast as 512 at a time
AROUND = range(CELL * PIXELS - 1, (CELL + 1) * PIXELS + 1)  #: rows and columns of the image that nodes are read from


class Part(NamedTuple):
    """Rows, and columns, of a plane that a transposed convolution reads, and of those it makes the ones to keep."""

    read: range
    kept: slice


class Autoencoder(nn.Module):
    """Tensors are named as in a model file: `encoder0` reads the image, `decoder0` writes it."""

    def __init__(self, shape: Shape, narrow: bool = False) -> None:
        super().__init__()
        self.shape = shape
        self.narrow = narrow  # layers that multiply do it in bfloat16, with weights in float32
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
        return self.decoded(self.encoded(images), range(SIDE))

    def encoded(self, images: Tensor) -> Tensor:
        """(n, 64, 64) to the bottleneck's (n, b)."""
        sides = self.shape.sides()
        x = images[:, None]
        for k, layer in enumerate(self.encoder):
            x = F.relu(layer(x))
            if sides[k + 1] < sides[k]:
                x = self.pooled(x, self.shape.pool)
        return F.relu(self.squeeze(x.flatten(1)))

    def decoded(self, code: Tensor, wanted: range) -> Tensor:
        """(n, b) to rows and columns `wanted` of the image; of the planes, only what these depend on is computed."""
        parts = self._parts(wanted)
        part, c, side = parts[-1].read, self.shape.channels, self.shape.sides()[-1]
        if len(part) == side:
            x = self.expand(code)
        else:
            at = slice(part.start, part.stop)
            weight = self.expand.weight.view(c, side, side, -1)[:, at, at].flatten(0, 2)
            x = F.linear(code, weight, self.expand.bias.view(c, side, side)[:, at, at].flatten())
        x = F.relu(x).view(-1, c, len(part), len(part))
        for k, (layer, part) in reversed(list(enumerate(zip(self.decoder, parts, strict=True)))):
            x = layer(x)[..., part.kept, part.kept]
            if k > 0:
                x = F.relu(x)
                if self._smoothed(k):
                    x = self.pooled(x, 1)
                x = x[..., : len(parts[k - 1].read), : len(parts[k - 1].read)]
        return x[:, 0]

    def _smoothed(self, k: int) -> bool:
        """Whether the plane that `decoder[k]` makes is pooled, at stride 1."""
        return k > 0 and self.shape.pool > 1 and self.shape.sides()[k] > 1

    def _parts(self, wanted: range) -> list[Part]:
        """Of every transposed convolution, from the image down, the pixels that `wanted` ones depend on."""
        found, sides = [], self.shape.sides()
        for k, (side, below) in enumerate(pairwise(sides)):
            if self._smoothed(k):
                wanted = range(wanted.start, min(wanted.stop + self.shape.dilation, side))
            up = side // below
            read = range(max(0, -(-wanted.start // up) - 1), min(wanted.stop // up + 1, below))
            first = wanted.start - read.start * up
            found.append(Part(read, slice(first, first + len(wanted))))
            wanted = read
        return found

    def nodes(self, tiles: Tensor) -> Tensor:
        """Signed fractions (n, 8, 8) of tiles to values (n, (K+1)^2) at the nodes of their cell (3, 3)."""
        return read_nodes(self.decoded(self.encoded(paint(tiles)), AROUND), self.shape.nodes)

    def said(self, data: Fields) -> tuple[Tensor, Tensor]:
        """Values of nodes, and arguments of weights, about which images say nothing: 0."""
        tiles = data.tiles.view(-1, TILE, TILE)
        with torch.autocast(tiles.device.type, torch.bfloat16, enabled=self.narrow):
            if tiles.is_cuda:  # of a few sizes only: cuDNN plans anew for each
                short = -len(tiles) % 512
                answer = self.nodes(F.pad(tiles, (0, 0, 0, 0, 0, short)))[: len(tiles)]
            else:
                answer = torch.cat([self.nodes(part) for part in tiles.split(IN_CACHE)])
        answer = answer.float()
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


def read_nodes(x: Tensor, K: int) -> Tensor:
    """Values of pixels `AROUND` cell (3, 3), (n, 10, 10), at its nodes, (n, (K+1)^2): means of the four around each."""
    step = PIXELS // K
    corners = ((x[:, :-1, :-1] + x[:, 1:, 1:]) + (x[:, :-1, 1:] + x[:, 1:, :-1])) * 0.25
    return corners[:, ::step, ::step].flatten(1)
