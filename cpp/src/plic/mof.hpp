#pragma once
#include "plic/stencil.hpp"

namespace mirhydro::plic::inline MIRHYDRO_ISA {

/// What mof knows of a cell: its two fractions, the difference of the first moments of a and b about the cell's centre,
/// and the squares of the cell's widths, which weigh distances.
template <class V> struct Moments {
  V a, b, x, y, weight_x, weight_y;
};

/// Centroid of the corner region of area `part` <= 1/2 behind the line (1 - s) x + s y, as distances from the centre.
template <class V> void corner_centroid(V s, V part, V& x, V& y) {
  using lane::max, lane::min, lane::ratio, lane::select, lane::sqrt;
  const V a = min(s, V(1) - s), b = max(s, V(1) - s);
  const auto triangle = V(2) * (part * b) < a;
  const V leg = sqrt(V(2) * (a * b) * part) * V(1. / 3.), slope = a / b;
  const V major = V(.5) - select(triangle, leg / b, V(.5) * (part + slope * slope / (V(12) * part)));
  const V minor = select(triangle, V(.5) - ratio(leg, a, triangle), slope / (V(12) * part));
  const auto along_x = s <= V(.5);
  x = select(along_x, major, minor);
  y = select(along_x, minor, major);
}

/// The line whose smaller side has its centroid nearest to the one that is known. The line is parallel to the tangent
/// of the curve that the centroid describes (Dupin), so its normal is a root of one function of the angle; eight angles
/// tell which root is the nearest.
/// Source: Dyadechko & Shashkov, LA-UR-05-7571 (2005); Ahn & Shashkov, J. Comput. Phys. 226 (2007) 2096.
template <class V> void mof(const Moments<V>& m, V& mx, V& my) {
  using lane::abs, lane::copysign, lane::max, lane::min, lane::ratio, lane::select;
  constexpr int angles = 8, rounds = 16;
  const V part = min(m.a, m.b);
  const V size = V(2) * part, rx = abs(m.x) / size, ry = abs(m.y) / size;
  const auto turned = rx < ry; // the longer component first: a transposed cell is the same problem to the bit
  const V x = max(rx, ry), y = min(rx, ry);
  const V weight_x = select(turned, m.weight_y, m.weight_x), weight_y = select(turned, m.weight_x, m.weight_y);
  const auto distance = [&](V s) {
    V cx, cy;
    corner_centroid(s, part, cx, cy);
    return weight_x * ((cx - x) * (cx - x)) + weight_y * ((cy - y) * (cy - y));
  };
  const auto slope = [&](V s) {
    V cx, cy;
    corner_centroid(s, part, cx, cy);
    return (V(1) - s) * weight_y * (cy - y) - s * weight_x * (cx - x);
  };
  V nearest(0), least = distance(V(0));
  for (int k = 1; k <= angles; ++k) {
    const V s(double(k) / angles), e = distance(s);
    nearest = select(e < least, s, nearest);
    least = min(e, least);
  }
  V low = max(nearest - V(1. / angles), V(0)), high = min(nearest + V(1. / angles), V(1));
  V at_low = min(slope(low), V(0)), at_high = max(slope(high), V(0));
  V s = nearest, moved(0);
  for (int round = 0; round < rounds; ++round) { // Illinois: a secant that halves the weight of an end that stays twice
    const V span = at_high - at_low;
    s = select(span > V(0), low + (high - low) * ratio(-at_low, span, span > V(0)), s);
    const V g = slope(s);
    const auto left = g<V(0), right = g> V(0);
    const auto again_left = left & (moved < V(0)), again_right = right & (moved > V(0));
    at_high = select(left, select(again_left, V(.5) * at_high, at_high), select(right, g, V(0)));
    at_low = select(right, select(again_right, V(.5) * at_low, at_low), select(left, g, V(0)));
    low = select(right, low, s);
    high = select(left, high, s);
    moved = select(left, V(-1), select(right, V(1), V(0)));
  }
  s = select((x == y) & (nearest == V(.5)), V(.5), s);
  const V nx = V(1) - s, ny = s;
  // out of a: away from its centroid, and towards the centroid of b, whichever is the smaller
  mx = copysign(select(turned, ny, nx), -m.x);
  my = copysign(select(turned, nx, ny), -m.y);
}

} // namespace mirhydro::plic::inline MIRHYDRO_ISA
