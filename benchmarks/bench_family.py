"""Which net is worth its time? Error in the loop against mixed cells a second, for nets, precisions and PLIC.

python benchmarks/bench_family.py [--quick] [--models FILE ...]

Errors are those by which nets are chosen (mirhydro.train.score: flows and shapes of no table and no harvest), ratios to
ppic's. Speed: search to exact volumes, shared nodes in, one core, beside the same call on a pure field.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

import mirhydro as mir
from bench_calls import discs
from interleaved import interleaved, keep
from mirhydro.evaluate.variants import Method, Variant, method_of, name_of, reconstructor
from mirhydro.train.score import score

PICTURE = Path(__file__).parent.parent / "docs" / "pictures" / "family.png"


def family(models: list[str]) -> list[Method]:
    """PLIC, ppic, and every net in both precisions."""
    nets = [
        Variant(f"{Path(model).stem}, {precision}", "neural", {"model": model, "precision": precision})
        for model in models
        for precision in ("float32", "bfloat16")
    ]
    return ["elvira", "lvira", "ppic", *nets]


def rates(methods: list[Method], n: int) -> np.ndarray:
    """Mixed cells a second, medians of calls in turn."""
    vf = discs(n, n // 32)
    pure = np.zeros_like(vf)
    pure[0] = 1
    calls: list[Any] = []
    for method in methods:
        rec = reconstructor(method)
        r, none = rec(vf), rec(pure)
        calls += [lambda rec=rec, r=r: rec(vf, out=r), lambda rec=rec, none=none: rec(pure, out=none)]
    seconds = np.median(interleaved(calls, 21), axis=0)
    return len(r) / (seconds[::2] - seconds[1::2])


def draw(figures: dict[str, dict[str, float]]) -> None:
    """Every method as a point; below and to the right is better."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
    for name, f in figures.items():
        net = "," in name
        marker, colour = ("o", "tab:red") if net and "bfloat16" in name else ("o", "tab:blue") if net else ("s", "0.3")
        axes.loglog(f["cells_per_second"], f["error"], marker, color=colour)
        lower = "bfloat16" in name  # the two precisions of a net lie side by side
        place = {"xytext": (4, -10 if lower else 4), "textcoords": "offset points", "fontsize": 7}
        axes.annotate(name, (f["cells_per_second"], f["error"]), **place)
    axes.set_xlabel(f"mixed cells a second, one core ({mir.build_info()['processor']})")
    axes.set_ylabel("error in the loop, ppic = 1")
    axes.grid(True, which="both", alpha=0.2)
    axes.set_xlim(9e5, 4e7)
    axes.set_xticks([1e6, 2e6, 5e6, 1e7, 2e7], ["1e6", "2e6", "5e6", "1e7", "2e7"])
    axes.set_ylim(0.45, 2.1)
    axes.set_yticks([0.5, 0.7, 1, 1.4, 2], ["0.5", "0.7", "1", "1.4", "2"])
    axes.minorticks_off()
    PICTURE.parent.mkdir(exist_ok=True)
    figure.savefig(PICTURE, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smaller mesh, coarse runs, nothing written")
    shipped = [model for model in mir.models() if method_of(model) == "neural"]
    parser.add_argument("--models", nargs="*", default=shipped, help="stencil nets, names or files")
    args = parser.parse_args()
    methods = family(args.models)
    speed = rates(methods, 256 if args.quick else 1024)
    figures = {}
    for method, rate in zip(methods, speed, strict=True):
        found = score(method, (16,) if args.quick else (32, 64, 128))
        figures[name_of(method)] = {"cells_per_second": float(rate), "error": found.mean}
        print(f"{name_of(method):24} {rate:.2e} mixed cells/s, in the loop {found} of ppic's errors", flush=True)
    if not args.quick:
        keep("family", figures)
        draw(figures)


if __name__ == "__main__":
    main()
