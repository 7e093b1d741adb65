"""Polygons cut by lines in exact rational arithmetic: the second, independent algorithm of the geometry tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

Number = float | Fraction
Point = tuple[Fraction, Fraction]
Polygon = list[Point]


def rectangle(x0: Number, x1: Number, y0: Number, y1: Number) -> Polygon:
    a, b, c, d = Fraction(x0), Fraction(x1), Fraction(y0), Fraction(y1)
    return [(a, c), (b, c), (b, d), (a, d)]


def polygon(points: Iterable[Sequence[Number]]) -> Polygon:
    return [(Fraction(x), Fraction(y)) for x, y in points]


def below(p: Polygon, a: Number, b: Number, c: Number) -> Polygon:
    """The part of a convex polygon where a*x + b*y <= c."""
    fa, fb, fc = Fraction(a), Fraction(b), Fraction(c)
    height = [fa * x + fb * y - fc for x, y in p]
    out: Polygon = []
    for k, (x, y) in enumerate(p):
        (u, v), h, g = p[k - 1], height[k], height[k - 1]
        if (g < 0 < h) or (h < 0 < g):
            s = g / (g - h)
            out.append((u + s * (x - u), v + s * (y - v)))
        if h <= 0:
            out.append((x, y))
    return out


def above(p: Polygon, a: Number, b: Number, c: Number) -> Polygon:
    return below(p, -Fraction(a), -Fraction(b), -Fraction(c))


def moments(p: Polygon) -> tuple[Fraction, Fraction, Fraction]:
    """Area and integrals of x and y; of either orientation, area positive."""
    area = mx = my = Fraction(0)
    for k, (x, y) in enumerate(p):
        u, v = p[k - 1]
        cross = u * y - x * v
        area, mx, my = area + cross / 2, mx + cross * (u + x) / 6, my + cross * (v + y) / 6
    return (area, mx, my) if area >= 0 else (-area, -mx, -my)


def area(p: Polygon) -> Fraction:
    return moments(p)[0]


def common(p: Polygon, q: Polygon) -> Polygon:
    """What two convex polygons share; both counter-clockwise."""
    for k, (x, y) in enumerate(q):
        u, v = q[k - 1]
        p = below(p, y - v, u - x, u * (y - v) - v * (x - u))
    return p
