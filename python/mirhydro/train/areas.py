"""Exact areas of level sets in PyTorch, with their gradients: what the core computes, for losses."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from mirhydro import _native


def _barycentric(K: int, x: float, y: float) -> list[tuple[int, float]]:
    """Nodes and their weights at a point of the cell, whose sides are K long: linear on the criss-cross triangles."""
    i, j = min(int(x), K - 1), min(int(y), K - 1)
    u, v = x - i - 0.5, y - j - 0.5
    edge = 2 * max(abs(u), abs(v))  # 0 at the sub-cell's centre, 1 on its sides
    corner = np.zeros((2, 2))
    corner += 0.25 * (1 - edge)
    if edge > 0:
        along_x, along_y = 0.5 + u / edge, 0.5 + v / edge
        if abs(u) >= abs(v):
            side = int(u > 0)
            corner[:, side] += edge * np.array([1 - along_y, along_y])
        else:
            side = int(v > 0)
            corner[side] += edge * np.array([1 - along_x, along_x])
    return [((j + b) * (K + 1) + i + a, corner[b, a]) for b in (0, 1) for a in (0, 1)]


@lru_cache(maxsize=8)
def criss_cross(K: int, s: int, device: str = "cpu") -> tuple[Tensor, Tensor]:
    """Interpolation (points, (K+1)^2) to corners and centres of s x s squares, and their triangles' corners (4 s^2, 3).

    s is a multiple of K: then the level set is linear on each triangle.
    """
    number: dict[tuple[int, int], int] = {}
    triangles = []
    for j in range(s):
        for i in range(s):
            sw, se, nw, ne, c = (
                number.setdefault((2 * i + a, 2 * j + b), len(number))
                for a, b in ((0, 0), (2, 0), (0, 2), (2, 2), (1, 1))
            )
            triangles += [(sw, se, c), (nw, ne, c), (sw, nw, c), (se, ne, c)]
    to_points = torch.zeros(len(number), (K + 1) ** 2)
    for (x, y), n in number.items():
        for node, weight in _barycentric(K, x * K / (2 * s), y * K / (2 * s)):
            to_points[n, node] += weight
    return to_points.to(device), torch.tensor(triangles, device=device)


def _share(p: Tensor, q: Tensor, r: Tensor) -> Tensor:
    """Share of a triangle where a linear function with these corners is positive."""
    low, high = torch.minimum(torch.minimum(p, q), r), torch.maximum(torch.maximum(p, q), r)
    middle = torch.maximum(torch.minimum(p, q), torch.minimum(torch.maximum(p, q), r))
    tiny = 1e-12
    one = high.clamp_min(0) ** 2 / ((high - middle) * (high - low) + tiny)
    two = 1 - low.clamp_max(0) ** 2 / ((middle - low) * (high - low) + tiny)
    part = torch.where(middle > 0, two, one)
    return torch.where(low > 0, torch.ones_like(part), torch.where(high < 0, torch.zeros_like(part), part))


def _sub_areas(phi: Tensor, to_points: Tensor, triangles: Tensor) -> Tensor:
    value = phi @ to_points.T
    share = _share(value[:, triangles[:, 0]], value[:, triangles[:, 1]], value[:, triangles[:, 2]])
    return share.view(len(phi), -1, 4).mean(2)


@lru_cache(maxsize=1)
def _kernel() -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """On a CPU four times as fast as one operation after the other, where there is a compiler for what torch writes."""
    return torch.compile(_sub_areas, dynamic=True) if shutil.which("g++") else _sub_areas


def sub_areas(phi: Tensor, K: int, s: int) -> Tensor:
    """Fractions (n, s^2) of the sub-cells where a level set (n, (K+1)^2) is positive."""
    to_points, triangles = criss_cross(K, s, str(phi.device))
    kernel = _sub_areas if phi.is_cuda else _kernel()
    found: Tensor = kernel(phi, to_points.to(phi), triangles)
    return found


def matched(phi: Tensor, vf: Tensor, K: int, coarse: bool = False) -> Tensor:
    """Level sets with the constant added that gives them their fractions; the gradient knows that it moves along."""
    # the core's own, also where cells stay on a device: a search there takes fifty launches
    offset = np.empty(len(phi))
    _native.level_set_offsets(phi.detach().cpu().double().numpy(), vf.detach().cpu().double().numpy(), offset, coarse)
    there = torch.from_numpy(offset).to(phi)[:, None]
    at = there.clone().requires_grad_(True)
    with torch.enable_grad():
        area = sub_areas(phi.detach() + at, K, K).mean(1)
        (slope,) = torch.autograd.grad(area.sum(), at)
    area = sub_areas(phi + there, K, K).mean(1)
    # one Newton step from the root: its value is the root, its gradient that of the root
    beyond = (area - area.detach()) - (vf - vf.detach()).to(area)
    step = torch.where(slope > 0.05, beyond[:, None] / slope.clamp_min(0.05), torch.zeros_like(slope))
    return phi + there - step
