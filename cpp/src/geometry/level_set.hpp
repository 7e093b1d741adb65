#pragma once
#include "geometry/orbits.hpp"
// A level set on (K+1) x (K+1) nodes of the unit square: linear on four triangles per sub-cell, whose common corner is
// the mean of the sub-cell's corners. Material a is where phi > 0. Volumes are counted as differences, (area of a) -
// (area of b): negating phi negates them to the bit; sums run over orbits, so that no symmetry of the square moves one.
namespace mirhydro::geometry::inline MIRHYDRO_ISA {

/// Share of a triangle where phi > 0 minus that where phi < 0, and its first two derivatives by a constant added to
/// phi.
template <class V> struct Balance {
  V value = V(0), slope = V(0), curvature = V(0);
  friend Balance operator+(const Balance& p, const Balance& q) {
    return {p.value + q.value, p.slope + q.slope, p.curvature + q.curvature};
  }
};

/// The vertex that is alone on its side cuts off a corner of share u^2 / ((u - v)(u - w)). A line through a vertex is
/// taken as it is, (high + low) / (high - low), so that both signs round alike.
template <class V> Balance<V> balance(V p, V q, V r) {
  using lane::max, lane::min, lane::select;
  const V low = min(min(p, q), r), high = max(max(p, q), r), middle = max(min(p, q), min(max(p, q), r));
  const auto above = middle > V(0), below = middle < V(0);
  const auto crossed = select(above, -low, high) > V(0);
  const V alone = select(above, low, high);
  const V corner = (alone - middle) * (high - low), span = high - low; // negative corner where the low vertex is alone
  const V signed_corner = select(above, -corner, corner); // (high - low) * |alone - middle| > 0 where crossed
  const auto through = !(above | below);
  const V divisor = select(through, span, signed_corner);
  const auto safe = (divisor > V(0)) & (through | crossed);
  const V by = select(safe, V(1) / select(safe, divisor, V(1)), V(0));
  const V share = (alone + alone) * (alone * by); // twice the share of the corner
  const V slope = V(4) * lane::abs(alone) * by;
  Balance<V> b;
  b.value = select(through, (high + low) * by, select(above, V(1) - share, share - V(1)));
  b.slope = select(through, V(4) * by, slope);
  b.curvature = select(through, V(0), select(above, -(V(4) * by), V(4) * by));
  return b;
}

/// Corners of a sub-cell; its centre is their mean.
template <class V> struct SubCell {
  V sw, se, nw, ne;
  V centre() const { return V(.25) * ((sw + ne) + (se + nw)); }
  Balance<V> whole() const {
    const V c = centre();
    return (balance(sw, se, c) + balance(nw, ne, c)) + (balance(sw, nw, c) + balance(se, ne, c));
  }
};

/// Integral of the sign of phi over the strip of the given width, at most 1/2, at the east end of a unit sub-cell.
template <class V> V east_strip(const SubCell<V>& s, V width) {
  const V c = s.centre(), twice = width + width;
  const V north = s.ne + width * (s.nw - s.ne), south = s.se + width * (s.sw - s.se);
  const V inner_north = s.ne + twice * (c - s.ne), inner_south = s.se + twice * (c - s.se);
  const V corners = balance(s.ne, north, inner_north).value + balance(s.se, south, inner_south).value;
  const V rest = V(1) - twice;
  return V(.5) * (width * width) * corners +
         V(.25) * (balance(s.se, s.ne, c).value - (rest * rest) * balance(c, inner_north, inner_south).value);
}

template <class V, int K> struct LevelSet {
  static constexpr int side = K + 1, count = side * side;
  V phi[count]; ///< row by row from the south-west

  SubCell<V> sub_cell(int j, int i) const {
    const int n = j * side + i;
    return {phi[n], phi[n + 1], phi[n + side], phi[n + side + 1]};
  }

  /// (area where phi + offset > 0) - (area where it is < 0).
  Balance<V> difference(V offset) const {
    Balance<V> all = symmetric_sum<Balance<V>, K>([&](int j, int i) {
      const SubCell<V> s = sub_cell(j, i);
      return SubCell<V>{s.sw + offset, s.se + offset, s.nw + offset, s.ne + offset}.whole();
    });
    constexpr double share = .25 / (K * K);
    return {V(share) * all.value, V(share) * all.slope, V(share) * all.curvature};
  }

  /// Integral of the sign of phi over a slab of the cell: width in [0, 1], at the low (side -1) or the high end of x.
  template <bool high> V slab(V width) const {
    using lane::max, lane::min, lane::select;
    const V scaled = V(K) * width;
    const auto rows = [&](int i) { // the sub-cells of one column, mirror pairs first
      const V here = max(min(scaled - V(high ? K - 1 - i : i), V(1)), V(0));
      const auto wide = here > V(.5);
      const auto strip = [&](int j) {
        const SubCell<V> s = sub_cell(j, i);
        // the strip at the asked end, or what the strip at the other end leaves
        const auto east = high ? !wide : wide;
        const SubCell<V> turned{select(east, s.sw, s.se), select(east, s.se, s.sw), select(east, s.nw, s.ne),
                                select(east, s.ne, s.nw)};
        const V part = east_strip(turned, select(wide, V(1) - here, here));
        return select(wide, V(.25) * s.whole().value - part, part);
      };
      V sum = K % 2 == 1 ? strip(K / 2) : V(0);
      for (int j = 0; j < K / 2; ++j) sum = sum + (strip(j) + strip(K - 1 - j));
      return sum;
    };
    V sum(0);
    for (int i = 0; i < K; ++i) sum = sum + rows(high ? K - 1 - i : i); // from the asked end inwards
    return V(1. / (K * K)) * sum;
  }
};

/// The constant that makes the difference of areas `wanted`, in [-1, 1]: the root of the local parabola, kept inside a
/// bracket. Stops when no lane is further off than `tolerance`; returns the rounds it took.
template <class V, int K> int match(const LevelSet<V, K>& level_set, V wanted, double tolerance, int most, V& offset) {
  using lane::abs, lane::max, lane::min, lane::select, lane::sqrt;
  V low = level_set.phi[0], high = low;
  for (int n = 1; n < LevelSet<V, K>::count; ++n) low = min(low, level_set.phi[n]), high = max(high, level_set.phi[n]);
  V least = -high, largest = -low; // all negative at least, all positive at largest
  offset = min(max(offset, least), largest);
  int round = 0;
  for (; round < most; ++round) {
    const Balance<V> now = level_set.difference(offset);
    const V misfit = now.value - wanted;
    const auto done = abs(misfit) <= V(tolerance);
    if (lane::bits(!done) == 0) break;
    largest = select(misfit > V(0), offset, largest);
    least = select(misfit < V(0), offset, least);
    const V root = sqrt(max(now.slope * now.slope - V(2) * (misfit * now.curvature), V(0)));
    const V step = lane::ratio(V(2) * misfit, now.slope + root, now.slope > V(0));
    const V next = offset - step;
    const auto inside = (next > least) & (next < largest) & (now.slope > V(0));
    const V moved = select(done, offset, select(inside, next, V(.5) * (least + largest)));
    const auto stuck = moved == offset; // no number lies nearer: the misfit is that of one ulp
    offset = moved;
    if (lane::bits(!(done | stuck)) == 0) break;
  }
  return round;
}

} // namespace mirhydro::geometry::inline MIRHYDRO_ISA
