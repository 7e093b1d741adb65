"""From a recipe to a model file: harvest, train, choose, round by round. Every stage is kept, so that it resumes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from mirhydro import model_file
from mirhydro.evaluate.variants import Method, Variant
from mirhydro.train import shards
from mirhydro.train.fields import fields
from mirhydro.train.network import StencilNet
from mirhydro.train.recipe import Recipe, Round
from mirhydro.train.score import score
from mirhydro.train.trainer import train

Say = Callable[[str], None]


@dataclass
class Workplace:
    """Where stages are kept, how many processes harvest, and who is told."""

    directory: Path
    workers: int
    say: Say


def run(recipe: Recipe, output: Path, place: Workplace) -> float:
    """Train by a recipe; writes the best net of the last round to `output` and returns its score (ppic has 1)."""
    torch.set_num_threads(1)  # batches are small: two threads take four times as long as one on a busy machine
    best: Path | None = None
    rest: list[Path] = []
    runs: list[Path] = []
    value = np.inf
    for k, stage in enumerate(recipe.rounds):
        method: Method = "ppic" if best is None else Variant(f"round {k}", "neural", {"model": str(best)})
        seed, folder = recipe.seed + k, place.directory
        rest += _harvested(place, shards.Order(folder / f"rest{k}", shards.REST, seed, stage.rest))
        rest += _harvested(place, shards.Order(folder / f"mosaic{k}", shards.MOSAIC, seed, stage.mosaic))
        runs += _harvested(place, shards.Order(folder / f"runs{k}", method, seed, stage.cells))
        best, value = _trained(recipe, k, stage, rest, runs, best, place)
    assert best is not None
    output.parent.mkdir(parents=True, exist_ok=True)
    model_file.write(output, model_file.read(best))
    return value


def _harvested(place: Workplace, order: shards.Order) -> list[Path]:
    def progress(done: int, of: int) -> None:
        place.say(f"harvest {order.directory.name}: {done} of {of} shards")

    return shards.harvest(order, place.workers, progress)


def _progress(place: Workplace, k: int, seed: int, steps: int) -> Callable[[int, float, dict[str, float]], None]:
    def report(step: int, seconds: float, mean: dict[str, float]) -> None:
        losses = ", ".join(f"{name} {value:.5f}" for name, value in mean.items())
        place.say(f"round {k}, net {seed}: step {step} of {steps}, {seconds:.0f} s, {losses}")

    return report


def _trained(
    recipe: Recipe,
    k: int,
    stage: Round,
    rest: list[Path],
    runs: list[Path],
    before: Path | None,
    place: Workplace,
) -> tuple[Path, float]:
    """The best of a round's nets, and its score."""
    scores: dict[Path, float] = {}
    data = None
    for seed in range(stage.seeds):
        path = place.directory / f"round{k}-net{seed}.safetensors"
        noted = path.with_suffix(".score.json")
        if not noted.exists():
            if data is None:
                data = tuple(fields(shards.read(paths), recipe.nodes) for paths in (rest, runs))
                place.say(f"round {k}: {data[0].first[-1]} cells at rest, {data[1].first[-1]} from runs")
            net = StencilNet(recipe.nodes, recipe.hidden)
            torch.manual_seed(recipe.seed + 1000 * k + seed)
            net.reset()
            if stage.continued and before is not None:
                net.load(model_file.read(before))
            schedule = replace(recipe.schedule, steps=stage.steps)
            train(
                net,
                data[0],
                data[1],
                schedule,
                np.random.default_rng([recipe.seed, k, seed]),
                checkpoint=path.with_suffix(".checkpoint"),
                report=_progress(place, k, seed, stage.steps),
            )
            model = model_file.stencil_net(
                net.layer_arrays(), nodes=recipe.nodes, recipe=recipe.as_dict(), data=shards.digest(rest + runs)
            )
            model_file.write(path, model)
            found = score(Variant(path.stem, "neural", {"model": str(path)}), recipe.sizes)
            place.say(f"round {k}, net {seed}: in the loop {found} of ppic's errors")
            noted.write_text(json.dumps({"mean": found.mean, "halfway": found.halfway, "end": found.end}))
        scores[path] = json.loads(noted.read_text())["mean"]
    best = min(scores, key=lambda path: scores[path])
    return best, scores[best]
