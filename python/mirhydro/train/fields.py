"""Snapshots as training reads them: features of their cells, nodes that these share, truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from mirhydro import _native
from mirhydro.train.snapshots import SUB_CELLS, Snapshot

SIZE = 52  #: where the features have the fourth root of rho
SQUARES = {2: 4, 3: 6, 4: 4}  #: sub-cells along a side in which areas are compared, by K


@dataclass
class Fields:
    """Cells of many snapshots one after the other; `first[k]` is the first cell of snapshot k, `first_node` its node.

    `sharing` (cells, (K+1)^2) numbers the nodes of a snapshot from 0.
    """

    K: int
    features: Tensor
    tiles: Tensor
    code: Tensor
    base: Tensor
    weight: Tensor
    voice: Tensor
    reach: Tensor
    vf: Tensor
    truth: Tensor
    sharing: Tensor
    counts: Tensor
    first: np.ndarray
    first_node: np.ndarray

    @property
    def rho(self) -> Tensor:
        """Root mean square of what the base misses."""
        return self.features[:, SIZE] ** 4

    def __len__(self) -> int:
        return len(self.first) - 1

    def to(self, device: str) -> Fields:
        """The same on a device."""
        return replace(self, **{name: getattr(self, name).to(device) for name in TENSORS})


#: of Fields, cell by cell
TENSORS = ("features", "tiles", "code", "base", "weight", "voice", "reach", "vf", "truth", "sharing", "counts")


def fields(snapshots: Sequence[Snapshot], K: int, tiles: bool = False) -> Fields:
    """Features are computed by the core, as it does while it reconstructs; tiles of autoencoders where asked for."""
    parts: dict[str, list[np.ndarray]] = {name: [] for name in TENSORS}
    first, first_node = [0], [0]
    s = SQUARES[K]
    for snap in snapshots:
        cells, features, turns, base, weight, voice, reach, images = _native.net_inputs(snap.vf, K, False, tiles)
        if len(cells) == 0 or not np.array_equal(cells, snap.cells):  # both in row order
            continue
        parts["features"].append(features)
        parts["tiles"].append(images if tiles else np.empty((len(cells), 0), np.float32))
        parts["code"].append(((turns < 0) * np.array([1, 2, 4, 8])).sum(axis=1).astype(np.uint8))
        parts["base"].append(base.astype(np.float32))
        parts["weight"].append(weight.astype(np.float32))
        parts["voice"].append(voice.astype(np.float32))
        parts["reach"].append(reach.astype(np.float32))
        parts["counts"].append(snap.counts)
        parts["vf"].append(snap.vf[cells[:, 0], cells[:, 1]])
        per = SUB_CELLS // s
        squares = snap.truth.reshape(-1, s, per, s, per).astype(np.float32).mean(axis=(2, 4)) / 65535
        parts["truth"].append(squares.reshape(-1, s * s))
        across = K * snap.vf.shape[1] + 1
        at = np.arange(K + 1)
        rows, columns = K * cells[:, 0, None] + at, K * cells[:, 1, None] + at
        node = (rows[:, :, None] * across + columns[:, None, :]).reshape(len(cells), -1)
        distinct, local = np.unique(node, return_inverse=True)
        parts["sharing"].append(local.reshape(node.shape).astype(np.int32))
        first.append(first[-1] + len(cells))
        first_node.append(first_node[-1] + len(distinct))
    joined = {name: torch.from_numpy(np.concatenate(part)) for name, part in parts.items()}
    return Fields(K=K, first=np.array(first), first_node=np.array(first_node), **joined)


def batch(data: Fields, chosen: np.ndarray) -> Fields:
    """Some of the snapshots."""
    device = data.features.device
    rows = np.concatenate([np.arange(data.first[k], data.first[k + 1]) for k in chosen])
    cells = np.array([data.first[k + 1] - data.first[k] for k in chosen])
    nodes = np.array([data.first_node[k + 1] - data.first_node[k] for k in chosen])
    first, first_node = np.r_[0, np.cumsum(cells)], np.r_[0, np.cumsum(nodes)]
    at = torch.from_numpy(rows).to(device)
    shift = torch.from_numpy(np.repeat(first_node[:-1], cells)).to(device)
    return Fields(
        K=data.K,
        features=data.features[at],
        tiles=data.tiles[at],
        code=data.code[at].long(),
        base=data.base[at],
        weight=data.weight[at],
        voice=data.voice[at],
        reach=data.reach[at],
        vf=data.vf[at],
        truth=data.truth[at],
        sharing=data.sharing[at].long() + shift[:, None],
        counts=data.counts[at],
        first=first,
        first_node=first_node,
    )
