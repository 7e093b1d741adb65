"""`mirhydro harvest`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of `mirhydro harvest`."""
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="where the shards go")
    parser.add_argument(
        "--method",
        default="ppic",
        help="whose runs; rest: shapes at rest, with noise; mosaic: corners, thin filaments, drops",
    )
    parser.add_argument("--model", help="a model file, where the method is neural")
    parser.add_argument("--cells", type=int, default=200_000, help="mixed cells, about")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--json", action="store_true", help="machine-readable")


def execute(args: argparse.Namespace) -> int:
    """Make what is missing of the shards; a run that was stopped goes on."""
    from mirhydro.evaluate.variants import Method, Variant
    from mirhydro.train.shards import Order, digest, harvest, read

    if args.cells < 1 or args.workers < 1:
        raise ValueError(f"--cells {args.cells} --workers {args.workers}: at least 1")
    method: Method = args.method
    if args.model is not None:
        method = Variant(args.model, args.method, {"model": args.model})

    def progress(done: int, of: int) -> None:
        if not args.json:
            print(f"{done} of {of} shards", flush=True)

    paths = harvest(Order(args.output, method, args.seed, args.cells), args.workers, progress)
    snapshots = read(paths)
    summary = {
        "shards": len(paths),
        "snapshots": len(snapshots),
        "cells": sum(len(s.cells) for s in snapshots),
        "sha256": digest(paths),
    }
    print(json.dumps(summary) if args.json else ", ".join(f"{name} {value}" for name, value in summary.items()))
    return 0
