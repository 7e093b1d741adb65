#pragma once
#include "geometry/line.hpp"
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
    const V from[4] = {sw, nw, sw, se}, to[4] = {se, ne, nw, ne}, c = centre();
    const auto triangle = lane::Together<V>::template row<4>(
        [](const V& p, const V& q, const V& r) { return balance(p, q, r); }, [&](int k) { return from[k]; },
        [&](int k) { return to[k]; }, [&](int) { return c; });
    return (triangle(0) + triangle(1)) + (triangle(2) + triangle(3));
  }
};

/// Integral of the sign of phi over the strip of the given width, at most 1/2, at the east end of a unit sub-cell.
template <class V> V east_strip(const SubCell<V>& s, V width) {
  const V c = s.centre(), twice = width + width;
  const V north = s.ne + width * (s.nw - s.ne), south = s.se + width * (s.sw - s.se);
  const V inner_north = s.ne + twice * (c - s.ne), inner_south = s.se + twice * (c - s.se);
  const V p[4] = {s.ne, s.se, s.se, c}, q[4] = {north, south, s.ne, inner_north},
          r[4] = {inner_north, inner_south, c, inner_south};
  const auto value = lane::Together<V>::template row<4>(
      [](const V& x, const V& y, const V& z) { return balance(x, y, z).value; }, [&](int k) { return p[k]; },
      [&](int k) { return q[k]; }, [&](int k) { return r[k]; });
  const V corners = value(0) + value(1), rest = V(1) - twice;
  return V(.5) * (width * width) * corners + V(.25) * (value(2) - (rest * rest) * value(3));
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
      const auto strip = lane::Together<V>::template row<K>(
          [&](const SubCell<V>& s) {
            // the strip at the asked end, or what the strip at the other end leaves
            const auto east = high ? !wide : wide;
            const SubCell<V> turned{select(east, s.sw, s.se), select(east, s.se, s.sw), select(east, s.nw, s.ne),
                                    select(east, s.ne, s.nw)};
            const V part = east_strip(turned, select(wide, V(1) - here, here));
            return select(wide, V(.25) * s.whole().value - part, part);
          },
          [&](int j) { return sub_cell(j, i); });
      V sum = K % 2 == 1 ? strip(K / 2) : V(0);
      for (int j = 0; j < K / 2; ++j) sum = sum + (strip(j) + strip(K - 1 - j));
      return sum;
    };
    V sum(0);
    for (int i = 0; i < K; ++i) { // from the asked end inwards
      if (lane::bits(scaled > V(i)) == 0) break;
      sum = sum + rows(high ? K - 1 - i : i);
    }
    return V(1. / (K * K)) * sum;
  }
};

/// One triangle: phi's corner values in order, and 1 / ((middle - low) (high - low)), 1 / ((high - middle) (high -
/// low)); where there is no such slope, a number that only 0 is multiplied by.
template <class V> struct Ramp {
  V low, middle, high, by_low, by_high;
  Ramp() = default;
  Ramp(V p, V q, V r) {
    using lane::max, lane::min, lane::select;
    low = min(min(p, q), r), high = max(max(p, q), r), middle = max(min(p, q), min(max(p, q), r));
    const V span = high - low;
    constexpr double least = 1e-140; // where there is no such slope; the product of two is a number all the same
    const V rise = max((middle - low) * span, V(least)), fall = max((high - middle) * span, V(least));
    const V by = V(1) / (rise * fall); // one division for both
    by_low = by * fall, by_high = by * rise;
  }
  /// At phi = level, derivatives in quarters. Left of the middle from below, right of it from above; on it, where
  /// `ties` asks for it, the mean of both: exchanging the materials changes the sign and no bit.
  template <bool ties, class Mask> Balance<V> at(V level, Mask& tied) const {
    using lane::max, lane::select;
    const V from_low = level - low, from_high = high - level;
    const auto left = level < middle, tie = level == middle;
    const V far = max(select(left, from_low, from_high), V(0)), by = select(left, by_low, by_high);
    const V steep = far * by, share = V(1) - V(2) * (far * steep);
    Balance<V> here{select(left, share, -share), steep, select(far > V(0), select(left, -by, by), V(0))};
    tied = tied | tie;
    if constexpr (ties) {
      const V below_far = max(from_low, V(0)), below_steep = below_far * by_low;
      const V below = V(1) - V(2) * (below_far * below_steep);
      here.value = select(tie, V(.5) * (below + here.value), here.value);
      here.slope = select(tie, max(below_steep, steep), steep);
      here.curvature = select(tie, V(0), here.curvature);
    }
    return here;
  }
};

/// The difference of areas as a function of a constant added to phi: the triangles' corners are sorted and their
/// reciprocals taken once, so that a value costs ten operations a triangle.
template <class V, int K> class Differences {
public:
  explicit Differences(const LevelSet<V, K>& s) {
    if constexpr (lane::lanes<V> == 0) {
      const auto corners = [&](int c) { return s.sub_cell(c / K, c % K); };
      const auto ramp = lane::Together<V>::template grid<K * K, 4>(
          [](const V& p, const V& q, const V& r) { return Ramp<V>(p, q, r); },
          [&](int c, int side) { return side == 1   ? corners(c).nw
                                        : side == 3 ? corners(c).se
                                                    : corners(c).sw; },
          [&](int c, int side) { return side == 0   ? corners(c).se
                                        : side == 2 ? corners(c).nw
                                                    : corners(c).ne; },
          [&](int c, int) { return corners(c).centre(); });
      for (int k = 0; k < triangles; ++k) ramps_[k] = ramp(k / 4, k % 4);
    } else { // the same, for registers
      for (int j = 0; j < K; ++j)
        for (int i = 0; i < K; ++i) {
          const SubCell<V> cell = s.sub_cell(j, i);
          const V c = cell.centre();
          Ramp<V>* four = ramps_ + 4 * (j * K + i);
          four[0] = Ramp<V>(cell.sw, cell.se, c), four[1] = Ramp<V>(cell.nw, cell.ne, c);
          four[2] = Ramp<V>(cell.sw, cell.nw, c), four[3] = Ramp<V>(cell.se, cell.ne, c);
        }
    }
  }
  Balance<V> operator()(V offset) const {
    using Mask = decltype(V(0) > V(0));
    Mask tied = V(0) > V(0);
    Balance<V> all = sum([&](const Ramp<V>& ramp) { return ramp.template at<false>(-offset, tied); });
    if (lane::bits(tied) != 0) // rarely
      all = sum([&](const Ramp<V>& ramp) { return ramp.template at<true>(-offset, tied); });
    constexpr double share = .25 / (K * K);
    return {V(share) * all.value, V(4 * share) * all.slope, V(4 * share) * all.curvature};
  }

private:
  static constexpr int triangles = 4 * K * K;
  template <class At> Balance<V> sum(At&& at) const {
    const auto value = lane::Together<V>::template row<triangles>(at, [&](int k) { return ramps_[k]; });
    return symmetric_sum<Balance<V>, K>([&](int j, int i) {
      const int k = 4 * (j * K + i);
      return (value(k) + value(k + 1)) + (value(k + 2) + value(k + 3));
    });
  }
  Ramp<V> ramps_[triangles];
};

/// One step of a search for the root of a value with the given slope and curvature: that of the local parabola, or the
/// middle of the bracket where it lies outside.
template <class V> V next_offset(V offset, V misfit, const Balance<V>& now, V least, V largest) {
  using lane::select;
  const V root = lane::sqrt(lane::max(now.slope * now.slope - V(2) * (misfit * now.curvature), V(0)));
  const V next = offset - lane::ratio(V(2) * misfit, now.slope + root, now.slope > V(0));
  const auto inside = (next > least) & (next < largest) & (now.slope > V(0));
  return select(inside, next, V(.5) * (least + largest));
}

/// Offsets with which phi is nowhere positive, and nowhere negative.
template <class V, int K> void bracket(const LevelSet<V, K>& s, V& least, V& largest) {
  V low = s.phi[0], high = low;
  for (int n = 1; n < s.count; ++n) low = lane::min(low, s.phi[n]), high = lane::max(high, s.phi[n]);
  least = -high, largest = -low;
}

/// The constant that makes the difference of areas `wanted`, to about a thousandth: each sub-cell is taken to hold a
/// straight line.
template <class V, int K> V coarse_offset(const LevelSet<V, K>& s, V wanted) {
  using lane::max, lane::min, lane::select;
  Difference<V> line[K * K];
  V centre[K * K];
  const auto corner = [&](int n) { return s.sub_cell(n / K, n % K); };
  const auto straight = lane::Together<V>::template row<K * K>(
      [](const V& sw, const V& se, const V& nw, const V& ne) {
        return Difference<V>(V(.5) * ((se - sw) + (ne - nw)), V(.5) * ((nw - sw) + (ne - se)));
      },
      [&](int n) { return corner(n).sw; }, [&](int n) { return corner(n).se; }, [&](int n) { return corner(n).nw; },
      [&](int n) { return corner(n).ne; });
  for (int n = 0; n < K * K; ++n) line[n] = straight(n), centre[n] = corner(n).centre();
  V least, largest;
  bracket(s, least, largest);
  V offset = min(max(V(0), least), largest);
  const auto sum = [&](auto&& of) {
    const auto value =
        lane::Together<V>::template row<K * K>(of, [&](int n) { return line[n]; }, [&](int n) { return centre[n]; });
    return V(1. / (K * K)) * symmetric_sum<V, K>([&](int j, int i) { return value(j * K + i); });
  };
  constexpr double near = 1e-5; // a step from here leaves no more than round-off
  // a step to the other end of the bracket goes round in circles, between two lines each straight at its end: whether
  // it stays inside must not be for round-off to decide
  constexpr double inner = 1 - 1e-6;
  auto done = V(0) > V(0);
  for (int round = 0; round < 4 && lane::bits(!done) != 0; ++round) {
    const V misfit = sum([&](const Difference<V>& here, const V& t) { return here(t + offset); }) - wanted;
    const V slope = sum([&](const Difference<V>& here, const V& t) { return here.slope(t + offset); });
    largest = select(misfit > V(0), offset, largest);
    least = select(misfit < V(0), offset, least);
    const V step = lane::ratio(misfit, slope, slope > V(0)); // from one end
    const auto inside = (lane::abs(step) <= V(inner) * (largest - least)) & (slope > V(0));
    offset = select(done, offset, select(inside, offset - step, V(.5) * (least + largest)));
    done = done | (inside & (lane::abs(misfit) < V(near)));
  }
  return offset;
}

/// What a search for an offset found.
template <class V> struct Matched {
  V offset, misfit; ///< the misfit that no offset removes, of the difference of areas: phi is flat at the level
  V steepness;      ///< by how many ulp of 1 that difference moves when phi + offset is rounded
  int rounds;
};

/// The same constant to round-off, `wanted` in [-1, 1]: the root of the local parabola, kept inside a
/// bracket. Stops when no lane is further off than `tolerance`.
template <class V, int K> Matched<V> match(const LevelSet<V, K>& level_set, V wanted, double tolerance, int most) {
  using lane::abs, lane::max, lane::min, lane::select;
  V least, largest;
  bracket(level_set, least, largest);
  const Differences<V, K> differences(level_set);
  V offset = min(max(V(0), least), largest), misfit(0), slope(0);
  const V size = max(abs(least), abs(largest));
  int round = 0;
  for (;; ++round) {
    const Balance<V> now = differences(offset);
    misfit = now.value - wanted;
    slope = now.slope;
    const auto done = abs(misfit) <= V(tolerance);
    if (lane::bits(!done) == 0 || round == most) break;
    largest = select(misfit > V(0), offset, largest);
    least = select(misfit < V(0), offset, least);
    const V moved = select(done, offset, next_offset(offset, misfit, now, least, largest));
    const auto stuck = moved == offset; // no number lies nearer
    offset = moved;
    if (lane::bits(!(done | stuck)) == 0) break;
  }
  return {offset, misfit, slope * size, round};
}

} // namespace mirhydro::geometry::inline MIRHYDRO_ISA
