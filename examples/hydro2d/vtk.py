"""Time series for ParaView: cell fields as .vti, interfaces as .vtp, both listed with their times in a .pvd each."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np

from .problem import Run


class VtkSeries:
    """Files of one run in a folder, `NAME.pvd` and `NAME-interfaces.pvd` being those to open.

    Raises
    ------
    ImportError
        When pyvista is not installed; the message says how to install it.
    """

    def __init__(self, folder: Path, name: str) -> None:
        try:
            import pyvista
        except ImportError as error:
            raise ImportError("VTK output needs pyvista: pip install 'mirhydro[vtk]'") from error
        self._pyvista: Any = pyvista
        self._folder, self._name = folder, name
        self._frames: list[tuple[float, str]] = []
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, run: Run, number: int) -> None:
        """Write frame `number` and the lists anew; frames of an interrupted run found in the folder stay listed."""
        stem = f"{self._name}-{number:05d}"
        self._cells(run).save(str(self._folder / f"{stem}.vti"))
        self._interfaces(run).save(str(self._folder / f"{stem}.vtp"))
        self._frames.append((run.time, stem))
        for suffix, listing in ((".vti", self._name), (".vtp", f"{self._name}-interfaces")):
            _write_collection(self._folder / f"{listing}.pvd", self._frames, suffix)

    def resume(self, frames: list[tuple[float, str]]) -> None:
        """Continue a list of (time, stem) written earlier."""
        self._frames = [(float(time), str(stem)) for time, stem in frames]

    @property
    def frames(self) -> list[tuple[float, str]]:
        """(time, stem) of all frames, for a checkpoint."""
        return list(self._frames)

    def _cells(self, run: Run) -> Any:
        """Volume fractions and fields on the mesh."""
        mesh = run.mesh
        grid = self._pyvista.ImageData(
            dimensions=(mesh.nx + 1, mesh.ny + 1, 1),
            spacing=(mesh.dx, mesh.dy, 1.0),
            origin=(mesh.extent[0], mesh.extent[2], 0.0),
        )
        fractions = {f"fraction {name}": f for name, f in zip(run.names, run.vf, strict=True)}
        for name, values in {**run.fields(), **fractions}.items():
            grid.cell_data[name] = np.ascontiguousarray(values).ravel()
        return grid

    def _interfaces(self, run: Run) -> Any:
        """The regions of the mixed cells as polygons that carry their material."""
        mesh, regions = run.mesh, run.interfaces().polygons()
        points = np.asarray(regions.points) * (mesh.dx, mesh.dy) + (mesh.extent[0], mesh.extent[2])
        surface = self._pyvista.PolyData()
        if len(regions.cell):
            surface.points = np.column_stack([points, np.zeros(len(points))])
            corners = np.diff(regions.offsets)
            starts = np.repeat(regions.offsets[:-1], 1)
            faces = np.insert(np.arange(len(points)), starts, corners)
            surface.faces = faces
            surface.cell_data["material"] = np.asarray(regions.material)
        return surface


def _write_collection(path: Path, frames: list[tuple[float, str]], suffix: str) -> None:
    """The .pvd list of a time series."""
    entries = "\n".join(
        f'    <DataSet timestep="{time!r}" part="0" file={quoteattr(stem + suffix)}/>' for time, stem in frames
    )
    head = '<?xml version="1.0"?>\n<VTKFile type="Collection" version="0.1">\n  <Collection>\n'
    text = f"{head}{entries}\n  </Collection>\n</VTKFile>\n"
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
