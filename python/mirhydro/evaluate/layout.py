"""What a table is: its cases, its columns, what a row measures, published values with their source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from mirhydro.evaluate.variants import Method, Variant

Figures = dict[str, float]
BEST_LINE = "best line"


class Group(NamedTuple):
    """Title of a group of tables and what holds for all of them."""

    title: str
    note: str


@dataclass(frozen=True)
class Column:
    """One printed figure: quantity `quantity` of case `case`, written with `form`."""

    label: str
    case: str
    quantity: str
    form: str = ".2e"


@dataclass(frozen=True)
class Reference:
    """A row of published figures, by column label, and where they were read."""

    label: str
    figures: Figures
    source: str


@dataclass(frozen=True)
class Table:
    """Rows are `variants`; without any, every method of `mir.methods()` gets one.

    `measure[case](method)` returns the figures of a case; `floor[case]()` those of the best line.
    """

    name: str
    group: str
    title: str
    columns: tuple[Column, ...]
    measure: dict[str, Callable[[Method], Figures]]
    floor: dict[str, Callable[[], Figures]] = field(default_factory=dict)
    note: str = ""
    references: tuple[Reference, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    variants: tuple[Variant, ...] = ()
