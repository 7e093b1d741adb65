"""A recipe: everything that decides what a net becomes, in one TOML file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from mirhydro.train.trainer import Schedule


@dataclass(frozen=True)
class Round:
    """Harvest with the best net so far ("ppic" in the first round), then train nets and keep the best in the loop.

    `cells`, `rest` and `mosaic` are mixed cells from runs, of shapes at rest and of mosaics that are added to those of
    earlier rounds; `seeds` nets are trained for `steps` steps, from the best net so far if `continued`, at a `rate` of
    their own if it is not 0; `chained` of their loss comes from chains of sweeps (`mirhydro.train.chains`).
    """

    cells: int
    rest: int
    mosaic: int
    steps: int
    seeds: int = 1
    continued: bool = False
    chained: float = 0.0
    rate: float = 0.0


@dataclass(frozen=True)
class Recipe:
    """K, hidden layers, rounds, the schedule's rates and weights, and the seed of it all."""

    nodes: int
    hidden: tuple[int, ...]
    rounds: tuple[Round, ...]
    schedule: Schedule
    seed: int = 1
    sizes: tuple[int, ...] = (32, 64, 128)

    def as_dict(self) -> dict[str, Any]:
        """As `parse` takes it."""
        schedule = asdict(self.schedule)
        del schedule["steps"], schedule["chained"]
        return {
            "net": {"nodes": self.nodes, "hidden": list(self.hidden)},
            "seed": self.seed,
            "sizes": list(self.sizes),
            "schedule": schedule,
            "round": [asdict(r) for r in self.rounds],
        }


def read(path: Path) -> Recipe:
    """Raises ValueError naming the key that is missing, unknown or out of range."""
    try:
        import tomllib
    except ImportError:
        raise ImportError("recipes are TOML: reading them needs Python 3.11 or newer") from None
    with path.open("rb") as file:
        try:
            return parse(tomllib.load(file))
        except (tomllib.TOMLDecodeError, ValueError) as error:
            raise ValueError(f"{path}: {error}") from None


def parse(table: Mapping[str, Any]) -> Recipe:
    known = {"net", "seed", "sizes", "schedule", "round"}
    if unknown := set(table) - known:
        raise ValueError(f"{', '.join(sorted(unknown))}: a recipe has {', '.join(sorted(known))}")
    net = table.get("net", {})
    nodes, hidden = net.get("nodes", 2), tuple(net.get("hidden", ()))
    if nodes not in (2, 3, 4):
        raise ValueError(f"net.nodes = {nodes}: 2, 3 or 4")
    if not hidden or not all(isinstance(width, int) and 1 <= width <= 1024 for width in hidden):
        raise ValueError(f"net.hidden = {list(hidden)}: one width or more, each 1 to 1024")
    rounds = tuple(_filled(Round, "round", r) for r in table.get("round", ()))
    if not rounds:
        raise ValueError("round: at least one")
    for k, r in enumerate(rounds):
        if min(r.cells, r.rest, r.mosaic) < (1 if k == 0 else 0) or min(r.steps, r.seeds) < 1:
            raise ValueError(f"round[{k}]: steps and seeds, in the first also cells, rest and mosaic, are at least 1")
        if not 0 <= r.chained < 1:
            raise ValueError(f"round[{k}].chained = {r.chained}: a share of the loss, from 0 to below 1")
    if rounds[0].continued:
        raise ValueError("round[0].continued: there is no net to go on with")
    schedule = _filled(Schedule, "schedule", {"steps": 0, **table.get("schedule", {})})
    return Recipe(nodes, hidden, rounds, schedule, int(table.get("seed", 1)), tuple(table.get("sizes", (32, 64, 128))))


def _filled(kind: type, name: str, values: Mapping[str, Any]) -> Any:
    names = {f.name for f in fields(kind)}
    if unknown := set(values) - names:
        raise ValueError(f"{name}.{', '.join(sorted(unknown))}: one of {', '.join(sorted(names))}")
    try:
        return kind(**values)
    except TypeError as error:
        raise ValueError(f"{name}: {error}") from None
