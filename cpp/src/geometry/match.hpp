#pragma once
#include <algorithm>
#include <cmath>
#include <limits>

#include "geometry/polygon.hpp"

namespace mirhydro::geometry {

/// Plane constant t at which the line mx*x + my*y = t leaves the given area of a convex polygon on its inner side:
/// Newton with the chord as derivative, kept inside a bracket. Areas beyond the polygon's give its far corner.
inline double plane_constant(const SmallPolygon& p, double mx, double my, double area) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (std::size_t k = 0; k < p.size(); ++k) {
    const double t = mx * p[k].x + my * p[k].y;
    low = std::min(low, t), high = std::max(high, t);
  }
  const double whole = moments(p).area, size = std::hypot(mx, my);
  if (!(area > 0)) return low;
  if (!(area < whole)) return high;
  double t = low + (high - low) * (area / whole);
  SmallPolygon inner;
  for (int round = 0; round < 60; ++round) {
    clip(p, mx, my, t, 1., inner);
    const double misfit = moments(inner).area - area;
    if (std::abs(misfit) <= 1e-16) break;
    (misfit > 0 ? high : low) = t;
    double from = std::numeric_limits<double>::infinity(), to = -from; // the chord, along the line
    for (std::size_t k = 0; k < inner.size(); ++k)
      if (std::abs(mx * inner[k].x + my * inner[k].y - t) <= 1e-14) {
        const double along = -my * inner[k].x + mx * inner[k].y;
        from = std::min(from, along), to = std::max(to, along);
      }
    const double chord = to > from ? (to - from) / size : 0;
    double next = chord > 0 ? t - misfit * size / chord : low;
    if (!(next > low && next < high)) next = .5 * (low + high);
    if (next == t) break;
    t = next;
  }
  return t;
}

} // namespace mirhydro::geometry
