"""The vortex of advection.cpp with mpi4py and NumPy: any number of ranks gives the bits of one.

mpiexec -n 4 python advection.py METHOD [N [STEPS [FILE [WEIGHT [devices]]]]]

WEIGHT: as much as how many cells a mixed one costs more than another; every few steps blocks are cut anew so that all
cost the same. Without it they have the same size. With the word `devices` the nets run on this node's accelerators, one
for each rank in turn; no promise of bits then.
"""

from __future__ import annotations

import hashlib
import os
import sys
from itertools import pairwise

import numpy as np
from mpi4py import MPI

import mirhydro as mir

NMAT, PERIOD, CFL = 3, 2.0, 0.5
FLUSH = 1e-10  #: smaller volumes never travel alone
STEPS_BETWEEN_CUTS = 16  #: in which nothing moves further than 8 cells


def equal_parts(weights: np.ndarray, parts: int, least: int) -> list[slice]:
    """Rows (or columns) of these weights in parts of equal weight, none thinner than `least`."""
    n, before = len(weights), np.cumsum(weights)
    if n < parts * least:
        raise ValueError(f"a rank has {n // parts} rows or columns of cells, but its neighbours need {least}")
    cuts = [0]
    for k in range(1, parts):
        cut = int(np.searchsorted(before, before[-1] * k / parts, side="right"))
        cuts.append(min(max(cut, cuts[-1] + least), n - (parts - k) * least))
    return [slice(*ends) for ends in pairwise([*cuts, n])]


def device() -> str:
    """One accelerator of this node for each rank on it, in turn; "cpu" where torch sees none."""
    try:
        import torch
    except ImportError:
        return "cpu"
    local = MPI.COMM_WORLD.Split_type(MPI.COMM_TYPE_SHARED).rank
    if not torch.accelerator.is_available():
        return "cpu"
    return f"{torch.accelerator.current_accelerator().type}:{local % torch.accelerator.device_count()}"


class Block:
    """A rank's cells with `ghost` layers around them; `vf` is (nmat, rows, columns), ghosts included."""

    def __init__(self, comm: MPI.Cartcomm, whole: np.ndarray, ghost: int, weight: float) -> None:
        self.comm, self.n, self.ghost = comm, whole.shape[-1], ghost
        work = 1 + weight * (whole.max(axis=0) < 1)
        self.rows, self.columns = (
            equal_parts(work.sum(axis=1 - axis), comm.dims[axis], ghost)[comm.coords[axis]] for axis in (0, 1)
        )
        shape = [s.stop - s.start for s in (self.rows, self.columns)]
        self.vf = np.zeros((NMAT, *(extent + 2 * ghost for extent in shape)))
        self.own = (slice(None), slice(ghost, -ghost), slice(ghost, -ghost))
        self.vf[self.own] = whole[:, self.rows, self.columns]

    def exchange(self) -> None:
        """Fill the ghost cells: along x in own rows, then along y over the whole width. Mirrored beyond the mesh."""
        g = self.ghost
        self._swap(self.vf[:, g:-g].transpose(2, 0, 1), axis=1)
        self._swap(self.vf.transpose(1, 0, 2), axis=0)

    def _swap(self, layers: np.ndarray, axis: int) -> None:
        """`layers`: the field with the axis in front."""
        g = self.ghost
        low, high = self.comm.Shift(axis, 1)
        for to, source, sent, got, image in (
            (low, high, layers[g : 2 * g], layers[-g:], layers[-2 * g : -g][::-1]),
            (high, low, layers[-2 * g : -g], layers[:g], layers[g : 2 * g][::-1]),
        ):
            buffer = np.empty(got.shape)
            self.comm.Sendrecv(np.ascontiguousarray(sent), to, recvbuf=buffer, source=source)
            got[:] = image if source == MPI.PROC_NULL else buffer

    def gathered(self) -> np.ndarray:
        """The whole field on every rank: a cell's owner says what it holds, the others 0."""
        whole = np.zeros((NMAT, self.n, self.n))
        whole[:, self.rows, self.columns] = self.vf[self.own]
        self.comm.Allreduce(MPI.IN_PLACE, whole)
        return whole


class Host:
    """Split sweeps (Weymouth & Yue 2010): the material that holds most of a cell takes what the sweep stretches."""

    def __init__(self, comm: MPI.Cartcomm, method: str, whole: np.ndarray, weight: float, options: dict) -> None:
        self.comm, self.weight = comm, weight
        self.ghost = mir.Reconstructor(method).ghost_layers
        # once, whatever becomes of the blocks; threads stays 1: a rank is one core
        self.rec = mir.Reconstructor(method, ghost=self.ghost, **options)
        self.r: mir.Reconstruction | None = None
        self.take(whole)

    def take(self, whole: np.ndarray) -> None:
        """The rank's part of the whole field: at first, and when blocks are cut anew."""
        block = self.block = Block(self.comm, whole, self.ghost, self.weight)
        n, ghost = block.n, self.ghost
        j = np.arange(block.rows.start - ghost, block.rows.stop + ghost + 1) / n
        i = np.arange(block.columns.start - ghost, block.columns.stop + ghost + 1) / n
        psi = np.sin(np.pi * i) ** 2 * np.sin(np.pi * j[:, None]) ** 2 / np.pi
        self.speed = {"x": -np.diff(psi, axis=0) * n, "y": np.diff(psi, axis=1) * n}  # at faces, ghosts' too
        self.out = {axis: np.empty((NMAT, *speed.shape)) for axis, speed in self.speed.items()}

    def sweep(self, axis: str, cells_per_speed: float, fills: np.ndarray) -> None:
        block, along = self.block, 2 if axis == "x" else 1
        displacement, swept = self.speed[axis] * cells_per_speed, self.out[axis]
        block.exchange()
        self.r = self.rec(block.vf, out=self.r)
        self.r.swept(axis, displacement, out=swept, flush=FLUSH)
        vf = block.vf - np.diff(swept, axis=along)
        m, (j, i) = self.r.flushed.material, self.r.flushed.cells.T
        high = (m, j, i + 1) if axis == "x" else (m, j + 1, i)
        vf[m, j, i] = np.maximum(swept[m, j, i], 0) - np.minimum(swept[high], 0)
        vf = np.maximum(vf + fills * np.diff(displacement, axis=along - 1), 0)
        block.vf[block.own] = (vf / (vf[0] + vf[1] + vf[2]))[block.own]

    def step(self, k: int, dt: float) -> None:
        factor = np.cos(np.pi * ((k + 0.5) * dt) / PERIOD) * dt * self.block.n
        fills = np.zeros_like(self.block.vf)
        np.put_along_axis(fills, self.block.vf.argmax(axis=0)[None], 1.0, axis=0)
        for axis in "xy" if k % 2 == 0 else "yx":
            self.sweep(axis, factor, fills)


def main(method: str, n: int = 64, steps: int = 0, file: str = "", weight: float = 0, where: str = "") -> None:
    """Run, and print on rank 0 what is misplaced and the field's hash."""
    comm = MPI.COMM_WORLD.Create_cart(MPI.Compute_dims(MPI.COMM_WORLD.size, 2))
    options = {"engine": "torch", "device": device()} if where == "devices" else {}
    disc, left = mir.Circle((0.5, 0.75), 0.15), mir.HalfPlane((0.5, 0.0), (1.0, 0.0))
    start = mir.volume_fractions([disc & left, disc], n, n)  # every rank makes the mesh and keeps its part
    host, count = Host(comm, method, start, weight, options), int(np.ceil(PERIOD * n / CFL * (1 - 1e-12)))
    for k in range(steps or count):
        if weight > 0 and k > 0 and k % STEPS_BETWEEN_CUTS == 0:
            host.take(host.block.gathered())
        host.step(k, PERIOD / count)
    end = host.block.gathered()
    if comm.rank == 0:
        print("misplaced", *(np.abs(end - start).sum(axis=(1, 2)) / n**2))
        print("hash", hashlib.sha256(end.tobytes()).hexdigest()[:16])
        if file:
            end.tofile(file)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        kinds = (str, int, int, str, float, str)
        main(*(kind(word) for kind, word in zip(kinds, sys.argv[1:], strict=False)))
    except Exception as error:
        print(error, file=sys.stderr)
        MPI.COMM_WORLD.Abort(1)  # one rank that stops would leave the others waiting
