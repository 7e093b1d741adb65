"""Random stencil nets for the tests of model files and engines, and the slow obvious forward pass."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np

from mirhydro import model_file
from mirhydro.autoencoder import Shape
from mirhydro.bench import command as bench


def random_model(widths: tuple[int, ...] = (55, 64, 64, 26), seed: int = 0) -> model_file.Model:
    random = np.random.default_rng(seed)
    layers = [
        (random.normal(0, np.sqrt(2 / a), (b, a)), random.normal(0, 0.1, b)) for a, b in itertools.pairwise(widths)
    ]
    nodes = {10: 2, 17: 3, 26: 4}[widths[-1]]
    return model_file.stencil_net(layers, nodes=nodes, recipe={"seed": seed, "note": "größer"}, data="none")


def written(folder: Path, widths: tuple[int, ...] = (55, 64, 64, 26), seed: int = 0) -> tuple[Path, model_file.Model]:
    model = random_model(widths, seed)
    path = folder / f"net{seed}.safetensors"
    model_file.write(path, model)
    return path, model


def forward(model: model_file.Model, batch: np.ndarray) -> np.ndarray:
    """In float64."""
    x = np.asarray(batch, np.float64)
    count = len(model.tensors) // 2
    for k in range(count):
        x = x @ model.tensors[f"layer{k}.weight"].astype(np.float64).T + model.tensors[f"layer{k}.bias"]
        if k < count - 1:
            x = np.maximum(x, 0)
    return x


def batch(n: int, inputs: int = 55, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, inputs)).astype(np.float32)


def random_autoencoder(
    channels: int = 2,
    pool: int = 2,
    dilation: int = 1,
    bottleneck: int = 8,
    convolutions: int = 5,
    nodes: int = 2,
    half: bool = False,
    seed: int = 0,
) -> model_file.Model:
    shape = Shape(channels, pool, dilation, bottleneck, convolutions, nodes)
    return bench.random_autoencoder(shape, half, seed)


def images(n: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, (n, 64, 64)).astype(np.float32)
