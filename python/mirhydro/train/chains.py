"""Chains of sweeps: a net meets what its own interfaces have carried, and is told what came of it.

A shape moves by whole squares of its truth, along x and y in turn, so that the truth of every cell stays exact. The
fractions move with the level sets of the net. Each interface's error has a gradient in those of all sweeps before,
through the fractions that they carried; the features of later sweeps are taken as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from mirhydro.train.fields import SQUARES, Fields, batch, fields
from mirhydro.train.loss import Net, judged
from mirhydro.train.shapes import Array, Rng
from mirhydro.train.snapshots import SUB_CELLS, Snapshot, mixed

LARGEST = 64  #: cells along a side: finer snapshots cost more than they teach
PURE = 1e-6  #: fractions nearer to 0 or 1 than single precision tells are 0 or 1


@dataclass
class Chain:
    """A field (n, n) in float64 that carries its history's gradient, the truth (12 n, 12 n), and the moves to come.

    `moves` are the squares by which the shape moves in a sweep along x and along y; `axis` is that of the next sweep.
    """

    vf: Tensor
    fine: Array
    moves: tuple[int, int]
    axis: int

    def snapshot(self) -> Snapshot:
        return mixed(self.vf.detach().numpy(), self.fine)


def begun(snapshot: Snapshot, K: int, sweeps: int, rng: Rng) -> Chain:
    """A chain from a snapshot of a shape that touches no side; up to half a cell in a sweep."""
    n = snapshot.vf.shape[0]
    inside = np.repeat(np.repeat(snapshot.vf > 0.5, SUB_CELLS, axis=0), SUB_CELLS, axis=1).astype(float)
    squares = inside.reshape(n, SUB_CELLS, n, SUB_CELLS).swapaxes(1, 2)
    j, i = snapshot.cells.T
    squares[j, i] = snapshot.truth.reshape(-1, SUB_CELLS, SUB_CELLS) / 65535
    room = 4 + sweeps // 4
    most = SQUARES[K] // 2
    moves = rng.integers(-most, most + 1, 2)
    return Chain(
        vf=torch.from_numpy(np.pad(snapshot.vf, room)),
        fine=np.pad(inside, room * SUB_CELLS),
        moves=(int(moves[0]), int(moves[1])),
        axis=int(rng.integers(2)),
    )


def swept(chain: Chain, cells: Tensor, areas: Tensor, K: int) -> Chain:
    """The chain after its next sweep; `areas` (cells, s, s) are those of its mixed cells, in parts of a square."""
    s = SQUARES[K]
    move, along = chain.moves[chain.axis], 1 - chain.axis
    rest = replace(chain, axis=along)
    if move == 0:
        return rest
    strip = areas.narrow(1 + along, s - move if move > 0 else 0, abs(move)).sum((1, 2)) / s**2
    flux = (chain.vf * (abs(move) / s)).index_put((cells[:, 0], cells[:, 1]), strip)
    vf = chain.vf - flux + torch.roll(flux, 1 if move > 0 else -1, along)
    with torch.no_grad():
        settled = torch.where(vf < PURE, -vf, torch.where(vf > 1 - PURE, 1 - vf, torch.zeros_like(vf)))
    fine = np.roll(chain.fine, move * (SUB_CELLS // s), along)
    return replace(rest, vf=vf + settled, fine=fine)


class Chains:
    """Draws of chains of `sweeps` fields, of about `cells` mixed cells in all."""

    def __init__(self, snapshots: Sequence[Snapshot], K: int, cells: float, sweeps: int, rng: Rng) -> None:
        self.snapshots = [s for s in snapshots if len(s.cells) > 0 and len(s.vf) <= LARGEST]
        self.K, self.sweeps, self.rng = K, sweeps, rng
        mean = np.mean([len(s.cells) for s in self.snapshots])
        self.count = max(1, round(cells / mean / sweeps))

    def __call__(self, net: Net, fine: float, power: float) -> tuple[Tensor, Tensor]:
        """Mean over the fields of a chain of the net's misplaced area, and of what keeps its answers' scale."""
        drawn = self.rng.integers(0, len(self.snapshots), self.count)
        chains = [begun(self.snapshots[k], self.K, self.sweeps, self.rng) for k in drawn]
        error, modest = torch.zeros(()), torch.zeros(())
        for sweep in range(self.sweeps):
            shown = [(chain, chain.snapshot()) for chain in chains]
            shown = [(chain, snapshot) for chain, snapshot in shown if len(snapshot.cells) > 0]
            data, places = _joined([chain for chain, _ in shown], [snapshot for _, snapshot in shown], self.K)
            one, scale, areas = judged(net, data, fine, power)
            error, modest = error + one / self.sweeps, modest + scale / self.sweeps
            if sweep < self.sweeps - 1:
                s = SQUARES[self.K]
                parts = areas.double().view(-1, s, s).split([len(place) for place in places])
                chains = [
                    swept(chain, place, part, self.K)
                    for (chain, _), place, part in zip(shown, places, parts, strict=True)
                ]
        return error, modest


def _joined(chains: list[Chain], snapshots: list[Snapshot], K: int) -> tuple[Fields, list[Tensor]]:
    """All cells of the chains as one batch, whose fractions know where they come from; and the cells of each."""
    data = batch(fields(snapshots, K), np.arange(len(snapshots)))
    places = [torch.from_numpy(snapshot.cells).long() for snapshot in snapshots]
    vf = torch.cat([chain.vf[place[:, 0], place[:, 1]] for chain, place in zip(chains, places, strict=True)])
    return replace(data, vf=vf.float()), places
