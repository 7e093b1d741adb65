#pragma once
#include "plic/youngs.hpp"

namespace mirhydro::plic::inline MIRHYDRO_ISA {

/// Mixed Youngs-centred: the centred column scheme along the axis that the interface faces, unless Youngs' line is the
/// steeper of the two against that axis.
/// Source: Aulisa, Manservisi, Scardovelli & Zaleski, J. Comput. Phys. 225 (2007) 2301.
template <class V, class Widths> void myc(const Stencil<V>& s, const Widths& w, V& mx, V& my) {
  using lane::abs, lane::copysign, lane::max, lane::select;
  // Sums of three cells, weighted by their width along the column; fractions are (1 + d)/2, so slopes take a half.
  const auto column = [&](int i) { return s.d[1][i] + (w.width_y(-1) * s.d[0][i] + w.width_y(1) * s.d[2][i]); };
  const auto row = [&](int j) { return s.d[j][1] + (w.width_x(-1) * s.d[j][0] + w.width_x(1) * s.d[j][2]); };
  const V gx = (column(0) - column(2)) / (V(2) + (w.width_x(-1) + w.width_x(1)));
  const V gy = (row(0) - row(2)) / (V(2) + (w.width_y(-1) + w.width_y(1)));
  V yx, yy;
  youngs(s, w, yx, yy);
  // Interface as y(x): slope gx against one; as x(y): slope gy against one. Where neither axis wins, both are kept.
  const auto as_height = [&](V slope, V facing, V youngs_slope, V youngs_facing, V& along, V& across) {
    const auto steeper = abs(youngs_slope) > abs(slope) * abs(youngs_facing);
    along = select(steeper, youngs_slope, slope);
    across = select(steeper, youngs_facing, copysign(V(1), facing));
    geometry::normalise(along, across, V(0), V(0));
  };
  V hx, hy, vx, vy;
  as_height(gx, gy, yx, yy, hx, hy);
  as_height(gy, gx, yy, yx, vy, vx);
  mx = select(abs(gx) < abs(gy), hx, select(abs(gy) < abs(gx), vx, hx + vx));
  my = select(abs(gx) < abs(gy), hy, select(abs(gy) < abs(gx), vy, hy + vy));
  const auto none = max(abs(gx), abs(gy)) <= V(0);
  mx = select(none, yx, mx);
  my = select(none, yy, my);
  geometry::normalise(mx, my, yx, yy);
}

} // namespace mirhydro::plic::inline MIRHYDRO_ISA
