"""From a recipe to a model file: harvest, train, choose, round by round. Every stage is kept, so that it resumes."""

from __future__ import annotations

import json
import multiprocessing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from mirhydro import model_file
from mirhydro.evaluate.variants import Method, Variant
from mirhydro.train import shards
from mirhydro.train.chains import Chains
from mirhydro.train.fields import fields
from mirhydro.train.network import StencilNet
from mirhydro.train.recipe import Recipe, Round
from mirhydro.train.score import score
from mirhydro.train.trainer import train


@dataclass(frozen=True)
class Workplace:
    """Where stages are kept, how many processes work, and whether they tell."""

    directory: Path
    workers: int = 1
    quiet: bool = True

    def say(self, words: str) -> None:
        if not self.quiet:
            print(words, flush=True)


@dataclass(frozen=True)
class _Task:
    """One net of a round; `rest` are shapes at rest and mosaics, `shapes` the former alone."""

    recipe: Recipe
    round: int
    seed: int
    rest: tuple[Path, ...]
    runs: tuple[Path, ...]
    shapes: tuple[Path, ...]
    before: Path | None
    place: Workplace

    @property
    def path(self) -> Path:
        return self.place.directory / f"round{self.round}-net{self.seed}.safetensors"

    @property
    def noted(self) -> Path:
        return self.path.with_suffix(".score.json")

    @property
    def stage(self) -> Round:
        return self.recipe.rounds[self.round]


def run(recipe: Recipe, output: Path, place: Workplace) -> float:
    """Train by a recipe; writes the best net of the last round to `output` and returns its score (ppic has 1)."""
    best: Path | None = None
    rest: list[Path] = []
    runs: list[Path] = []
    shapes: list[Path] = []
    value = np.inf
    for k, stage in enumerate(recipe.rounds):
        method: Method = "ppic" if best is None else Variant(f"round {k}", "neural", {"model": str(best)})
        seed, folder = recipe.seed + k, place.directory
        shapes += (drawn := _harvested(place, shards.Order(folder / f"rest{k}", shards.REST, seed, stage.rest)))
        rest += drawn
        rest += _harvested(place, shards.Order(folder / f"mosaic{k}", shards.MOSAIC, seed, stage.mosaic))
        runs += _harvested(place, shards.Order(folder / f"runs{k}", method, seed, stage.cells))
        tasks = [_Task(recipe, k, n, tuple(rest), tuple(runs), tuple(shapes), best, place) for n in range(stage.seeds)]
        _train_all([task for task in tasks if not task.noted.exists()], place.workers)
        scores = {task.path: float(json.loads(task.noted.read_text())["mean"]) for task in tasks}
        best = min(scores, key=lambda path: scores[path])
        value = scores[best]
    assert best is not None
    output.parent.mkdir(parents=True, exist_ok=True)
    model_file.write(output, model_file.read(best))
    return value


def _harvested(place: Workplace, order: shards.Order) -> list[Path]:
    def progress(done: int, of: int) -> None:
        place.say(f"harvest {order.directory.name}: {done} of {of} shards")

    return shards.harvest(order, place.workers, progress)


def _train_all(tasks: list[_Task], workers: int) -> None:
    if workers == 1 or len(tasks) < 2:
        for task in tasks:
            _train_one(task)
        return
    with multiprocessing.get_context("spawn").Pool(min(workers, len(tasks))) as pool:
        for _ in pool.imap_unordered(_train_one, tasks):
            pass


def _train_one(task: _Task) -> None:
    """A net, its score, both kept."""
    # batches are small: two threads take four times as long as one on a machine that has other things to do
    torch.set_num_threads(1)
    recipe, k, place = task.recipe, task.round, task.place
    at_rest, harvested = (fields(shards.read(list(paths)), recipe.nodes) for paths in (task.rest, task.runs))
    name = f"round {k}, net {task.seed}"
    place.say(f"{name}: {at_rest.first[-1]} cells at rest, {harvested.first[-1]} from runs")
    torch.manual_seed(recipe.seed + 1000 * k + task.seed)
    net = StencilNet(recipe.nodes, recipe.hidden)
    if task.stage.continued and task.before is not None:
        net.load(model_file.read(task.before))

    def report(step: int, seconds: float, mean: dict[str, float]) -> None:
        losses = ", ".join(f"{part} {value:.5f}" for part, value in mean.items())
        place.say(f"{name}: step {step} of {task.stage.steps}, {seconds:.0f} s, {losses}")

    stage = task.stage
    schedule = replace(
        recipe.schedule, steps=stage.steps, rate=stage.rate or recipe.schedule.rate, chained=stage.chained
    )
    rng = np.random.default_rng([recipe.seed, k, task.seed])
    chains = None
    if stage.chained > 0:
        chains = Chains(shards.read(list(task.shapes)), recipe.nodes, schedule.cells, schedule.sweeps, rng)
    train(net, at_rest, harvested, schedule, rng, task.path.with_suffix(".checkpoint"), report, chains)
    data = shards.digest([*task.rest, *task.runs])
    model = model_file.stencil_net(net.layer_arrays(), nodes=recipe.nodes, recipe=recipe.as_dict(), data=data)
    model_file.write(task.path, model)
    found = score(Variant(task.path.stem, "neural", {"model": str(task.path)}), recipe.sizes)
    place.say(f"{name}: in the loop {found} of ppic's errors")
    task.noted.write_text(json.dumps({"mean": found.mean, "halfway": found.halfway, "end": found.end}))
