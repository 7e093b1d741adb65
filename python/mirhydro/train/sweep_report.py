"""What a sweep found: a table and a Pareto plot of its members."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import mirhydro as mir
from mirhydro.model_file import write_whole


def records(folder: Path) -> list[dict[str, Any]]:
    """Of the members that are done, least work first. Raises ValueError where there is none."""
    found = [json.loads(path.read_text()) for path in sorted(folder.glob("c*.json"))]
    if not found:
        raise ValueError(f"{folder}: no member of a sweep is done there")
    return sorted(found, key=lambda record: (record["multiplications"], record["name"]))


def speed(model: Path, rounds: int = 5) -> dict[str, float]:
    """Images, and mixed cells of a whole reconstruction, a second; native, one thread, CPU time, best round."""
    engine, n = mir.Engine(model), 64
    images, out = np.zeros((n, 64, 64), np.float32), np.empty((n, 64, 64), np.float32)
    vf = mir.volume_fractions([mir.Circle((0.5, 0.5), 0.3)], 64, 64)
    rec = mir.Reconstructor("autoencoder", model=str(model))
    r = rec(vf)
    took = []
    for _ in range(rounds):
        clock = [time.process_time()]
        engine.infer(images, out=out)
        clock.append(time.process_time())
        rec(vf, out=r)
        clock.append(time.process_time())
        took.append(np.diff(clock))
    best = np.min(took, axis=0)
    return {"images_per_second": n / best[0], "cells_per_second": r.stats.mixed / best[1]}


COLUMNS = (
    *("member", "multiply-adds", "parameters", "samples", "trained on"),
    *("at rest", "mosaics", "runs", "in the loop", "images/s", "cells/s"),
)


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Errors as ratios to those of ppic on the same cells: below 1 is better."""
    lines = [list(COLUMNS), ["---"] + ["---:"] * 3 + ["---"] + ["---:"] * 6]
    for row in rows:
        cells = [row["name"], *(f"{row[key]:,}" for key in ("multiplications", "parameters", "samples"))]
        cells.append(f"{row['device']}, {row['seconds']:.0f} s")
        cells += [f"{row['misplaced'][kind] / row['ppic'][kind]:.3f}" for kind in ("rest", "mosaic", "runs")]
        cells.append(f"{row['score']:.3f}" if "score" in row else "")
        cells += [f"{row[key]:,.0f}" if key in row else "" for key in ("images_per_second", "cells_per_second")]
        lines.append(cells)
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def plot(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Error over speed, with the members that none beats in both."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(12, 4.5))
    judged = (
        ("misplaced at rest / ppic", lambda row: row["misplaced"]["rest"] / row["ppic"]["rest"]),
        ("error in the loop / ppic", lambda row: row.get("score")),
    )
    for axis, (label, error) in zip(axes, judged, strict=True):
        shown = [(row["cells_per_second"], error(row), row["name"]) for row in rows if error(row) is not None]
        front = sorted((r, v, name) for r, v, name in shown if not any(a > r and b < v for a, b, _ in shown))
        for rate, value, name in shown:
            best = (rate, value, name) in front
            axis.plot(rate, value, "o", ms=4, color="C0" if best else "0.7")
            if best:  # the others have their names in the table
                place = {"xytext": (-4, -3), "textcoords": "offset points", "ha": "right", "va": "top"}
                axis.annotate(name, (rate, value), fontsize=7, **place)
        if front:
            axis.plot([r for r, _, _ in front], [v for _, v, _ in front], "-", lw=1, color="C1")
        axis.margins(x=0.25)
        axis.axvline(1e5, color="0.6", ls="--", lw=1)
        axis.axhline(1, color="0.6", lw=1)
        axis.set(xscale="log", xlabel="mixed cells/s, one core", ylabel=label)
    figure.tight_layout()
    figure.savefig(path, dpi=150)
    plt.close(figure)


def keep(rows: Sequence[dict[str, Any]], folder: Path) -> list[Path]:
    """Write sweep.json, sweep.md and, where matplotlib is, sweep.png."""
    folder.mkdir(parents=True, exist_ok=True)
    short = [{key: value for key, value in row.items() if key != "losses"} for row in rows]
    write_whole(folder / "sweep.json", (json.dumps(short, indent=1) + "\n").encode())
    write_whole(folder / "sweep.md", table(rows).encode())
    made = [folder / "sweep.json", folder / "sweep.md"]
    try:
        plot(rows, folder / "sweep.png")
    except ImportError:
        return made
    return [*made, folder / "sweep.png"]
