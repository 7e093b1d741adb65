#pragma once
#include <array>
#include <cstddef>

#include "geometry/polygon.hpp"
#include "reconstruct/regions.hpp"
// Regions as convex polygons inside a frame, a convex polygon about the cell's centre. Empty parts are skipped.
namespace mirhydro::reconstruct {

/// A linear function g0 + gx x + gy y.
struct Plane {
  double gx, gy, g0;
};

using Values = std::array<double, 3>; ///< at the corners of a triangle

/// Taken value by value, before a plane is made: exact where two level sets almost tie.
inline Values less(const Values& a, const Values& b) { return {a[0] - b[0], a[1] - b[1], a[2] - b[2]}; }

/// The linear function with these values at the corners of a triangle.
inline Plane plane(const geometry::Point (&p)[3], const Values& v) {
  const double ux = p[1].x - p[0].x, uy = p[1].y - p[0].y, wx = p[2].x - p[0].x, wy = p[2].y - p[0].y;
  const double twice = ux * wy - wx * uy, du = v[1] - v[0], dw = v[2] - v[0];
  const double gx = (du * wy - dw * uy) / twice, gy = (dw * ux - du * wx) / twice;
  return {gx, gy, v[0] - (gx * p[0].x + gy * p[0].y)};
}

/// The part of `in`, inside a triangle, where the linear function with these values at its corners is not below 0.
template <class Polygon>
void keep_positive(const geometry::Point (&p)[3], const Values& values, const Polygon& in, Polygon& out) {
  const Plane f = plane(p, values);
  geometry::clip(in, -f.gx, -f.gy, f.g0, 1., out);
}

/// Calls visit(corners, corner number of each) for the triangles of a cell: four per sub-cell, about its centre. The
/// numbers are those of the sub-cell's nodes, south-west first, counter-clockwise; value_of(node) gives a level set.
template <class Visit> void triangles(int K, Visit&& visit) {
  const auto side = static_cast<std::size_t>(K + 1);
  const auto place = [&](int k) { return double(2 * k - K) / (2 * K); };
  for (int j = 0; j < K; ++j)
    for (int i = 0; i < K; ++i) {
      const geometry::Point corner[4] = {
          {place(i), place(j)}, {place(i + 1), place(j)}, {place(i + 1), place(j + 1)}, {place(i), place(j + 1)}};
      const geometry::Point centre{.5 * (corner[0].x + corner[1].x), .5 * (corner[0].y + corner[3].y)};
      const std::size_t first = std::size_t(j) * side + std::size_t(i);
      const std::size_t node[4] = {first, first + 1, first + side + 1, first + side};
      for (std::size_t q = 0; q < 4; ++q) {
        const geometry::Point points[3] = {corner[q], corner[(q + 1) % 4], centre};
        visit(points, node, q);
      }
    }
}

/// A level set's values at the corners of triangle q of a sub-cell.
template <class ValueOf> Values values_of(const std::size_t (&node)[4], std::size_t q, ValueOf&& value_of) {
  const double at[4] = {value_of(node[0]), value_of(node[1]), value_of(node[2]), value_of(node[3])};
  return {at[q], at[(q + 1) % 4], .25 * ((at[0] + at[2]) + (at[1] + at[3]))};
}

/// Level sets of all materials of a row in one triangle; two materials have phi and -phi.
class LevelSets {
public:
  LevelSets(const Regions& r, std::size_t row)
      : r_(r), row_(row), count_(r.has_skin(row) ? std::size_t(r.skin(row).count) : 2) {}
  std::size_t count() const { return count_; }
  int material(std::size_t q) const {
    if (!r_.has_skin(row_)) return q == 0 ? r_.a[row_] : r_.b[row_];
    return r_.skin_material[std::size_t(r_.skin(row_).first) + q];
  }
  Values operator()(std::size_t q, const std::size_t (&node)[4], std::size_t k) const {
    if (r_.has_skin(row_)) {
      const double* phi = &r_.skin_nodes[(std::size_t(r_.skin(row_).first) + q) * r_.nodes_per_cell()];
      return values_of(node, k, [&](std::size_t n) { return phi[n]; });
    }
    const double sign = q == 0 ? 1 : -1;
    return values_of(node, k, [&](std::size_t n) { return sign * r_.nodes[r_.at(row_, n)]; });
  }

private:
  const Regions& r_;
  std::size_t row_, count_;
};

/// Calls visit(number of the material in the row, polygon, share, first): a share below 1 belongs to materials whose
/// level sets are equal on a triangle, each of which comes with the same polygon; `first` is true once.
template <class Polygon, class Visit>
void level_set_pieces(const Regions& r, std::size_t row, const Polygon& frame, Visit&& visit) {
  const LevelSets level_sets(r, row);
  triangles(r.K(), [&](const geometry::Point(&p)[3], const std::size_t (&node)[4], std::size_t k) {
    Polygon triangle = frame, next;
    for (std::size_t q = 0; q < 3; ++q) { // the frame inside the triangle, edge by edge; corners run counter-clockwise
      const geometry::Point &from = p[q], &to = p[(q + 1) % 3];
      const double mx = to.y - from.y, my = from.x - to.x;
      geometry::clip(triangle, mx, my, mx * from.x + my * from.y, 1., next);
      triangle = next;
    }
    if (triangle.size() < 3) return;
    for (std::size_t m = 0; m < level_sets.count(); ++m) {
      const Values own = level_sets(m, node, k);
      Polygon part = triangle;
      int equal = 1;
      bool first = true;
      for (std::size_t q = 0; q < level_sets.count() && part.size() > 2; ++q) {
        if (q == m) continue;
        const Values other = level_sets(q, node, k);
        if (own == other) {
          ++equal;
          first = first && m < q;
          continue;
        }
        keep_positive(p, less(own, other), part, next);
        part = next;
      }
      if (part.size() > 2) visit(m, part, 1. / equal, first);
    }
  });
}

/// Calls visit(material, polygon): every point once, for drawing.
template <class Polygon, class Visit>
void pieces(const Regions& r, std::size_t row, const Polygon& frame, Visit&& visit) {
  if (r.K() > 0) {
    const LevelSets level_sets(r, row);
    level_set_pieces(r, row, frame, [&](std::size_t m, const Polygon& p, double, bool first) {
      if (first) visit(level_sets.material(m), p);
    });
    return;
  }
  Polygon part, rest;
  if (!r.has_skin(row)) {
    geometry::clip(frame, r.mx[row], r.my[row], r.t[row], 1., part);
    if (part.size() > 2) visit(r.a[row], part);
    geometry::clip(frame, r.mx[row], r.my[row], r.t[row], -1., rest);
    if (rest.size() > 2) visit(r.b[row], rest);
    return;
  }
  const Skin& s = r.skin(row);
  Polygon left = frame;
  for (std::int32_t q = 0; q < s.count; ++q) {
    const auto k = static_cast<std::size_t>(s.first + q);
    if (q + 1 == s.count) {
      if (left.size() > 2) visit(r.skin_material[k], left);
      break;
    }
    geometry::clip(left, r.skin_mx[k], r.skin_my[k], r.skin_t[k], 1., part);
    if (part.size() > 2) visit(r.skin_material[k], part);
    geometry::clip(left, r.skin_mx[k], r.skin_my[k], r.skin_t[k], -1., rest);
    left = rest;
  }
}

/// Calls visit(material, polygon, share) with the shares by which materials own polygons: 1, but for level sets that
/// cannot be told apart.
template <class Polygon, class Visit>
void parts(const Regions& r, std::size_t row, const Polygon& frame, Visit&& visit) {
  if (r.K() == 0) return pieces(r, row, frame, [&](int m, const Polygon& p) { visit(m, p, 1.); });
  const LevelSets level_sets(r, row);
  const bool skin = r.has_skin(row);
  const auto kept = [&](std::size_t m) {
    if (skin) return r.skin_kept[std::size_t(r.skin(row).first) + m];
    const double more = m == 0 ? r.excess[row] : -r.excess[row], own = m == 0 ? r.vf_a[row] : r.vf_b[row];
    return more > 0 ? own / (own + more) : 1.;
  };
  level_set_pieces(r, row, frame, [&](std::size_t m, const Polygon& p, double share, bool) {
    const double keeps = kept(m);
    if (keeps > 0) visit(level_sets.material(m), p, share * keeps);
    if (keeps >= 1) return;
    for (std::size_t q = 0; q < level_sets.count(); ++q) {
      const double gets = skin ? r.skin_gets[std::size_t(r.skin(row).first) + q] : q != m ? 1. : 0.;
      if (gets > 0) visit(level_sets.material(q), p, share * (1 - keeps) * gets);
    }
  });
}

} // namespace mirhydro::reconstruct
