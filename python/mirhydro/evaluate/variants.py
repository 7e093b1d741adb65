"""A row of a table: a method as it is, or a method with options of its own and a name in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import mirhydro as mir


@dataclass(frozen=True)
class Variant:
    """What a row is called, the method that it measures, and its options of `Reconstructor`."""

    name: str
    method: str
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)


SLOW = ("autoencoder-original", "autoencoder-unpooled")  #: up to milliseconds a cell: measured only where asked for
Method = str | Variant  #: what every measuring function takes


def name_of(method: Method) -> str:
    """Of the row, in tables and files."""
    return method.name if isinstance(method, Variant) else method


def method_of(method: Method) -> str:
    """One of `mirhydro.methods()`; the name of a shipped model stands for the method that it was trained for."""
    if isinstance(method, Variant):
        return method.method
    if method not in mir.methods() and method in mir.models():
        return "autoencoder" if method.startswith("autoencoder") else "neural"
    return method


def nets() -> tuple[str, ...]:
    """Shipped models that are not a method of their own name."""
    return tuple(model for model in mir.models() if model not in mir.methods())


def reconstructor(method: Method, **options: Any) -> mir.Reconstructor:
    """The reconstructor of a row; `options` are those of the measurement and give way to those of the row."""
    if isinstance(method, Variant):
        return mir.Reconstructor(method.method, **{**options, **method.options})
    return mir.Reconstructor(method, **options)
