#pragma once
#include "plic/stencil.hpp"

namespace mirhydro::plic::inline MIRHYDRO_ISA {

/// Normal along the gradient of the fractions, weights 1 2 1. First order, never exact on slanted lines, very cheap.
/// Source: Youngs, Numerical Methods for Fluid Dynamics (1982) 273; Parker & Youngs, AWRE report 01/92 (1992).
template <class V, class Widths> void youngs(const Stencil<V>& s, const Widths& w, V& mx, V& my) {
  const auto downhill = [&](double middle, V& x, V& y) {
    const auto column = [&](int i) { return (s.d[0][i] + s.d[2][i]) + V(middle) * s.d[1][i]; };
    const auto row = [&](int j) { return (s.d[j][0] + s.d[j][2]) + V(middle) * s.d[j][1]; };
    x = column(0) - column(2);
    y = row(0) - row(2);
  };
  V plain_x, plain_y; // where the weighted gradient vanishes, equal weights may still have a direction
  downhill(2, mx, my);
  downhill(1, plain_x, plain_y);
  const auto some = lane::abs(mx) + lane::abs(my) > V(0);
  // out of a: downhill. In index space of this cell, where a neighbour's centre lies (1 + width)/2 away.
  mx = lane::select(some, mx, plain_x) / (V(1) + V(.5) * (w.width_x(-1) + w.width_x(1)));
  my = lane::select(some, my, plain_y) / (V(1) + V(.5) * (w.width_y(-1) + w.width_y(1)));
  geometry::normalise(mx, my, V(1), V(0));
}

} // namespace mirhydro::plic::inline MIRHYDRO_ISA
