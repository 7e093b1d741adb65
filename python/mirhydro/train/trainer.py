"""The loop that fits a net to snapshots."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import numpy as np
import torch

from mirhydro.train.chains import Chains
from mirhydro.train.fields import Fields, batch
from mirhydro.train.loss import Net, judged

REPORT = 500  #: steps from one report, and one checkpoint, to the next
PATIENCE = 60.0  #: seconds, likewise, where steps are slow


@dataclass(frozen=True)
class Schedule:
    """How long and how fast: steps of `cells` cells, half of them from runs; rates fall as a cosine.

    `chained` is the share of the loss that comes from chains of `sweeps` sweeps.
    """

    steps: int
    cells: int = 2000
    rate: float = 3e-3
    harvested: float = 0.5
    fine: float = 0.003
    power: float = 0.5
    chained: float = 0.0
    sweeps: int = 4


class Draw:
    """Batches of whole snapshots, of about the same number of cells."""

    def __init__(self, data: Fields, cells: float, rng: np.random.Generator) -> None:
        self.data, self.rng = data, rng
        mean = data.first[-1] / max(len(data), 1)
        self.count = max(1, round(cells / mean))

    def __call__(self) -> Fields:
        return batch(self.data, self.rng.integers(0, len(self.data), self.count))


def train(
    net: Net,
    at_rest: Fields,
    harvested: Fields | None,
    schedule: Schedule,
    rng: np.random.Generator,
    checkpoint: Path | None = None,
    report: Callable[[int, float, dict[str, float]], None] = lambda step, done, figures: None,
    chains: Chains | None = None,
) -> None:
    """Fit `net` in place; with a checkpoint it goes on where it was stopped."""
    optimiser = torch.optim.AdamW(net.parameters(), lr=schedule.rate, weight_decay=1e-5)
    share = schedule.harvested if harvested is not None else 0.0
    draws = {"rest": Draw(at_rest, schedule.cells * (1 - share), rng)}
    if harvested is not None:
        draws["run"] = Draw(harvested, schedule.cells * share, rng)
    mean: dict[str, float] = {}

    def note(name: str, loss: torch.Tensor) -> None:
        value = float(loss.detach())
        mean[name] = value if name not in mean else 0.99 * mean[name] + 0.01 * value

    usual, first = 0.0, 0
    started = noted = monotonic()
    if checkpoint is not None and checkpoint.exists():
        kept = torch.load(checkpoint, weights_only=True)
        net.load_state_dict(kept["net"])
        optimiser.load_state_dict(kept["optimiser"])
        first, usual = int(kept["step"]), float(kept["usual"])
        rng.bit_generator.state = json.loads(kept["random"])
    for step in range(first, schedule.steps):
        done = step / schedule.steps
        warm = min(1.0, (step + 1) / 100)
        for group in optimiser.param_groups:
            group["lr"] = float(warm * schedule.rate * (0.5 * (1 + np.cos(np.pi * done)) + 1e-3))
        optimiser.zero_grad()
        for name, draw in draws.items():
            loss, modest, _ = judged(net, draw(), schedule.fine, schedule.power)
            part = share if name == "run" else 1 - share
            ((loss + modest) * (part * (1 - schedule.chained))).backward()
            note(name, loss)
        if chains is not None:
            loss, modest = chains(net, schedule.fine, schedule.power)
            ((loss + modest) * schedule.chained).backward()
            note("chain", loss)
        norm = float(torch.nn.utils.clip_grad_norm_(net.parameters(), 2 * usual if usual > 0 else 1.0))
        if not np.isfinite(norm):  # a level set that is flat at its offset has no gradient
            continue
        usual = norm if usual == 0 else 0.98 * usual + 0.02 * min(norm, 2 * usual)
        optimiser.step()
        if step % REPORT == REPORT - 1 or monotonic() - noted > PATIENCE:
            noted = monotonic()
            report(step + 1, noted - started, dict(mean))
            if checkpoint is not None:
                partial = checkpoint.with_suffix(".partial")
                state = {"net": net.state_dict(), "optimiser": optimiser.state_dict(), "step": step + 1}
                torch.save({**state, "usual": usual, "random": json.dumps(rng.bit_generator.state)}, partial)
                partial.replace(checkpoint)
