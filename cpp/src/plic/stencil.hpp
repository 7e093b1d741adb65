#pragma once
#include "geometry/line.hpp"
#include "plic/indifferent.hpp"

namespace mirhydro::plic::inline MIRHYDRO_ISA {

/// The 3x3 neighbourhood of a mixed cell as differences d = (fraction of a) - (fraction of b): antisymmetric to the bit
/// when a and b are exchanged. d[1 + j][1 + i], and the cell's own two fractions.
template <class V> struct Stencil {
  V d[3][3];
  V a, b;

  V row(int j) const { return d[j][1] + (d[j][0] + d[j][2]); }
  V column(int i) const { return d[1][i] + (d[0][i] + d[2][i]); }
};

/// A mesh of equal cells: nothing to carry, the compiler drops it.
template <class V> struct Equal {
  static constexpr bool equal = true;
  V width_x(int) const { return V(1); }
  V width_y(int) const { return V(1); }
};
/// Widths of the neighbours in units of the cell's own: [0] low side, [1] high side.
template <class V> struct Stretched {
  static constexpr bool equal = false;
  V x[2], y[2];
  V width_x(int i) const { return i < 0 ? x[0] : i > 0 ? x[1] : V(1); }
  V width_y(int j) const { return j < 0 ? y[0] : j > 0 ? y[1] : V(1); }
};

/// Whether a misfit is as good as the least.
template <class V> auto as_good(V misfit, V least) { return misfit <= V(1 + indifferent) * least; }

/// Misfit of a line over the eight neighbours: sum over the stencil of (line - d)^2, weighted by area. Summed over
/// diagonal pairs, so that no mirror, rotation or transposition changes a bit.
template <class V> V misfit(const Stencil<V>& s, const Equal<V>&, V mx, V my) {
  const V t = geometry::plane_constant(mx, my, s.a, s.b);
  const geometry::Difference<V> line(mx, my);
  const V up = mx + my, down = mx - my; // a neighbour's centre is one of these further on, or back
  const auto& d = s.d;
  const V there[8] = {t + up, t - up, t - down, t + down, t + mx, t - mx, t + my, t - my};
  const V seen[8] = {d[0][0], d[2][2], d[0][2], d[2][0], d[1][0], d[1][2], d[0][1], d[2][1]};
  const auto square = lane::Together<V>::template row<8>(
      [&](const V& at, const V& f) {
        const V e = line(at) - f;
        return e * e;
      },
      [&](int k) { return there[k]; }, [&](int k) { return seen[k]; });
  return ((square(0) + square(1)) + (square(2) + square(3))) + ((square(4) + square(5)) + (square(6) + square(7)));
}

template <class V> V misfit(const Stencil<V>& s, const Stretched<V>& w, V mx, V my) {
  const V t = geometry::plane_constant(mx, my, s.a, s.b);
  const auto centre = [](V width, int k) { return k == 0 ? V(0) : V(.5 * k) * (V(1) + width); };
  const auto square = [&](int j, int i) {
    const V wx = w.width_x(i), wy = w.width_y(j);
    const geometry::Difference<V> line(mx * wx, my * wy);
    const V e = line(t - (centre(wx, i) * mx + centre(wy, j) * my)) - s.d[1 + j][1 + i];
    return wx * wy * (e * e);
  };
  return ((square(-1, -1) + square(1, 1)) + (square(-1, 1) + square(1, -1))) +
         ((square(0, -1) + square(0, 1)) + (square(-1, 0) + square(1, 0)));
}

} // namespace mirhydro::plic::inline MIRHYDRO_ISA
