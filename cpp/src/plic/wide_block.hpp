#pragma once
#include "plic/level_kernels.hpp"
#include "plic/ppic.hpp"
// A block of cells as lanes, for the kernels that start from a base curve.
namespace mirhydro::plic::inline MIRHYDRO_ISA {

template <class V> WideStencil<V> wide_stencil(const WideBlock& c, int k) {
  WideStencil<V> s;
  for (int n = 0; n < 25; ++n) s.d[n / 5][n % 5] = lane::load<V>(c.d[n] + k);
  s.a = lane::load<V>(c.a + k);
  s.b = lane::load<V>(c.b + k);
  return s;
}

/// Widths of the neighbours; nothing is read where all cells are equal.
template <class Widths> Widths widths_at(const WideBlock& c, int k) {
  if constexpr (Widths::equal) {
    return {};
  } else {
    using V = lane::Wide;
    return {{lane::load<V>(c.width_x[0] + k), lane::load<V>(c.width_x[1] + k)},
            {lane::load<V>(c.width_y[0] + k), lane::load<V>(c.width_y[1] + k)}};
  }
}

} // namespace mirhydro::plic::inline MIRHYDRO_ISA
