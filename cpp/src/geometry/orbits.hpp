#pragma once
#include "lane/lane.hpp"
// Sums over an n x n square of cells that no mirror, rotation or transposition changes by a bit: over the four images
// of a cell under rotation first, opposite ones in pairs, then over the two images of that sum under transposition.
namespace mirhydro::geometry::inline MIRHYDRO_ISA {

/// f(j, i) for 0 <= j, i < n, summed over all cells.
template <class V, class F> V symmetric_sum(int n, F&& f) {
  const auto turned = [&](int j, int i) {
    return (f(j, i) + f(n - 1 - j, n - 1 - i)) + (f(i, n - 1 - j) + f(n - 1 - i, j));
  };
  V sum = n % 2 == 1 ? f(n / 2, n / 2) : V(0);
  for (int j = 0; j < n / 2; ++j)
    for (int i = j; i < n - 1 - j; ++i) {
      const int mirrored = n - 1 - i; // (j, i) and (j, n-1-i) are images of each other under a mirror
      if (i > mirrored) continue;
      const bool alone = i == j || i == mirrored;
      sum = sum + (alone ? turned(j, i) : turned(j, i) + turned(j, mirrored));
    }
  return sum;
}

/// The same, its loops unrolled.
template <class V, int n, class F> V symmetric_sum(F&& f) { return symmetric_sum<V>(n, f); }

} // namespace mirhydro::geometry::inline MIRHYDRO_ISA
