#include <cmath>
#include <optional>

#include <mirhydro/reconstruction.hpp>

#include "geometry/chain.hpp"
#include "reconstruct/pieces.hpp"
#include "reconstruct/result.hpp"
#include "reconstruct/shared_nodes.hpp"

namespace mirhydro {

using namespace reconstruct;
using geometry::Piece;
using geometry::Point;
using geometry::SmallPolygon;

namespace {

/// A shorter piece is what round-off leaves of an interface through a corner.
constexpr double shortest = 1e-12;

/// The chord that a line cuts from a convex polygon, with the line's inner side on its left hand.
std::optional<std::pair<Point, Point>> chord(const SmallPolygon& p, double mx, double my, double t) {
  Point ends[2] = {};
  double place[2] = {};
  int found = 0;
  const auto add = [&](Point q) {
    const double along = -my * q.x + mx * q.y;
    if (found == 0 || along < place[0]) ends[0] = q, place[0] = along;
    if (found == 0 || along > place[1]) ends[1] = q, place[1] = along;
    ++found;
  };
  for (std::size_t k = 0; k < p.size(); ++k) {
    const Point &from = p[k], &to = p[(k + 1) % p.size()];
    const double d0 = (mx * from.x + my * from.y) - t, d1 = (mx * to.x + my * to.y) - t;
    if (d0 == 0) add(from);
    if ((d0 < 0 && d1 > 0) || (d0 > 0 && d1 < 0)) {
      const double s = d0 / (d0 - d1);
      add({from.x + s * (to.x - from.x), from.y + s * (to.y - from.y)});
    }
  }
  if (found < 2 || !(place[1] > place[0])) return std::nullopt;
  return std::pair(ends[0], ends[1]);
}

/// Whether a level set is zero along a side that two triangles of the cell share, and this is the one that does not
/// draw it.
bool others_side(const Point (&p)[3], const Values& f) {
  for (std::size_t k = 0; k < 3; ++k) {
    const Point &from = p[(k + 1) % 3], &to = p[(k + 2) % 3];
    const bool outer = (from.x == to.x && std::abs(from.x) == .5) || (from.y == to.y && std::abs(from.y) == .5);
    if (f[k] < 0 && f[(k + 1) % 3] == 0 && f[(k + 2) % 3] == 0 && !outer) return true;
  }
  return false;
}

/// Calls line(frame, mx, my, t, below, above) for the interface of every two materials in every triangle of a cell.
template <class Line> void level_set_lines(const Regions& r, std::size_t row, Line&& line) {
  const LevelSets level_sets(r, row);
  triangles(r.K(), [&](const Point(&p)[3], const std::size_t (&node)[4], std::size_t k) {
    for (std::size_t m = 0; m < level_sets.count(); ++m)
      for (std::size_t q = m + 1; q < level_sets.count(); ++q) {
        const Values own = level_sets(m, node, k);
        const Values ahead = less(own, level_sets(q, node, k));
        if (others_side(p, ahead)) continue;
        const Plane f = plane(p, ahead);
        const double size = std::abs(f.gx) + std::abs(f.gy);
        if (!(size > 0)) continue;
        SmallPolygon frame, next;
        for (const Point& corner : p) frame.push_back(corner);
        for (std::size_t third = 0; third < level_sets.count() && frame.size() > 2; ++third) {
          if (third == m || third == q) continue;
          keep_positive(p, less(own, level_sets(third, node, k)), frame, next);
          frame = next;
        }
        line(frame, -f.gx / size, -f.gy / size, f.g0 / size, level_sets.material(m), level_sets.material(q));
      }
  });
}

/// Calls visit(piece, mx, my) for every piece of interface of a row, in index space.
template <class Visit> void interfaces(const Regions& r, std::size_t row, Visit&& visit) {
  const std::ptrdiff_t j = r.cells[2 * row], i = r.cells[2 * row + 1];
  const auto line = [&](const SmallPolygon& frame, double mx, double my, double t, int below, int above) {
    const auto ends = chord(frame, mx, my, t);
    if (ends && std::hypot(ends->second.x - ends->first.x, ends->second.y - ends->first.y) > shortest) {
      const auto place = [&](const Point& p) { return Point{double(i) + (.5 + p.x), double(j) + (.5 + p.y)}; };
      visit(Piece{place(ends->first), place(ends->second), j, i, below, above}, mx, my);
    }
  };
  if (r.K() > 0) return level_set_lines(r, row, line);
  SmallPolygon left = geometry::rectangle(-.5, .5, -.5, .5), rest;
  if (!r.has_skin(row)) return line(left, r.mx[row], r.my[row], r.t[row], r.a[row], r.b[row]);
  const Skin& s = r.skin(row);
  for (std::int32_t q = 0; q + 1 < s.count; ++q) {
    const auto k = static_cast<std::size_t>(s.first + q);
    line(left, r.skin_mx[k], r.skin_my[k], r.skin_t[k], r.skin_material[k], r.skin_material[k + 1]);
    geometry::clip(left, r.skin_mx[k], r.skin_my[k], r.skin_t[k], -1., rest);
    left = rest;
  }
}

} // namespace

Segments Reconstruction::segments() const {
  Segments all;
  const Regions& regions = impl_->now.regions;
  for (std::size_t row = 0; row < regions.size(); ++row)
    interfaces(regions, row, [&](const Piece& p, double mx, double my) {
      const double size = std::hypot(mx, my);
      all.ends.insert(all.ends.end(), {p.from.x, p.from.y, p.to.x, p.to.y});
      all.normal.insert(all.normal.end(), {mx / size, my / size});
      all.length.push_back(std::hypot(p.to.x - p.from.x, p.to.y - p.from.y));
      all.below.push_back(p.below);
      all.above.push_back(p.above);
      all.cell.push_back(std::int32_t(row));
    });
  return all;
}

Contours Reconstruction::contours() const {
  std::vector<Piece> pieces;
  const Impl::Content& content = impl_->now;
  Regions drawn; // averaged once more without an offset, interfaces run on from cell to cell
  if (content.shares_nodes) {
    drawn = content.regions;
    average_nodes(content.mesh, content.boundary, drawn, nullptr);
  }
  const Regions& regions = content.shares_nodes ? drawn : content.regions;
  for (std::size_t row = 0; row < regions.size(); ++row)
    interfaces(regions, row, [&](Piece p, double, double) {
      if (p.below > p.above) std::swap(p.below, p.above), std::swap(p.from, p.to); // one direction for each pair
      pieces.push_back(p);
    });
  Contours all;
  all.offsets.push_back(0);
  for (const geometry::Chain& chain : geometry::chains(pieces)) {
    for (const Point& p : chain.points) all.points.insert(all.points.end(), {p.x, p.y});
    all.offsets.push_back(std::int64_t(all.points.size() / 2));
    all.below.push_back(chain.below);
    all.above.push_back(chain.above);
  }
  return all;
}

} // namespace mirhydro
