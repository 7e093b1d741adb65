#pragma once
#include <algorithm>
#include <cmath>
#include <limits>

#include "geometry/double_double.hpp"

namespace mirhydro::outline {

/// One axis of a box cut into equal cells; its mesh lines are the exact numbers low + (high - low) * i / count.
struct Axis {
  double low = 0, high = 1;
  int count = 1;

  DoubleDouble line(int i) const {
    return DoubleDouble(low) + exact_sum(high, -low) * DoubleDouble(i) / DoubleDouble(count);
  }
  double width() const { return double(exact_sum(high, -low) / DoubleDouble(count)); }
  double largest() const { return std::max(std::abs(low), std::abs(high)); }
};

struct Mesh {
  Axis x, y;
};

/// Where the unit square of a cell lies on one axis of the plane: from `origin`, `step` (of either sign) long.
struct FrameAxis {
  DoubleDouble origin;
  double step = 1;
  double largest = 0;

  /// Offset of a coordinate from the origin. A coordinate that agrees with a side of the cell to its last bit or two
  /// is put on it (0.3 typed by a user and the mesh line 3/10 are different doubles), so no sliver of 1e-17 appears.
  DoubleDouble offset(double value) const {
    const DoubleDouble from_origin = DoubleDouble(value) - origin;
    const double tolerance = std::numeric_limits<double>::epsilon() * std::max(std::abs(value), largest);
    if (std::abs(from_origin.high) <= tolerance) return {};
    if (std::abs(from_origin.high - step) <= tolerance) return {step};
    return from_origin;
  }
  /// The same for a position already counted in steps.
  double snapped(double position, double size) const {
    const double tolerance = std::numeric_limits<double>::epsilon() * std::max(size, largest) / std::abs(step);
    if (std::abs(position) <= tolerance) return 0;
    if (std::abs(position - 1) <= tolerance) return 1;
    return position;
  }
};

/// A cell as the unit square (s, t). The origin is any of its corners, so that what is small lies near zero and keeps
/// its digits; `swapped` lets s run along y.
struct Frame {
  FrameAxis s, t;
  bool swapped = false;

  /// Value of a pair (x, y) along s and along t.
  template <class T> const T& along_s(const T& x, const T& y) const { return swapped ? y : x; }
  template <class T> const T& along_t(const T& x, const T& y) const { return swapped ? x : y; }
};

inline FrameAxis frame_axis(const Axis& axis, int i, bool flipped) {
  return {axis.line(i + (flipped ? 1 : 0)), flipped ? -axis.width() : axis.width(), axis.largest()};
}

/// The frame of cell (j, i) with its origin on the right when flip_x, at the top when flip_y.
inline Frame cell_frame(const Mesh& mesh, int j, int i, bool flip_x = false, bool flip_y = false) {
  return {frame_axis(mesh.x, i, flip_x), frame_axis(mesh.y, j, flip_y), false};
}

inline Frame swapped_cell_frame(const Mesh& mesh, int j, int i) {
  return {frame_axis(mesh.y, j, false), frame_axis(mesh.x, i, false), true};
}

} // namespace mirhydro::outline
