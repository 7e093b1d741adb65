#pragma once
#include "plic/stencil.hpp"

namespace mirhydro::plic::inline MIRHYDRO_ISA {

/// The best of six lines: backward, central and forward differences of the column sums along y and along x, judged by
/// their misfit over the 3x3 stencil. Exact on every straight line. Candidates that tie are averaged, not picked: a
/// stencil that is its own mirror image about a diagonal gets the diagonal's line. A stencil without a direction has
/// the normal (0, 0). Source: Pilliod & Puckett, J. Comput. Phys. 199 (2004) 465.
template <class V, class Widths> void elvira_direction(const Stencil<V>& s, const Widths& w, V& mx, V& my, V& best) {
  using lane::abs, lane::copysign, lane::select;
  const auto column = [&](int i) { return s.d[1][i] + (w.width_y(-1) * s.d[0][i] + w.width_y(1) * s.d[2][i]); };
  const auto row = [&](int j) { return s.d[j][1] + (w.width_x(-1) * s.d[j][0] + w.width_x(1) * s.d[j][2]); };
  const auto sign = [](V x) { return select(abs(x) > V(0), copysign(V(1), x), V(0)); };
  // Each family of three keeps its own sum of ties, backward and forward first: no mirror or transposition moves a bit.
  struct Family {
    V x = V(0), y = V(0), least = V(1e30);
  };
  const auto judge = [&](Family& family, V cx, V cy) {
    const auto some = abs(cx) + abs(cy) > V(geometry::parallel);
    const V e = select(some, misfit(s, w, select(some, cx, V(1)), cy), V(1e30)); // a misfit needs no unit normal
    const auto better = !as_good(family.least, e), good = as_good(e, family.least);
    family.x = select(better, cx, select(good, family.x + cx, family.x));
    family.y = select(better, cy, select(good, family.y + cy, family.y));
    family.least = lane::min(e, family.least);
  };
  // fractions are (1 + d)/2: differences of sums take a half, and centres lie (1 + width)/2 apart
  const V c0 = column(0), c1 = column(1), c2 = column(2), r0 = row(0), r1 = row(1), r2 = row(2);
  // Which side is which: from the sums, or where these are level both ways, from sums that weigh the middle twice.
  const auto level = abs(r0 - r2) + abs(c0 - c2) <= V(0);
  const V up = sign(select(level, s.d[0][1] - s.d[2][1], r0 - r2));
  const V right = sign(select(level, s.d[1][0] - s.d[1][2], c0 - c2));
  Family columns, rows;
  judge(columns, (c0 - c1) / (V(1) + w.width_x(-1)), up);
  judge(columns, (c1 - c2) / (V(1) + w.width_x(1)), up);
  judge(columns, (c0 - c2) / (V(2) + (w.width_x(-1) + w.width_x(1))), up);
  judge(rows, right, (r0 - r1) / (V(1) + w.width_y(-1)));
  judge(rows, right, (r1 - r2) / (V(1) + w.width_y(1)));
  judge(rows, right, (r0 - r2) / (V(2) + (w.width_y(-1) + w.width_y(1))));
  best = lane::min(columns.least, rows.least);
  const auto by_columns = !as_good(rows.least, columns.least), by_rows = !as_good(columns.least, rows.least);
  mx = select(by_columns, columns.x, select(by_rows, rows.x, columns.x + rows.x));
  my = select(by_columns, columns.y, select(by_rows, rows.y, columns.y + rows.y));
}

/// The same, normalised, and along x where there is no direction.
template <class V, class Widths> void elvira(const Stencil<V>& s, const Widths& w, V& mx, V& my, V& best) {
  elvira_direction(s, w, mx, my, best);
  geometry::normalise(mx, my, V(1), V(0));
}

} // namespace mirhydro::plic::inline MIRHYDRO_ISA
