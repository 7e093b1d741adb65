#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "geometry/cell_frame.hpp"
#include "geometry/local_curve.hpp"

namespace mirhydro::outline {

enum class Cover : std::uint8_t { outside, inside, cut };

/// One row of cells as runs: cells up to `end` (from where the run before ends) are `cover`.
struct Run {
  int end;
  Cover cover;
};
using RowCover = std::vector<Run>;

inline void append(RowCover& row, int end, Cover cover) {
  if (end <= (row.empty() ? 0 : row.back().end)) return;
  if (!row.empty() && row.back().cover == cover)
    row.back().end = end;
  else
    row.push_back({end, cover});
}

/// f(x, y, out, n): values of a level set, negative inside.
using LevelSet = std::function<void(const double*, const double*, double*, std::size_t)>;

/// A shape with everything that does not depend on the cell worked out for one mesh.
class MeshOutline {
public:
  virtual ~MeshOutline() = default;
  /// The cover of row j. Cells said to be cut may turn out pure, never the reverse (level sets: as far as samples
  /// tell).
  virtual void row(int j, RowCover& cover) const = 0;
  /// The outline in a cell of row j; not for level sets.
  virtual void localise(const Frame& frame, int j, LocalOutline& local) const = 0;
  /// The level set of an implicit shape, otherwise empty.
  virtual const LevelSet* level_set() const { return nullptr; }
};

/// A shape whose boundary is one kind of curve.
class Outline {
public:
  virtual ~Outline() = default;
  virtual std::unique_ptr<MeshOutline> on(const Mesh& mesh) const = 0;
};

/// Ellipse with semi-axes a, b; the first turned by `angle` from x.
std::unique_ptr<Outline> ellipse_outline(double x, double y, double a, double b, double angle);
/// The half-plane that (nx, ny) points out of, bounded through (px, py).
std::unique_ptr<Outline> half_plane_outline(double px, double py, double nx, double ny);
/// Polygon, x0, y0, x1, y1, ... of either orientation. Throws Error(bad_argument) when it is not simple.
std::unique_ptr<Outline> polygon_outline(const std::vector<double>& points);
/// The same for a polygon known to be simple; null when it has no area.
std::unique_ptr<Outline> simple_polygon_outline(const std::vector<double>& points);
/// The points where the level set is negative.
std::unique_ptr<Outline> level_set_outline(LevelSet f);

/// First and last column that the interval [low, high] of x may touch, with a margin for round-off; first > last when
/// it touches none.
struct Columns {
  int first, last;
};
Columns columns(const Axis& axis, double low, double high, double size);

} // namespace mirhydro::outline
