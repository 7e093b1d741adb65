"""Pictures of a run: shaded density in the materials' colours, with the interfaces drawn as they were reconstructed.

The colours of pure cells are an image; in mixed cells the regions themselves are filled, so an interface is as
sharp as the picture is large. Light and shade come from each material's own density: an interface casts no shadow
on its neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .eos import Array
from .problem import Problem, Run

INK, PAPER = "#10151c", "#ffffff"
Box = tuple[float, float, float, float]
"""x0, x1, y0, y1."""
SUPERSAMPLING = 2  # drawn this much larger, then reduced: smooth edges without seams between regions


@dataclass(frozen=True)
class Style:
    """How a picture is drawn; `width` in pixels."""

    width: int = 1400
    schlieren: float = 7.0
    """Darkness of a relative density change of 1 over the width of the picture, in hundredths."""
    relief: float = 0.5
    """How much lighter than its colour a material is where it is thinnest."""
    line: float = 1.1
    """Width of the interfaces, pixels."""
    window: Box | None = None
    """The part of a map that is drawn; all of it unless given."""


def picture(run: Run, problem: Problem, style: Style | None = None) -> Any:
    """The run as it is now, as a PIL image; profiles where the mesh is one row."""
    style = style or Style()
    return _image(_profiles(run, problem, style) if run.mesh.ny == 1 else _map(run, problem, style))


def sheet(panels: list[Any], title: str, remark: str = "", columns: int = 2) -> Any:
    """Pictures of one size side by side, row by row, under a title and a remark on its right, as a PIL image."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from PIL import Image

    columns = min(columns, len(panels))
    rows = -(-len(panels) // columns)
    gap, (width, height) = panels[0].width // 50, panels[0].size
    whole, band = columns * (width + gap) + gap, 3 * gap
    figure = Figure(figsize=(whole / 100, band / 100), dpi=100 * SUPERSAMPLING, facecolor=PAPER)
    FigureCanvasAgg(figure)
    text = {"color": INK, "va": "center", "fontsize": 0.009 * whole}
    figure.text(gap / whole, 0.5, title, weight="bold", **text)
    figure.text(1 - gap / whole, 0.5, remark, ha="right", **text)
    joined = Image.new("RGB", (whole, band + rows * (height + gap)), PAPER)
    joined.paste(_image(figure), (0, 0))
    for number, panel in enumerate(panels):
        row, column = divmod(number, columns)
        joined.paste(panel, (gap + column * (width + gap), band + row * (height + gap)))
    return joined


def save_small(picture: Any, path: Path) -> None:
    """As a PNG of few colours, for documents."""
    from PIL import Image

    picture.quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)


def save_animation(frames: list[Path], path: Path, milliseconds: int = 80) -> None:
    """Join pictures of one size to a GIF that repeats; the last frame stays for two seconds."""
    from PIL import Image

    images = [Image.open(frame).convert("RGB").quantize(128, dither=Image.Dither.NONE) for frame in frames]
    durations = [milliseconds] * (len(images) - 1) + [2000]
    images[0].save(path, save_all=True, append_images=images[1:], duration=durations, loop=0, optimize=False)


def _image(figure: Any) -> Any:
    """A figure drawn and reduced to its size, as a PIL image."""
    from PIL import Image

    figure.canvas.draw()
    drawn = Image.fromarray(np.asarray(figure.canvas.buffer_rgba())).convert("RGB")
    return drawn.resize((drawn.width // SUPERSAMPLING, drawn.height // SUPERSAMPLING), Image.Resampling.LANCZOS)


def shading(run: Run) -> tuple[Array, Array]:
    """Relative density in [0, 1] within each material and schlieren darkness per cell, (ny, nx) each.

    The schlieren function is the gradient of log(density) of the material that fills most of a cell, taken only over
    neighbours that hold it as well.
    """
    fields = run.fields()
    vf = run.vf
    if "density" not in fields:
        return np.ones(vf.shape[1:]), np.zeros(vf.shape[1:])
    masses = run.arrays()["m"]
    tone, gradient = np.zeros(vf.shape[1:]), np.zeros(vf.shape[1:])
    for f, m in zip(vf, masses, strict=True):
        held = f > 0.5
        if not held.any():
            continue
        log_density = np.log(np.where(held, m / np.where(held, f, 1.0), 1.0))
        low, high = np.percentile(log_density[held], (0.5, 99.5))
        tone += held * np.clip((log_density - low) / max(high - low, 1e-3), 0, 1)
        gradient += _gradient(log_density, held)
    return tone, gradient


def _gradient(q: Array, held: Array) -> Array:
    """Length of the gradient of q per cell; a difference counts only between two cells that hold it."""
    total = np.zeros_like(q)
    for axis in (0, 1):
        if q.shape[axis] < 2:
            continue
        both = np.minimum(np.delete(held, 0, axis), np.delete(held, -1, axis))
        difference = np.where(both, np.diff(q, axis=axis), 0.0)
        edge = [(0, 0), (0, 0)]
        edge[axis] = (1, 0)
        low = np.pad(difference, edge)
        edge[axis] = (0, 1)
        high = np.pad(difference, edge)
        total += (0.5 * (low + high)) ** 2
    return np.sqrt(total)


def _map(run: Run, problem: Problem, style: Style) -> Any:
    """Figure of a two-dimensional run."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.collections import LineCollection, PolyCollection
    from matplotlib.colors import to_rgb
    from matplotlib.figure import Figure

    mesh = run.mesh
    colours = np.array([to_rgb(c) for c in problem.colours])
    box = style.window or _reflected_extent(mesh.extent, problem.reflect)
    width, height = _pixels(box, style.width)
    narrow = width < 0.6 * style.width
    band = round((0.06 if narrow else 0.045) * style.width)
    figure = Figure(figsize=(width / 100, (height + band) / 100), dpi=100 * SUPERSAMPLING, facecolor=PAPER)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, height / (height + band)))
    axes.set_axis_off()
    axes.set_xlim(box[0], box[1])
    axes.set_ylim(box[2], box[3])

    interfaces = run.interfaces()
    regions, lines = interfaces.polygons(), interfaces.segments()
    tint = colours[run.vf.argmax(axis=0)]
    tone, gradient = shading(run)
    dark = 1 - np.exp(-style.schlieren * gradient * mesh.nx / 100)
    pale = style.relief * (1 - tone)
    shade = np.concatenate([np.full((*dark.shape, 3), 1.0), pale[..., None]], axis=2)
    shadow = np.concatenate([np.zeros((*dark.shape, 3)), 0.8 * dark[..., None]], axis=2)
    corners = _physical(np.asarray(regions.points), mesh)
    polygons = np.split(corners, np.asarray(regions.offsets)[1:-1]) if len(regions.cell) else []
    ends = _physical(np.asarray(lines.ends), mesh)
    pixel = 72 / 100  # points
    fills = colours[np.asarray(regions.material, int)]
    for side in (1, -1) if problem.reflect else (1,):
        extent = _signed_extent(mesh.extent, problem.reflect, side)
        flip = np.array([side if problem.reflect == "x" else 1, side if problem.reflect == "y" else 1])
        common: dict[str, Any] = {"origin": "lower", "extent": extent, "aspect": "auto"}
        axes.imshow(tint, interpolation="nearest", zorder=1, **common)
        axes.add_collection(
            PolyCollection([p * flip for p in polygons], facecolors=fills, edgecolors=fills, linewidths=0.2, zorder=2)
        )
        axes.imshow(shade, interpolation="bilinear", zorder=3, **common)
        axes.imshow(shadow, interpolation="bilinear", zorder=4, **common)
        axes.add_collection(
            LineCollection(ends * flip, colors=INK, linewidths=style.line * pixel, capstyle="round", zorder=5)
        )
    axes.set_xlim(box[0], box[1])
    axes.set_ylim(box[2], box[3])
    _caption(figure, run, problem, band / (height + band), narrow)
    return figure


def _caption(figure: Any, run: Run, problem: Problem, band: float, narrow: bool) -> None:
    """Title on the left, materials in the middle, time on the right; in two lines above a narrow picture."""
    width = figure.bbox.width / SUPERSAMPLING
    size = width * (1.05 / len(problem.title) if narrow else 0.0115)
    first, second = (1 - 0.3 * band, 1 - 0.72 * band) if narrow else (1 - 0.52 * band,) * 2
    text = {"color": INK, "va": "center"}
    figure.text(0.012, first, problem.title, fontsize=size, weight="bold", **text)
    scale, unit = problem.unit
    time = f"t = {(run.time - problem.origin) * scale:.4g} {unit}".strip()
    figure.text(0.988, second, time, fontsize=size, ha="right", **text)
    x, gap = (0.68, 0.03) if narrow else (0.86, 0.008)
    for name, colour in reversed(list(zip(run.names, problem.colours, strict=True))):
        label = figure.text(x, second, name, fontsize=0.85 * size, ha="right", **text)
        box = label.get_window_extent(figure.canvas.get_renderer())
        x -= box.width / figure.bbox.width + gap
        figure.text(x, second, "\u25cf", fontsize=1.1 * size, ha="right", **{**text, "color": colour})
        x -= 0.02 + gap


def _profiles(run: Run, problem: Problem, style: Style) -> Any:
    """Figure of a tube: density, velocity and pressure over x, interface cells marked."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(style.width / 100, 0.36 * style.width / 100), dpi=100 * SUPERSAMPLING, facecolor=PAPER)
    FigureCanvasAgg(figure)
    x = run.mesh.centres()[0][0]
    fields = run.fields()
    exact = getattr(problem.start, "__self__", None)
    sampled: dict[str, Array] = {}
    if exact is not None and hasattr(exact, "exact") and run.time > 0:
        values = exact.exact().sample((x - exact.x0) / run.time)
        sampled = dict(zip(("density", "u", "pressure"), values[:3], strict=True))
    for number, (name, label) in enumerate((("density", "density"), ("u", "velocity"), ("pressure", "pressure"))):
        axes = figure.add_subplot(1, 3, number + 1)
        if name in sampled:
            axes.plot(x, sampled[name], color=INK, lw=0.9, label="exact")
        for k, colour in enumerate(problem.colours[: len(run.names)]):
            mine = run.vf[k][0] >= 0.5
            axes.plot(x[mine], fields[name][0][mine], ".", ms=3, color=colour, label=run.names[k])
        axes.set_title(label, fontsize=10)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(color="#e5e8ec", lw=0.6)
        axes.set_axisbelow(True)
    figure.axes[0].legend(frameon=False, fontsize=8)
    scale, unit = problem.unit
    figure.suptitle(f"{problem.title}, t = {(run.time - problem.origin) * scale:.4g} {unit}".strip(), fontsize=11)
    figure.tight_layout()
    return figure


def _pixels(box: Box, longest: int) -> tuple[int, int]:
    """Width and height, even, of a picture of the box; a tall box is limited to 1.2 times `longest`."""
    ratio = (box[3] - box[2]) / (box[1] - box[0])
    width = longest if ratio <= 1 else round(longest * min(1.0, 1.2 / ratio))
    return 2 * (width // 2), 2 * round(width * ratio / 2)


def _physical(points: Array, mesh: Any) -> Array:
    """Index coordinates (..., 2) to positions."""
    return np.asarray(points * (mesh.dx, mesh.dy) + (mesh.extent[0], mesh.extent[2]))


def _reflected_extent(extent: Box, reflect: str) -> Box:
    """The box with its mirror image about the axis, which is the low side at 0."""
    x0, x1, y0, y1 = extent
    return (-x1 if reflect == "x" else x0, x1, -y1 if reflect == "y" else y0, y1)


def _signed_extent(extent: Box, reflect: str, side: int) -> Box:
    """Extent of one half for imshow; reversed limits flip the image."""
    x0, x1, y0, y1 = extent
    return (
        (side * x0, side * x1, y0, y1)
        if reflect == "x"
        else (x0, x1, side * y0, side * y1)
        if reflect == "y"
        else extent
    )
