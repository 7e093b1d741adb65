#pragma once
#include "geometry/level_set.hpp"
#include "geometry/slabs.hpp"
// What is done with level sets once they are there, for any pack of cells.
namespace mirhydro::plic::inline MIRHYDRO_ISA {

/// Nodes on the rim take the mean of what the cells around them say; opposite cells are added first, so that no
/// symmetry moves a bit. own(l, k) is the cell's own word, side(n, k) that of the cell beyond its south, north, west or
/// east side, corner(n, m) that of the cells opposite, along y and along x at its south-west, south-east, north-west or
/// north-east corner; weight of the 3x3 cells, row by row, 0 where there is none. put(l, k, value) takes every node.
template <int K, class V, class Own, class Side, class Corner, class Put>
void average_rim(const V (&weight)[9], Own&& own, Side&& side, Corner&& corner, Put&& put) {
  const V here = weight[4];
  for (int l = 1; l < K; ++l)
    for (int k = 1; k < K; ++k) put(l, k, own(l, k));
  for (int n = 0; n < 4; ++n) {
    constexpr int across[4] = {1, 7, 3, 5};
    const V other = weight[across[n]], sum = here + other;
    for (int k = 1; k < K; ++k) {
      const int end = n % 2 == 0 ? 0 : K, l = n < 2 ? end : k, i = n < 2 ? k : end;
      put(l, i, (here * own(l, i) + other * side(n, k)) / sum);
    }
  }
  for (int n = 0; n < 4; ++n) {
    const int dj = n / 2 == 0 ? 0 : 2, di = n % 2 == 0 ? 0 : 2, l = dj * K / 2, k = di * K / 2;
    const V opposite = weight[3 * dj + di], along_y = weight[3 * dj + 1], along_x = weight[3 + di];
    const V y = along_y * corner(n, 1), x = along_x * corner(n, 2);
    const V all = (here * own(l, k) + opposite * corner(n, 0)) + (y + x);
    put(l, k, all / ((here + opposite) + (along_y + along_x)));
  }
}

/// Adds the constant that makes the difference of areas `wanted`. Returns by how much a has more all the same, beyond
/// round-off where the level set is flat; `rounds` that it took.
template <class V, int K> V match_area(geometry::LevelSet<V, K>& s, V wanted, int& rounds) {
  constexpr double exact = 1e-15; // of the difference of areas: half of it is the area's
  const auto found = geometry::match(s, wanted, exact, 60);
  rounds = found.rounds;
  for (V& phi : s.phi) phi = phi + found.offset;
  V left = found.misfit;
  // flat at the level, or nearly: what is stored, rounded, has to be asked
  const auto asked = (lane::abs(left) > V(2 * exact)) | (found.steepness > V(8));
  if (lane::bits(asked) != 0) // by lanes: what a cell gets must not depend on those beside it
    left = lane::select(asked, s.difference(V(0)).value - wanted, left);
  return V(.5) * left;
}

/// Parts of a slab, from the integral of the sign of phi over it: the smaller one is halved from the difference, the
/// larger closes the sum; none is more than there is.
template <class V> void split(V slab, V difference, V a, V b, V excess, V& part_a, V& part_b) {
  using lane::max, lane::min, lane::select;
  // equal parts of unequal fractions: told apart by these, never by their numbers
  const auto tie = difference == V(0);
  const auto a_small = (difference < V(0)) | (tie & ((a < b) | ((a == b) & (excess < V(0)))));
  V small = max(V(.5) * (slab - lane::abs(difference)), V(0));
  if (lane::bits(lane::abs(excess) > V(0)) != 0) { // a part of one region belongs to the other material
    const V small_excess = select(a_small, excess, -excess), large = slab - small;
    const V small_area = select(a_small, a, b) + small_excess, large_area = select(a_small, b, a) - small_excess;
    const V from_small = lane::ratio(small * small_excess, small_area, (small_excess > V(0)) & (small_area > V(0)));
    const V from_large = lane::ratio(large * small_excess, large_area, (small_excess < V(0)) & (large_area > V(0)));
    small = max(small - (from_small + from_large), V(0));
  }
  part_a = select(a_small, min(small, a), min(slab - min(small, b), a));
  part_b = select(a_small, min(slab - min(small, a), b), min(small, b));
  const auto whole = slab >= V(1);
  part_a = select(whole, a, part_a);
  part_b = select(whole, b, part_b);
}

/// What a cell sends of a and b through its low and its high end.
template <class V> struct Sent {
  V low_a = V(0), high_a = V(0), low_b = V(0), high_b = V(0);
};

/// Of slabs of the widths `low` and `high` along x; a transposed level set sends along y.
template <class V, int K> Sent<V> send(const geometry::LevelSet<V, K>& s, V a, V b, V excess, V low, V high) {
  Sent<V> sent;
  if (lane::bits(low > V(0)) != 0) split(low, s.template slab<false>(low), a, b, excess, sent.low_a, sent.low_b);
  if (lane::bits(high > V(0)) != 0) split(high, s.template slab<true>(high), a, b, excess, sent.high_a, sent.high_b);
  geometry::fit_together(a, b, low, high, sent.low_a, sent.low_b, sent.high_a, sent.high_b);
  return sent;
}

} // namespace mirhydro::plic::inline MIRHYDRO_ISA
