"""Snapshots on disk in shards, each a function of its seed and number alone, whoever makes it and when."""

from __future__ import annotations

import hashlib
import multiprocessing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mirhydro.evaluate.variants import Method
from mirhydro.train.harvest import at_rest, harvested
from mirhydro.train.mosaics import mosaic
from mirhydro.train.snapshots import Snapshot, load, save

SHARD = 20_000  #: mixed cells, about
REST, MOSAIC = "rest", "mosaic"

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Order:
    """What a set of shards holds: shapes at rest ("rest"), mosaics of what is rare ("mosaic"), or runs of a method."""

    directory: Path
    content: Method
    seed: int
    cells: int

    @property
    def shards(self) -> int:
        return -(-self.cells // SHARD)

    def path(self, number: int) -> Path:
        kind = self.content if self.content in (REST, MOSAIC) else "run"
        return self.directory / f"{kind}-{self.seed}-{number:04d}.npz"

    def paths(self) -> list[Path]:
        return [self.path(number) for number in range(self.shards)]


def make(order: Order, number: int) -> None:
    """One shard; nothing where it is there already."""
    path = order.path(number)
    if path.exists():
        return
    kind = 1 if order.content == REST else 2 if order.content == MOSAIC else 0
    rng = np.random.default_rng([order.seed, number, kind])
    snapshots: list[Snapshot] = []
    cells = 0
    while cells < SHARD:
        if order.content == REST:
            one = at_rest(rng)
            found = [] if one is None else [one]
        elif order.content == MOSAIC:
            found = [mosaic(rng)]
        else:
            found = harvested(rng, order.content)
        snapshots += found
        cells += sum(len(s.cells) for s in found)
    save(path, snapshots)


def _make(task: tuple[Order, int]) -> int:
    make(*task)
    return task[1]


def harvest(order: Order, workers: int = 1, progress: Progress = lambda done, of: None) -> list[Path]:
    """All shards of an order, those missing made by so many processes; resumes where it was stopped."""
    order.directory.mkdir(parents=True, exist_ok=True)
    missing = [(order, number) for number in range(order.shards) if not order.path(number).exists()]
    done = order.shards - len(missing)
    progress(done, order.shards)
    for _ in _finished(missing, workers):
        done += 1
        progress(done, order.shards)
    return order.paths()


def _finished(tasks: list[tuple[Order, int]], workers: int) -> Iterator[int]:
    if workers == 1 or len(tasks) < 2:
        yield from map(_make, tasks)
        return
    # spawned, not forked: a fork beside the threads of torch may hang
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        yield from pool.imap_unordered(_make, tasks)


def read(paths: list[Path]) -> list[Snapshot]:
    return [snapshot for path in paths for snapshot in load(path)]


def digest(paths: list[Path]) -> str:
    """SHA-256 over the contents of the shards, in order of their names."""
    total = hashlib.sha256()
    for path in sorted(paths):
        for snapshot in load(path):
            for part in (snapshot.vf, snapshot.cells, snapshot.truth):
                total.update(np.ascontiguousarray(part).tobytes())
    return total.hexdigest()
