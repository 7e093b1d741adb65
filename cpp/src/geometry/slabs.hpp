#pragma once
#include "lane/lane.hpp"

namespace mirhydro::geometry::inline MIRHYDRO_ISA {

/// What the slabs at both ends of a cell take together is at most what there is of the smaller material; the larger one
/// closes the sums, and may itself be over by an ulp of 1. Only round-off gets here.
template <class V> void fit_together(V a, V b, V low, V high, V& low_a, V& low_b, V& high_a, V& high_b) {
  using lane::min, lane::select;
  // of two that are equal the one that sends more: only it can be over, and no number decides
  const auto a_is_smaller = (a < b) | ((a == b) & (low_a + high_a > low_b + high_b));
  const V low_part = select(a_is_smaller, low_a, low_b), high_part = select(a_is_smaller, high_a, high_b),
          both = low_part + high_part;
  const auto over = both > min(a, b);
  const V by = (min(a, b) / select(over, both, V(1))) * V(1 - 0x1p-52);
  const auto fit = [&](V part, V width, V& of_a, V& of_b) {
    const V small = part * by, large = width - small;
    of_a = select(over, select(a_is_smaller, small, large), of_a);
    of_b = select(over, select(a_is_smaller, large, small), of_b);
  };
  fit(low_part, low, low_a, low_b);
  fit(high_part, high, high_a, high_b);
}

} // namespace mirhydro::geometry::inline MIRHYDRO_ISA
