"""`mirhydro run PROBLEM`: run a hydro or advection problem into a folder of pictures and numbers."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .progress import Progress

if TYPE_CHECKING:
    from .comparison import Comparison
    from .numberings import Numberings
    from .problem import Problem
    from .runner import Settings

NAMES = (
    "sod",
    "two-gas-tube",
    "water-air-tube",
    "advected-disc",
    "shock-bubble-helium",
    "shock-bubble-r22",
    "triple-point",
    "richtmyer-meshkov",
    "bubble-collapse",
    "vortex",
    "zalesak",
)
DONE, FAILED, BAD_ARGUMENT, INTERRUPTED = 0, 1, 2, 130


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `run`; imports nothing beyond the standard library."""
    parser.add_argument("problem", choices=NAMES, metavar="PROBLEM", help=", ".join(NAMES))
    parser.add_argument(
        "--reconstruction", default="elvira", metavar="METHOD", help="a method of mirhydro.methods() (elvira)"
    )
    parser.add_argument(
        "--order",
        choices=("auto", "numbers"),
        default="auto",
        help="order of onion skins in cells of three and more materials: found in the field, or that of the numbers",
    )
    parser.add_argument(
        "--numberings",
        action="store_true",
        help="run all numberings of the materials, report by how much they differ, draw them side by side",
    )
    parser.add_argument(
        "--compare", type=_words, metavar="A,B,C", help="run several methods, draw their final states side by side"
    )
    parser.add_argument(
        "--window", type=_box, metavar="X0,X1,Y0,Y1", help="what of the mesh --compare draws (all of it)"
    )
    parser.add_argument("--cells", type=_positive_integer, metavar="N", help="cells along x (the problem's own number)")
    parser.add_argument(
        "--until", type=_positive, metavar="T", help="end time in the problem's units (the problem's own)"
    )
    parser.add_argument("--cfl", type=_positive, metavar="C", help="share of the stable time step, up to 1 (0.5)")
    parser.add_argument("--output", type=Path, metavar="DIR", help="folder for pictures and numbers (mirhydro-PROBLEM)")
    parser.add_argument("--resume", action="store_true", help="continue from DIR/checkpoint.npz")
    parser.add_argument(
        "--checkpoint-every", type=_count, default=200, metavar="STEPS", help="0: at the end only (200)"
    )
    parser.add_argument(
        "--frames", type=_count, default=24, metavar="N", help="frames of the animation, 0 for none (24)"
    )
    parser.add_argument("--vtk", action="store_true", help="write each frame for ParaView too; needs pyvista")
    parser.add_argument("--json", action="store_true", help="print the diagnostics as JSON")
    parser.add_argument("--quiet", action="store_true", help="no progress line")


def execute(args: argparse.Namespace) -> int:
    """Run; 0 when done, 1 when the run failed, 2 for a bad argument, 130 when interrupted (a checkpoint is left)."""
    from .problems import PROBLEMS

    problem = PROBLEMS[args.problem]
    try:
        import matplotlib  # noqa: F401  before the run, not at its first picture
        import PIL  # noqa: F401
    except ImportError as error:
        print(f"mirhydro run: {error}; pictures need: pip install 'mirhydro[run]'", file=sys.stderr)
        return BAD_ARGUMENT
    if args.window and not args.compare:
        print("mirhydro run: --window is of --compare", file=sys.stderr)
        return BAD_ARGUMENT
    if args.compare:
        return _comparison(args, problem)
    return _numberings(args, problem) if args.numberings else _run(args, problem)


def _run(args: argparse.Namespace, problem: Problem) -> int:
    """One run."""
    from .runner import Runner
    from .solver import StepFailed

    try:
        settings = _settings(args, problem, args.reconstruction)
        runner = Runner(problem, settings)
        if args.resume:
            runner.resume()
    except (ValueError, ImportError, OSError) as error:
        print(f"mirhydro run: {error}", file=sys.stderr)
        return BAD_ARGUMENT
    progress = Progress(settings.until, None if args.quiet else sys.stderr)
    try:
        result = runner.execute(progress)
    except KeyboardInterrupt:
        progress.close()
        print(f"interrupted at t = {runner.run.time:g}; continue with --resume", file=sys.stderr)
        return INTERRUPTED
    except (StepFailed, ValueError, OSError) as error:
        progress.close()
        print(f"mirhydro run: {error}", file=sys.stderr)
        return FAILED
    progress.close()
    if args.json:
        print(json.dumps(result, indent=2))
    else:
        print(_report(result, settings.output))
    return DONE


def _numberings(args: argparse.Namespace, problem: Problem) -> int:
    """All numberings of the materials."""

    def start() -> Numberings:
        from .numberings import Numberings

        if args.resume or args.vtk:
            raise ValueError("--numberings goes neither with --resume nor with --vtk")
        return Numberings(problem, _settings(args, problem, args.reconstruction))

    return _study(args, start, _numberings_report)


def _comparison(args: argparse.Namespace, problem: Problem) -> int:
    """Several methods."""

    def start() -> Comparison:
        from .comparison import Comparison

        if args.resume or args.vtk or args.numberings:
            raise ValueError("--compare goes with none of --numberings, --resume and --vtk")
        settings = [_settings(args, problem, method) for method in args.compare]
        return Comparison(problem, settings, args.window)

    return _study(args, start, _comparison_report)


def _study(
    args: argparse.Namespace,
    start: Callable[[], Numberings | Comparison],
    report: Callable[[dict[str, Any], Path], str],
) -> int:
    """Several runs together; they leave no checkpoint."""
    from .solver import StepFailed

    try:
        study = start()
    except (ValueError, OSError) as error:
        print(f"mirhydro run: {error}", file=sys.stderr)
        return BAD_ARGUMENT
    try:
        result = study.execute(None if args.quiet else sys.stderr)
    except KeyboardInterrupt:
        print("interrupted; nothing is kept", file=sys.stderr)
        return INTERRUPTED
    except (StepFailed, ValueError, OSError) as error:
        print(f"mirhydro run: {error}", file=sys.stderr)
        return FAILED
    print(json.dumps(result, indent=2) if args.json else report(result, study.output))
    return DONE


def _comparison_report(result: dict[str, Any], output: Path) -> str:
    lines = [
        f"{run['reconstruction']:10} {run['steps']} steps, {run['seconds']:.1f} s, "
        f"{run['interfaces']} interface lines, pieces {run['pieces']}"
        for run in result["runs"]
    ]
    return "\n".join([*lines, f"comparison.png and result.json in {output}"])


def _settings(args: argparse.Namespace, problem: Problem, method: str) -> Settings:
    """Arguments and the problem's own values where none were given; ValueError where they do not fit."""
    import mirhydro as mir

    from .runner import Settings

    if method not in mir.methods():
        raise ValueError(f"--reconstruction {method}: one of {', '.join(mir.methods())}")
    if method == "mof":
        raise ValueError("--reconstruction mof needs centroids, which the solver does not carry; take another method")
    cfl = problem.cfl if args.cfl is None else args.cfl
    if cfl > 1:
        raise ValueError(f"--cfl {cfl}: it lies in (0, 1]")
    until = problem.until if args.until is None else args.until / problem.unit[0] + problem.origin
    suffix = f"-numberings-{args.order}" if args.numberings else "-comparison" if args.compare else ""
    output = args.output or Path(f"mirhydro-{problem.name}{suffix}")
    return Settings(
        cells=args.cells or problem.cells,
        method=method,
        cfl=cfl,
        until=until,
        output=output,
        frames=args.frames,
        checkpoint_every=args.checkpoint_every,
        vtk=args.vtk,
        order=args.order,
    )


def _report(result: dict[str, Any], output: Path) -> str:
    """What a person wants to know first."""
    cost = result.get("microseconds per cell and step", 0.0)
    lines = [
        f"{result['problem']}: {result['mesh'][0]} x {result['mesh'][1]} cells, {result['steps']} steps, "
        f"{result['seconds']['total']:.1f} s ({cost:.2f} us per cell and step)"
    ]
    change = result.get("change since the start")
    if change and change["closed box"]:
        worst = max(map(abs, change["mass"].values()))
        lines.append(f"change of mass (worst material) {worst:.1e}, of energy {abs(change['energy']):.1e}")
    lines += [f"{name}: {json.dumps(value)}" for name, value in result["summary"].items()]
    lines.append(f"pictures, animation and result.json in {output}")
    return "\n".join(lines)


def _numberings_report(result: dict[str, Any], output: Path) -> str:
    """A table: the numberings, how far each is from the first at each time, pieces of each material."""
    lines = [
        f"{result['problem']}: {result['mesh'][0]} x {result['mesh'][1]} cells, {result['reconstruction']}, "
        f"order {result['order']}, {result['seconds']:.1f} s",
        f"sum |a - a'| h^2 from the first, t = {', '.join(f'{t:.4g}' for t in result['times'])}; pieces",
    ]
    for run in result["numberings"]:
        changes = " ".join(f"{change:9.3g}" for change in run["difference from the first"])
        lines.append(f"{' '.join(run['materials']):24} {changes}   {json.dumps(run['pieces'])}")
    same = "the same to the last bit" if result["same to the last bit"] else "not the same"
    lines.append(f"largest difference of two at the end {result['largest difference']:.3g}: {same}")
    lines.append(f"numberings.png and result.json in {output}")
    return "\n".join(lines)


def _words(text: str) -> list[str]:
    """Words with commas between them."""
    return text.split(",")


def _box(text: str) -> tuple[float, float, float, float]:
    """Four numbers with commas between them."""
    x0, x1, y0, y1 = (float(word) for word in text.split(","))
    return x0, x1, y0, y1


def _positive(text: str) -> float:
    """A finite number above 0."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text}: a positive number is needed")
    return value


def _positive_integer(text: str) -> int:
    """An integer above 0."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text}: at least 1 is needed")
    return value


def _count(text: str) -> int:
    """An integer of at least 0."""
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text}: at least 0 is needed")
    return value
