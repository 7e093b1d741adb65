"""`mirhydro train`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of `mirhydro train`."""
    parser.add_argument("recipe", type=Path, help="TOML; those of the shipped nets are in mirhydro/models")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="the model file, safetensors")
    parser.add_argument("--work", type=Path, required=True, metavar="DIR", help="harvests and checkpoints: it resumes")
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--json", action="store_true", help="only the result, machine-readable")


def execute(args: argparse.Namespace) -> int:
    """Harvest, train and choose by a recipe."""
    try:
        from mirhydro.train.pipeline import Workplace, run
    except ImportError as error:
        raise ImportError(f'{error}: training needs torch, pip install "mirhydro[torch]"') from None
    from mirhydro.train.recipe import read

    recipe = read(args.recipe)

    args.work.mkdir(parents=True, exist_ok=True)
    score = run(recipe, args.output, Workplace(args.work, args.workers, quiet=args.json))
    summary = {"model": str(args.output), "score": score}
    print(json.dumps(summary) if args.json else f"{args.output}: {score:.3f} of ppic's errors in the loop")
    return 0
