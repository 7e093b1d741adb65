"""Pictures of the tables: error against mesh where a table has several, bars where it has several kinds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from mirhydro.evaluate.layout import BEST_LINE, Column, Table
from mirhydro.evaluate.results import Results


def draw(tables: list[Table], results: Results, folder: Path) -> list[Path]:
    """Write one PNG per table that can be drawn, and return their paths."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for table in tables:
        rows = results.rows(table)
        columns = [c for c in table.columns if c.quantity in ("mean", "error", "relative")]
        if not rows or len(columns) < 2 or table.variants:  # their columns are of several kinds
            continue
        figure, axes = plt.subplots(figsize=(6.4, 4.8), layout="constrained")
        if all(c.label.startswith("N = ") for c in columns):
            _orders(axes, columns, rows)
        else:
            _bars(axes, columns, rows)
        axes.set_title(table.title, fontsize="medium")
        axes.legend(fontsize="small")
        path = folder / f"{table.name}.png"
        figure.savefig(path, dpi=120)
        plt.close(figure)
        paths.append(path)
    return paths


def _orders(axes: Any, columns: list[Column], rows: dict[str, dict[str, dict[str, float]]]) -> None:
    """Logarithm of the error against the logarithm of N, with the slopes of first and second order."""
    from matplotlib.ticker import NullLocator

    n = np.array([int(c.case) for c in columns])
    for method, cases in rows.items():
        error = [cases.get(c.case, {}).get(c.quantity, np.nan) for c in columns]
        style: dict[str, Any] = (
            {"linestyle": "--", "color": "black", "zorder": 3} if method == BEST_LINE else {"marker": "o"}
        )
        axes.loglog(n, error, label=method, **style)
    top = np.nanmax([cases.get(columns[0].case, {}).get(columns[0].quantity, np.nan) for cases in rows.values()])
    for order, dashes in ((1, ":"), (2, "-.")):
        axes.loglog(n, top * (n[0] / n) ** order, dashes, color="grey", linewidth=1, label=f"order {order}")
    axes.set_xticks(n, [str(k) for k in n])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("cells along a side")
    axes.set_ylabel("error")


def _bars(axes: Any, columns: list[Column], rows: dict[str, dict[str, dict[str, float]]]) -> None:
    """One group of bars per column, one bar per method."""
    place, width = np.arange(len(columns)), 0.8 / len(rows)
    for k, (method, cases) in enumerate(rows.items()):
        error = [cases.get(c.case, {}).get(c.quantity, np.nan) for c in columns]
        axes.bar(place + (k - (len(rows) - 1) / 2) * width, error, width, label=method)
    axes.set_xticks(place, [c.label for c in columns])
    axes.set_ylabel("error")
