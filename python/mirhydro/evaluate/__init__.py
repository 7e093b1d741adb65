"""How accurate is each method? Exact measures, static and advected tables, the floor of all lines.

Names are imported on first use, so that ``mirhydro evaluate --help`` does not wait for NumPy.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_ROOMS = {
    "centroids": "truth",
    "misplaced_area": "measures",
    "misplaced_areas": "measures",
    "face_jumps": "measures",
    "best_lines": "best_line",
    "Flow": "flows",
    "advect": "advection",
    "order_free": "orders",
}
__all__ = list(_ROOMS)


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module 'mirhydro.evaluate' has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
