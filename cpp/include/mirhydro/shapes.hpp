#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <mirhydro/export.hpp>
#include <mirhydro/view.hpp>

namespace mirhydro {

/// A region of the plane. Copies share one immutable description, so they are cheap and may be used from many threads.
/// Every function that makes one throws Error(Status::bad_argument) naming the parameter and its value; coordinates
/// are finite and below 1e60, lengths above 1e-60.
class MIRHYDRO_PUBLIC Shape {
public:
  /// f(x, y, values, n): n values of a level set, negative inside, positive outside.
  using LevelSet = std::function<void(const double* x, const double* y, double* values, std::size_t n)>;

  static Shape circle(double x, double y, double radius);
  /// @param a, b   semi-axes
  /// @param angle  from x to the axis of a, radians, counter-clockwise
  static Shape ellipse(double x, double y, double a, double b, double angle);
  /// @param points  (n, 2) corners in order, n >= 3, of either orientation, concave as well. Edges must not cross each
  ///                other and the area must not vanish; corners may touch edges (then the even-odd rule holds).
  static Shape polygon(View<const double, 2> points);
  /// The side of the line through (px, py) that the normal (nx, ny) points away from.
  static Shape half_plane(double px, double py, double nx, double ny);
  /// The points where f < 0. What f throws reaches the caller of volume_fractions or overlap.
  static Shape implicit(LevelSet f);

  Shape operator~() const;                   ///< all that is not in the shape
  Shape operator|(const Shape& other) const; ///< union
  Shape operator&(const Shape& other) const; ///< intersection
  Shape operator-(const Shape& other) const; ///< what `other` leaves

private:
  struct Impl;
  explicit Shape(std::shared_ptr<const Impl> impl);
  std::shared_ptr<const Impl> impl_;
  friend struct ShapeAccess;
};

/// The box that is cut into ny x nx equal cells: x0 < x1, y0 < y1.
struct Extent {
  double x0 = 0, x1 = 1, y0 = 0, y1 = 1;
};

/// Volume fractions of shapes in every cell of a mesh: the first shape on top, each later one gets what those before
/// it leave, the last material is the rest of the box.
/// @param out  (shapes.size() + 1, ny, nx), row j at y0 + j * (y1 - y0) / ny and above. In [0, 1], each cell sums to 1
///             to round-off, cells that no boundary enters are exactly 0 or 1. Undefined when an error is thrown.
/// @throws Error(Status::bad_argument) for an empty mesh or a box that is none.
/// Accuracy: 1e-15 of the cell for all but implicit shapes, their crossings inside a cell included; a small fraction
/// in a cell with one shape keeps its relative accuracy. Implicit shapes: 1e-12 of the cell where smooth, but not
/// better than f's own round-off over the cell, and a speck smaller than about a sixth of a cell may show in no sample
/// and be missed.
/// Cost: the writing of `out`, and 1 to 3 microseconds for each cell that one boundary crosses; implicit shapes call f
/// at every node of the mesh and some 1000 times for each crossed cell.
/// Source: exact areas of trapezoids with curved sides, cut out by a sweep (Bentley & Ottmann, IEEE Trans. Comput. C-28
/// (1979) 643) and set up in 32 digits (Dekker, Numer. Math. 18 (1971) 224); columns for level sets (Saye, SIAM J. Sci.
/// Comput. 37 (2015) A993).
MIRHYDRO_PUBLIC void volume_fractions(const std::vector<Shape>& shapes, const Extent& extent, View<double, 3> out);

/// Area that a shape shares with each of many simple polygons (convex ones as a rule).
/// @param points   (p, 2) corners, polygon k has points offsets[k] .. offsets[k + 1] - 1
/// @param offsets  (q + 1), ascending, from 0 to p at most
/// @param out      (q); polygons without area give 0
/// @throws Error(Status::bad_argument) naming the entry.
/// Accuracy: 1e-15 of the polygon's bounding box, implicit shapes 1e-12. Cost: some microseconds a polygon.
MIRHYDRO_PUBLIC MIRHYDRO_PUBLIC void overlap(const Shape& shape, View<const double, 2> points,
                                             View<const std::int64_t, 1> offsets, View<double, 1> out);

} // namespace mirhydro
