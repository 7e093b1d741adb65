"""The command line `mirhydro`. A command's module is imported only when that command is called."""

from __future__ import annotations

import argparse
import importlib
import json
import math
import sys
from collections.abc import Sequence
from typing import Any

#: command: (module with configure(parser) and execute(args), one line of help)
_COMMANDS = {
    "run": ("mirhydro.hydro2d.command", "run a hydro or advection problem: pictures, animation, VTK, diagnostics"),
    "evaluate": ("mirhydro.evaluate.command", "accuracy tables of every method, static and in the loop"),
    "bench": ("mirhydro.bench.command", "speed tables: engines, devices, batches, against roof and PLIC"),
    "harvest": ("mirhydro.train.harvest_command", "snapshots of runs and shapes, with the truth, for training"),
    "train": ("mirhydro.train.train_command", "train a net by a recipe"),
    "sweep": ("mirhydro.train.sweep_command", "train autoencoders of many sizes, and compare them"),
    "export": ("mirhydro.export", "a model as ONNX, to check its figures in another runtime"),
    "info": ("mirhydro.cli", "what was built, and why"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code (2: bad arguments or input, 130: interrupted)."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words == ["--cmake-dir"]:
        from .build import cmake_dir

        print(cmake_dir())
        return 0
    parser = argparse.ArgumentParser("mirhydro", description="Material interface reconstruction for hydro codes.")
    parser.add_argument("--version", action="store_true", help="print the version and end")
    parser.add_argument("--cmake-dir", action="store_true", help="print the directory for find_package(mirhydro)")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    wanted = next((word for word in words if not word.startswith("-")), None)
    for name, (module, text) in _COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        if name == wanted:
            chosen = importlib.import_module(module)
            chosen.configure(command)
    args = parser.parse_args(words)
    if args.version:
        from . import __version__

        print(__version__)
        return 0
    if args.command is None:
        parser.print_help()
        return 2
    try:
        return int(chosen.execute(args))
    except KeyboardInterrupt:
        return 130
    except (ValueError, TypeError, ImportError, OSError) as error:
        print(f"mirhydro {args.command}: {error}", file=sys.stderr)
        return 2


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of `mirhydro info`."""
    parser.add_argument("model", nargs="?", help="what a model says of itself, in place of this build")
    parser.add_argument("--json", action="store_true", help="machine-readable")


def execute(args: argparse.Namespace) -> int:
    """`mirhydro info`."""
    from . import _native
    from .build import build_info

    info = build_info() if args.model is None else _described(_native.describe_model(args.model))
    if args.json:
        print(json.dumps(info, indent=2))
        return 0
    for key, value in info.items():
        print(f"{key:17} {', '.join(value) if isinstance(value, list) else value}")
    return 0


def _described(model: dict[str, Any]) -> dict[str, Any]:
    """Path and metadata of a model, and how many weights it has."""
    weights = sum(math.prod(shape) for _, _, shape in model["tensors"])
    return {"path": model["path"], **model["metadata"], "weights": weights}
