"""Autoencoders of every size, trained on the same cells for the same budget; judged on still pictures and in loops."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from time import monotonic, process_time
from typing import Any, cast

import numpy as np
import torch

from mirhydro import model_file
from mirhydro.autoencoder import ORIGINAL, TILE, Shape
from mirhydro.evaluate.variants import Variant
from mirhydro.train import shards
from mirhydro.train.autoencoder import Autoencoder
from mirhydro.train.fields import Fields, batch, fields
from mirhydro.train.loss import areas_of, misplaced
from mirhydro.train.score import score
from mirhydro.train.trainer import Schedule, train

CHANNELS, POOLS, DILATIONS = (1, 2, 4, 8, 16, 32), (1, 2, 4), (1, 2)


def members(
    channels: Sequence[int] = CHANNELS,
    pools: Sequence[int] = POOLS,
    dilations: Sequence[int] = DILATIONS,
    bottlenecks: Sequence[int] = (8,),
) -> list[Shape]:
    """The sweep, most work first; without pooling there is nothing to dilate, and there the bottleneck is 32."""
    found = [
        Shape(count, pool, dilation, bottleneck)
        for count in channels
        for pool in pools
        for dilation in (dilations if pool > 1 else (1,))
        for bottleneck in (bottlenecks if pool > 1 else (ORIGINAL.bottleneck,))
    ]
    return sorted(found, key=Shape.multiplications, reverse=True)


def name_of(shape: Shape) -> str:
    """Of files and rows: channels, pool, dilation, bottleneck."""
    name = f"c{shape.channels}-p{shape.pool}-d{shape.dilation}-b{shape.bottleneck}"
    return name if shape.meaning == "correction" else f"{name}-{shape.meaning}"


@dataclass(frozen=True)
class Budget:
    """What every member gets: `samples` tiles in batches of about `cells`, or `seconds` of training if that is set."""

    samples: int = 500_000
    cells: int = 512
    rate: float = 2e-3  #: of one channel; it falls with the root of their number
    seconds: float = 0.0
    seed: int = 1
    precision: str = "float32"  #: of what training multiplies; the net is judged in float32


@dataclass(frozen=True)
class Place:
    """Where data and members are kept, and on what they are trained and run in the loop."""

    directory: Path
    device: str = "cpu"
    engine: str = "native"
    workers: int = 1
    sizes: tuple[int, ...] = (32,)
    runs: int = 280_000
    rest: int = 200_000
    mosaic: int = 240_000
    held_out: int = 40_000  #: cells of each kind that judge and are never trained on

    def now(self) -> float:
        """Seconds of one busy core, in which others on the machine do not count; of an accelerator, by the wall."""
        return process_time() if self.device == "cpu" else monotonic()

    def orders(self) -> list[shards.Order]:
        """Runs of ppic, shapes at rest, mosaics."""
        return [
            shards.Order(self.directory / "runs", "ppic", 1, self.runs),
            shards.Order(self.directory / "rest", shards.REST, 1, self.rest),
            shards.Order(self.directory / "mosaic", shards.MOSAIC, 1, self.mosaic),
        ]


@dataclass(frozen=True)
class _Data:
    runs: Fields
    rest: Fields
    judges: dict[str, Fields]


@lru_cache(maxsize=2)
def _data(place: Place, K: int) -> _Data:
    held = max(1, min(-(-place.held_out // shards.SHARD), min(len(order.paths()) for order in place.orders()) // 2))
    runs, rest, mosaic = (order.paths() for order in place.orders())

    def read(paths: list[Path]) -> Fields:
        return fields(shards.read(paths), K, tiles=True).to(place.device)

    def judge(paths: list[Path]) -> Fields:
        found = read(paths)
        within = int(np.searchsorted(found.first, place.held_out, side="right")) - 1
        return batch(found, np.arange(max(1, within)))

    judges = {"runs": judge(runs[-held:]), "rest": judge(rest[-held:]), "mosaic": judge(mosaic[-held:])}
    return _Data(read(runs[:-held]), read(rest[:-held] + mosaic[:-held]), judges)


def _meant(shape: Shape, data: Fields) -> Fields:
    """What the images are added to: the base curve, or nothing."""
    if shape.meaning == "correction":
        return data
    return replace(data, base=torch.zeros_like(data.base), reach=torch.ones_like(data.reach))


def _judged(net: Autoencoder | None, shape: Shape, judges: dict[str, Fields]) -> dict[str, float]:
    """Mean misplaced area of a mixed cell, by kind; without a net that of ppic."""
    found = {}
    for kind, data in judges.items():
        with torch.no_grad():
            if net is None:
                error, off = misplaced(data, areas_of(data, None))
            else:
                parts = torch.arange(len(data.vf), device=data.vf.device).split(4096)
                said = [net.said(replace(data, tiles=data.tiles[part])) for part in parts]
                joined = (torch.cat([s[0] for s in said]), torch.cat([s[1] for s in said]))
                error, off = misplaced(data, areas_of(_meant(shape, data), joined))
        found[kind] = float(error[data.counts & (off < 0.25)].mean())
    return found


def train_member(shape: Shape, budget: Budget, place: Place, name: str = "") -> dict[str, Any]:
    """One member, from data to score; what is on disk already is not done again."""
    name = name or name_of(shape)
    path, noted = place.directory / f"{name}.safetensors", place.directory / f"{name}.json"
    if noted.exists():
        kept: dict[str, Any] = json.loads(noted.read_text())
        return kept
    torch.set_num_threads(1)
    data = _data(place, shape.nodes)
    torch.manual_seed(budget.seed)
    net = _net(shape, budget, place)
    net.wake(data.rest.tiles[torch.randperm(len(data.rest.tiles))[:1024]].view(-1, TILE, TILE))
    steps = max(1, budget.samples // budget.cells)
    if budget.seconds > 0:
        steps = max(1, int(budget.seconds / step_time(shape, budget, place)))
    losses: list[tuple[int, float, dict[str, float]]] = []
    schedule = _schedule(shape, budget, steps)
    started = place.now()
    train(
        net,
        _meant(shape, data.rest),
        _meant(shape, data.runs),
        schedule,
        np.random.default_rng(budget.seed),
        place.directory / f"{name}.checkpoint",
        lambda step, seconds, mean: losses.append((step, seconds, mean)),
    )
    seconds = place.now() - started
    net.narrow = False
    digest = shards.digest([p for order in place.orders() for p in order.paths()])
    model_file.write(path, net.model({"budget": asdict(budget), "shape": asdict(shape)}, digest))
    found = {
        "name": name,
        **asdict(shape),
        "parameters": shape.parameters(),
        "multiplications": shape.multiplications(),
        "samples": steps * budget.cells,
        "seconds": seconds,
        "device": place.device,
        "precision": budget.precision,
        "losses": losses,
        "misplaced": _judged(net, shape, data.judges),
        "ppic": _judged(None, shape, data.judges),
    }
    _keep(noted, found)
    return found


def _net(shape: Shape, budget: Budget, place: Place) -> Autoencoder:
    """With a pixel's channels side by side: of any number of them, as fast as or faster than planes."""
    net = Autoencoder(shape, budget.precision == "bfloat16").to(place.device)
    return cast(Autoencoder, cast(Any, net).to(memory_format=torch.channels_last))


def _schedule(shape: Shape, budget: Budget, steps: int) -> Schedule:
    rate = budget.rate / shape.channels**0.5
    return Schedule(steps, budget.cells, rate, harvested=0.5, fine=0.001, power=1.0)


def step_time(shape: Shape, budget: Budget, place: Place) -> float:
    """Seconds of a step, from a trial of up to forty steps in a twentieth of the budget."""
    data = _data(place, shape.nodes)
    net = _net(shape, budget, place)

    def trial(steps: int) -> float:
        started = place.now()
        schedule = _schedule(shape, budget, steps)
        train(net, _meant(shape, data.rest), _meant(shape, data.runs), schedule, np.random.default_rng(0))
        return (place.now() - started) / steps

    trial(1)  # compiles
    return trial(min(40, max(1, int(budget.seconds / 20 / trial(1)))))


def in_loop(name: str, place: Place) -> dict[str, Any]:
    """The member's score in the loop, added to its record."""
    noted = place.directory / f"{name}.json"
    found: dict[str, Any] = json.loads(noted.read_text())
    if "score" in found and found.get("sizes") == list(place.sizes):
        return found
    options = {"model": str(place.directory / f"{name}.safetensors"), "engine": place.engine}
    if place.engine == "torch":
        options["device"] = place.device
    result = score(Variant(name, "autoencoder", options), place.sizes)
    found |= {"score": result.mean, "halfway": result.halfway, "end": result.end, "sizes": list(place.sizes)}
    _keep(noted, found)
    return found


def _keep(path: Path, record: dict[str, Any]) -> None:
    model_file.write_whole(path, json.dumps(record, indent=1).encode())


def _member(task: tuple[Shape, Budget, Place]) -> dict[str, Any]:
    return train_member(*task)


def _made(tasks: Sequence[tuple[Shape, Budget, Place]], workers: int) -> Iterator[dict[str, Any]]:
    if workers == 1:
        yield from map(_member, tasks)
        return
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        yield from pool.imap_unordered(_member, tasks)


def sweep(shapes: Sequence[Shape], budget: Budget, place: Place, say: Any = print) -> list[dict[str, Any]]:
    """All members, so many processes at a time; resumes where it was stopped."""
    place.directory.mkdir(parents=True, exist_ok=True)
    for order in place.orders():
        shards.harvest(order, place.workers)
        say(f"harvest {order.directory.name}: {order.shards} shards")
    tasks = [(shape, budget, place) for shape in shapes]
    records = []
    for record in _made(tasks, place.workers):
        records.append(record)
        errors = ", ".join(f"{kind} {v:.4f}" for kind, v in record["misplaced"].items())
        say(f"{record['name']}: {record['samples']} samples in {record['seconds']:.0f} s, {errors}")
    return records
