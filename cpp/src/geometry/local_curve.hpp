#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace mirhydro::outline {

/// A line or an ellipse in the unit square of a cell: value(s, t) = 0, of degree two at most.
struct Curve {
  double c0 = 0, c1 = 0, c2 = 0, c11 = 0, c12 = 0, c22 = 0;
  bool is_line = true;
  // Ellipses only: the map (s, t) -> w + s * mu + t * mv takes the curve to the unit circle.
  std::array<double, 2> w{}, mu{}, mv{};
  double s_min = 0, s_max = 0, t_min = 0, t_max = 0;
  double scale = 0; // area of the unit square on the unit circle's plane

  double value(double s, double t) const { return c0 + s * (c1 + c11 * s + c12 * t) + t * (c2 + c22 * t); }

  /// Size that value() has one cell away from the curve.
  double slope() const { return std::max(std::abs(c1), std::abs(c2)) + std::max(c11, c22); }

  /// Height t of the curve over s; an ellipse has an upper and a lower branch.
  double height(double s, bool upper) const {
    if (is_line) return -(c0 + c1 * s) / c2;
    const double half = .5 * (c2 + c12 * s), rest = c0 + s * (c1 + c11 * s);
    const double rest_size = std::abs(c0) + s * (std::abs(c1) + c11 * s);
    return root(c22, half, rest, rest_size, scale * std::sqrt(std::max(0.0, (s - s_min) * (s_max - s))), upper);
  }

  /// Abscissae of the ellipse at height t, the larger or the smaller.
  double abscissa(double t, bool larger) const {
    const double half = .5 * (c1 + c12 * t), rest = c0 + t * (c2 + c22 * t);
    const double rest_size = std::abs(c0) + t * (std::abs(c2) + c22 * t);
    return root(c11, half, rest, rest_size, scale * std::sqrt(std::max(0.0, (t - t_min) * (t_max - t))), larger);
  }

  /// Area between the arc and its chord (ds, dt); arcs of up to half a turn.
  double bulge(double ds, double dt) const {
    if (is_line || scale < 1e-280) return 0;
    const double chord = std::hypot(mu[0] * ds + mv[0] * dt, mu[1] * ds + mv[1] * dt);
    const double angle = 2 * std::asin(std::min(1.0, .5 * chord)), square = angle * angle;
    const double difference =
        angle > .4
            ? angle - std::sin(angle)
            : angle * square / 6 *
                  (1 - square / 20 * (1 - square / 42 * (1 - square / 72 * (1 - square / 110 * (1 - square / 156)))));
    return .5 * difference / scale;
  }

private:
  /// A root of a * z^2 + 2 * half * z + rest = 0, given the root of its discriminant. The root near zero is taken as a
  /// quotient (large circles: nothing cancels) unless `rest` itself is the rounder number of the two (thin ellipses).
  static double root(double a, double half, double rest, double rest_size, double discriminant_root, bool larger) {
    const double sum = std::abs(half) + discriminant_root, safe = std::max(a, 1e-300);
    if (!(sum > 0)) return 0;
    if ((half >= 0) != larger) return (half >= 0 ? -sum : sum) / safe;
    if (rest_size / sum < sum / safe) return (half >= 0 ? -rest : rest) / sum;
    return (larger ? discriminant_root - half : -discriminant_root - half) / safe;
  }
};

/// A piece of a curve that is one height over every s in [low, high], inside the unit square.
struct Arc {
  double low = 0, high = 0;
  int curve = 0;
  bool upper = false;
};

/// An edge of a polygon that matters for the parity of points of the cell; `curve` < 0: left of the cell altogether.
struct Edge {
  double t0 = 0, t1 = 0;
  int curve = -1;
};

/// What one shape's outline is in one cell.
struct LocalOutline {
  std::vector<Curve> curves;
  std::vector<Arc> arcs;
  std::vector<Edge> edges;
  std::vector<double> stations; ///< abscissae between which every arc is smooth and stays inside the square
  bool is_polygon = false;

  void clear() {
    curves.clear();
    arcs.clear();
    edges.clear();
    stations.clear();
    is_polygon = false;
  }
  bool inside(double s, double t) const;
  /// Adds the pieces of curve `index` over [low, high] that lie in the square.
  void add_arcs(int index, double low, double high);
  /// Smallest distance, roughly and in cells, of a point to a curve.
  double distance(double s, double t) const;
};

} // namespace mirhydro::outline
