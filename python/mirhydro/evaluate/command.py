"""`mirhydro evaluate`: accuracy tables of every method as text, JSON and plots."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mirhydro.evaluate.layout import Table
    from mirhydro.evaluate.results import Results


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.description = (
        "Accuracy of every method: still pictures and prescribed flows, of two and of several materials; and of "
        "the variants of ppic."
    )
    parser.add_argument(
        "group",
        nargs="?",
        choices=("static", "advection", "materials", "ablation", "all"),
        default="all",
        help="which tables (all)",
    )
    parser.add_argument("--methods", metavar="A,B,C", help="methods and shipped nets to evaluate (all)")
    parser.add_argument(
        "--tables",
        metavar="A,B,C",
        help="tables to make, by name, such as circle,vortex-2 (all of the group)",
    )
    parser.add_argument("--quick", action="store_true", help="coarse meshes and few samples: twenty seconds")
    parser.add_argument("--fine", action="store_true", help="the single vortex also at N = 256")
    parser.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help="write figures to FILE, row by row; an interrupted run is continued from it",
    )
    parser.add_argument(
        "--update",
        action="store_true",
        help="measure the chosen methods and tables anew and keep all other figures of the --json file",
    )
    parser.add_argument(
        "--from", dest="source", type=Path, metavar="FILE", help="show the figures of FILE; measure nothing"
    )
    parser.add_argument(
        "--plots", type=Path, metavar="DIR", help="write plots of the tables into DIR (needs matplotlib)"
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="write the tables to FILE in Markdown, not to the terminal",
    )
    parser.add_argument(
        "--document",
        type=Path,
        metavar="FILE",
        help="put all tables into FILE, between its two marks, as in docs/accuracy.md",
    )


def execute(args: argparse.Namespace) -> int:
    """Measure, then print, write and draw. Returns the exit code.

    Raises ValueError for a method or a table that does not exist, OSError for files that cannot be used.
    """
    import mirhydro as mir
    from mirhydro.evaluate.catalogue import catalogue
    from mirhydro.evaluate.results import Results, ordered
    from mirhydro.evaluate.tables import report, show, spliced
    from mirhydro.evaluate.variants import SLOW, nets

    if args.update and args.json is None:
        raise ValueError("--update is of a --json file")
    every = catalogue(args.quick, args.fine)
    tables = [t for t in every if args.group in (t.group, "all")]
    wanted = _chosen([t.name for t in tables], args.tables, "table")
    tables = [t for t in tables if t.name in wanted]
    known = ordered([*mir.methods(), *nets()])
    usual = ",".join(name for name in known if name not in SLOW)
    methods = _chosen(known, args.methods or usual, "method")
    results = Results.read(args.source) if args.source else Results(args.json, keep=args.update)
    if not args.source:
        _measure(tables, methods, results, anew=args.update)
    if args.output:
        args.output.write_text(report(tables, results), encoding="utf-8")
    else:
        show(tables, results)
    if args.document:
        document = args.document.read_text(encoding="utf-8")
        args.document.write_text(spliced(document, every, results), encoding="utf-8")
    if args.plots:
        from mirhydro.evaluate.plots import draw

        for path in draw(tables, results, args.plots):
            print(path, file=sys.stderr)
    return 0


def _chosen(known: list[str], names: str | None, noun: str) -> list[str]:
    """Those of `known` that the comma-separated `names` lists; all when there is no list."""
    wanted = known if names is None else [name.strip() for name in names.split(",")]
    for name in wanted:
        if name not in known:
            raise ValueError(f"no {noun} {name!r}: there are {', '.join(known)}")
    return [name for name in known if name in wanted]


def _measure(tables: list[Table], methods: list[str], results: Results, anew: bool) -> None:
    """Measure what is not yet in `results`, or all of it anew, telling on stderr what is under way."""
    from time import perf_counter

    from mirhydro.evaluate.layout import BEST_LINE
    from mirhydro.evaluate.results import work

    todo = list(work(tables, methods))
    if anew:
        for table, row, case, _ in (t for t in todo if t[1] != BEST_LINE):  # the floor is of no method
            results.forget(table, row, case)
    for k, (table, method, case, measure) in enumerate(todo):
        if results.get(table, method, case) is not None:
            continue
        print(f"[{k + 1}/{len(todo)}] {table.name} {method} {case} ", end="", file=sys.stderr, flush=True)
        started = perf_counter()
        results.put(table, method, case, measure())
        print(f"{perf_counter() - started:.1f} s", file=sys.stderr)
    results.finish()
