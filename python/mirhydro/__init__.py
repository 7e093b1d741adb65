"""Interfaces of materials inside the cells of a mesh, from volume fractions.

>>> import mirhydro as mir
>>> vf = mir.volume_fractions([mir.Circle((0.5, 0.5), 0.3)], 64, 64)
>>> r = mir.Reconstructor("elvira")(vf)
>>> r.volumes().shape
(164, 2)
"""

from __future__ import annotations

from ._native import instruction_set, methods, models
from ._native import version as __version__
from .build import build_info, cmake_dir
from .device import DeviceReconstruction
from .engine import Engine
from .reconstruction import Contours, Flushed, Polygons, Reconstruction, Segments, Stats
from .reconstructor import Reconstructor, mixed_cells
from .shapes import Circle, Ellipse, HalfPlane, Implicit, Polygon, overlap, volume_fractions

__all__ = [
    "Circle",
    "Contours",
    "DeviceReconstruction",
    "Ellipse",
    "Engine",
    "Flushed",
    "HalfPlane",
    "Implicit",
    "Polygon",
    "Polygons",
    "Reconstruction",
    "Reconstructor",
    "Segments",
    "Stats",
    "__version__",
    "build_info",
    "cmake_dir",
    "instruction_set",
    "methods",
    "mixed_cells",
    "models",
    "overlap",
    "volume_fractions",
]
