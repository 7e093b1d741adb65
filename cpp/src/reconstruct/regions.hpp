#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "geometry/line.hpp"
#include "geometry/polygon.hpp"

namespace mirhydro::reconstruct {

/// A cell of three or more materials: cut by one line after the other, material q is what lies inside line q of what
/// the lines before it left. The lines are parallel (onion skin) unless the method is mof.
struct Skin {
  std::int32_t first, count; ///< where its materials stand in Regions::skin_*
};

/// The geometry of all mixed cells, row by row. Two materials share a line; more have a Skin.
struct Regions {
  std::vector<std::int32_t> cells; ///< (n, 2) j, i
  std::vector<std::int32_t> a, b;  ///< inner and outer material; b = -1: a is the number of a Skin
  std::vector<double> mx, my, t;   ///< the line, about the cell's centre (geometry/line.hpp)
  std::vector<double> vf_a, vf_b;  ///< fractions that it meets
  std::vector<Skin> skins;
  std::vector<std::int32_t> skin_material;
  std::vector<double> skin_vf, skin_mx, skin_my, skin_t; ///< the last line of a skin is not used

  std::size_t size() const { return size_; }
  /// One more row; memory at least doubles when it grows, and a whole block behind the last row is always there, so
  /// that kernels need no tail.
  std::size_t add() {
    if (size_ + 1 + 64 > capacity_) grow(2 * size_ + 256);
    return size_++;
  }
  void resize(std::size_t n) {
    if (n + 64 > capacity_) grow(n + 64);
    size_ = n;
  }
  void clear() {
    size_ = 0;
    skins.clear();
    skin_material.clear(), skin_vf.clear(), skin_mx.clear(), skin_my.clear(), skin_t.clear();
  }

  bool has_skin(std::size_t row) const { return b[row] < 0; }
  const Skin& skin(std::size_t row) const { return skins[static_cast<std::size_t>(a[row])]; }
  /// Calls visit(material, fraction) for each material present in a row.
  template <class Visit> void materials(std::size_t row, Visit&& visit) const {
    if (!has_skin(row)) {
      visit(a[row], vf_a[row]);
      visit(b[row], vf_b[row]);
      return;
    }
    const Skin& s = skin(row);
    for (std::size_t q = 0; q < std::size_t(s.count); ++q) visit(skin_material[s.first + q], skin_vf[s.first + q]);
  }

private:
  void grow(std::size_t n) {
    cells.resize(2 * n);
    a.resize(n), b.resize(n);
    mx.resize(n), my.resize(n), t.resize(n), vf_a.resize(n), vf_b.resize(n);
    capacity_ = n; // only now: where memory ends halfway, the next call grows again
  }
  std::size_t size_ = 0, capacity_ = 0;
};

/// Calls visit(material, polygon) for the part of each region of a row inside `frame`, a convex polygon about the
/// cell's centre. Empty parts are skipped.
template <class Polygon, class Visit>
void pieces(const Regions& r, std::size_t row, const Polygon& frame, Visit&& visit) {
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

} // namespace mirhydro::reconstruct
