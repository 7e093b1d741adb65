"""`mirhydro sweep`: autoencoders of many sizes, the same budget each, compared."""

from __future__ import annotations

import argparse
from pathlib import Path


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in text.split(","))


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of `mirhydro sweep`."""
    parser.add_argument("work", type=Path, metavar="DIR", help="data, members and records; what is there is not redone")
    parser.add_argument("--channels", type=_numbers, default=(1, 2, 4, 8, 16, 32), metavar="A,B")
    parser.add_argument("--pools", type=_numbers, default=(1, 2, 4), metavar="A,B", help="strides, 1: no pooling")
    parser.add_argument("--dilations", type=_numbers, default=(1, 2), metavar="A,B")
    parser.add_argument("--bottlenecks", type=_numbers, default=(8,), metavar="A,B", help="with pooling; 32 without")
    parser.add_argument("--samples", type=int, default=500_000, help="tiles that each member sees")
    parser.add_argument("--cells", type=int, default=512, help="tiles of a batch")
    parser.add_argument("--seconds", type=float, default=0.0, help="equal time in place of equal samples")
    parser.add_argument("--harvest", type=int, default=280_000, metavar="N", help="cells of runs in the data")
    parser.add_argument("--held-out", type=int, default=40_000, metavar="N", help="cells of each kind that judge")
    parser.add_argument("--device", default="cpu", help="cpu or cuda, for training and the loop")
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32", help="of training")
    parser.add_argument("--workers", type=int, default=1, help="members trained at a time")
    parser.add_argument("--sizes", type=_numbers, default=(32,), metavar="A,B", help="meshes of the flows in the loop")
    parser.add_argument("--no-loop", action="store_true", help="leave out errors in the loop")
    parser.add_argument("--report-only", action="store_true", help="of the members that are done")
    parser.add_argument("--output", type=Path, metavar="DIR", help="of table, plot and JSON (DIR)")


def execute(args: argparse.Namespace) -> int:
    """`mirhydro sweep`."""
    from mirhydro.train import sweep_report
    from mirhydro.train.sweep import Budget, Place, in_loop, members, sweep

    if min(args.samples, args.cells, args.workers, args.harvest, args.held_out) < 1:
        raise ValueError("--samples, --cells, --workers, --harvest and --held-out are at least 1")
    place = Place(
        args.work,
        args.device,
        engine="native" if args.device == "cpu" else "torch",
        workers=args.workers,
        sizes=args.sizes,
        runs=args.harvest,
        rest=-(-args.harvest * 5 // 7),
        mosaic=-(-args.harvest * 6 // 7),
        held_out=args.held_out,
    )
    if not args.report_only:
        shapes = members(args.channels, args.pools, args.dilations, args.bottlenecks)
        sweep(shapes, Budget(args.samples, args.cells, seconds=args.seconds, precision=args.precision), place)
    rows = sweep_report.records(args.work)
    for row in rows:
        if not args.no_loop:
            row |= in_loop(row["name"], place)
            print(f"{row['name']}: in the loop {row['score']:.3f}")
        row |= sweep_report.speed(args.work / f"{row['name']}.safetensors")
    for path in sweep_report.keep(rows, args.output or args.work):
        print(path)
    print(sweep_report.table(rows), end="")
    return 0
