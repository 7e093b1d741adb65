"""Figures as JSON, as a Markdown table that others can fill for their machine, and as a plot."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from mirhydro.bench.measure import bytes_per_sample
from mirhydro.model_file import write_whole

GOAL = 100_000  #: samples a second that the field asks for: PLIC's rate


def table(figures: dict[str, Any]) -> str:
    """Throughput by runner and batch; the best batch against the rate of a large matrix product on its device."""
    lines = [f"Devices: {', '.join(f'{k} = {v}' for k, v in figures['devices'].items())}", ""]
    for model, part in figures["models"].items():
        rows = part["rows"]
        batches = sorted({row["batch"] for row in rows})
        lines += [f"**{model}**, samples/s by batch ({part['multiply_adds']:,} multiply-adds a sample)", ""]
        lines.append(
            "| engine, device, precision | " + " | ".join(f"{n:,}" for n in batches) + " | share of matrix product |"
        )
        lines.append("|---|" + "---:|" * (len(batches) + 1))
        for name in dict.fromkeys(row["runner"] for row in rows):
            for key, note in (("seconds", ""), ("seconds_resident", ", without copies")):
                mine = {row["batch"]: row for row in rows if row["runner"] == name}
                if key != "seconds" and not any(key in row for row in mine.values()):
                    continue
                cells = [_cell(mine.get(n), key) for n in batches]
                rates = [row["batch"] / row[key] for row in mine.values() if key in row and "ended" not in row]
                device, precision = name.split()[1:]
                kind = "multiply_adds" if precision == "float32" else f"multiply_adds_{precision}"
                roofs = figures["roofs"].get(device, {})
                # what a device multiplies slowly, an engine may run in float32
                roof = max(roofs.get(kind, 0.0), roofs.get("multiply_adds", 0.0))
                share = f"{max(rates) * part['multiply_adds'] / roof:.2f}" if rates and roof else ""
                lines.append(f"| {name}{note} | " + " | ".join(cells) + f" | {share} |")
        lines.append("")
        lines.append(
            f"Bytes in and out of a sample: {part['bytes_in_and_out']:,}; measured copies, bytes/s: {_copies(figures)}"
        )
        lines.append("")
        lines += _memory(part.get("memory", []))
    lines.append(
        "PLIC, mixed cells/s in the same run: " + ", ".join(f"{k} {v:,.0f}" for k, v in figures["plic"].items())
    )
    lines += [f"Not run: {line}" for line in figures["skipped"]]
    return "\n".join(lines) + "\n"


def _memory(rows: list[dict[str, Any]]) -> list[str]:
    """Peak bytes beside the batch, and the batch with which an engine would fill this machine."""
    if not rows:
        return []
    batches = sorted({row["batch"] for row in rows})
    lines = ["| peak memory beside the batch, MiB | " + " | ".join(f"{n:,}" for n in batches)]
    lines[0] += " | a sample more, KiB | fills this machine at |"
    lines.append("|---|" + "---:|" * (len(batches) + 2))
    here = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for engine in dict.fromkeys(row["engine"] for row in rows):
        mine = [row for row in rows if row["engine"] == engine]
        told = {row["batch"]: row.get("ended") or f"{row['bytes'] / 2**20:,.0f}" for row in mine}
        each = bytes_per_sample(mine)
        # the batch itself is the host's
        full = f"{here / each:,.0f}" if each is not None and each > 1024 else "no batch"
        slope = "" if each is None else f"{each / 1024:,.1f}"
        lines.append(f"| {engine} | " + " | ".join(told.get(n, "") for n in batches) + f" | {slope} | {full} |")
    return [*lines, ""]


def _copies(figures: dict[str, Any]) -> str:
    return ", ".join(f"{device} {row['bytes']:.2g}" for device, row in figures["roofs"].items())


def _cell(row: dict[str, Any] | None, key: str) -> str:
    if row is None:
        return ""
    if "ended" in row:
        return str(row["ended"])[:40]
    return f"{row['batch'] / row[key]:,.0f}" if key in row else ""


def plot(figures: dict[str, Any], path: Path) -> None:
    """Throughput over batch, with lines for the goal and for PLIC."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    models = figures["models"]
    remembered = any(part.get("memory") for part in models.values())
    lines = 2 if remembered else 1
    figure, axes = plt.subplots(lines, len(models), figsize=(6 * len(models), 4.5 * lines), squeeze=False)
    for column, (model, part) in enumerate(models.items()):
        axis = axes[0][column]
        for name in dict.fromkeys(row["runner"] for row in part["rows"]):
            rows = [row for row in part["rows"] if row["runner"] == name and "ended" not in row]
            axis.loglog([r["batch"] for r in rows], [r["samples_per_second"] for r in rows], "o-", label=name, ms=3)
        axis.axhline(GOAL, color="0.5", ls="--", lw=1)
        axis.annotate(f"{GOAL:,} samples/s", (1, GOAL), fontsize=7, va="bottom")
        for method, rate in figures["plic"].items():
            axis.axhline(rate, color="0.7", ls=":", lw=1)
            axis.annotate(method, (1, rate), fontsize=7, va="bottom")
        axis.set(title=model, xlabel="batch", ylabel="samples/s")
        axis.legend(fontsize=6)
        if remembered:
            _plot_memory(axes[1][column], part.get("memory", []))
    figure.tight_layout()
    figure.savefig(path, dpi=150)
    plt.close(figure)


def _plot_memory(axis: Any, memory: list[dict[str, Any]]) -> None:
    for engine in dict.fromkeys(row["engine"] for row in memory):
        rows = [row for row in memory if row["engine"] == engine and "bytes" in row]
        axis.loglog([r["batch"] for r in rows], [r["bytes"] / 2**20 for r in rows], "o-", label=engine, ms=3)
    axis.set(xlabel="batch", ylabel="peak memory beside the batch, MiB")
    axis.legend(fontsize=6)


def keep(figures: dict[str, Any], folder: Path, name: str) -> list[Path]:
    """Write all three; the plot where matplotlib is."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.json", folder / f"{name}.md"]
    write_whole(paths[0], (json.dumps(figures, indent=2) + "\n").encode())
    write_whole(paths[1], table(figures).encode())
    try:
        plot(figures, folder / f"{name}.png")
        paths.append(folder / f"{name}.png")
    except ImportError:
        figures["skipped"].append("plot: pip install matplotlib")
    return paths
