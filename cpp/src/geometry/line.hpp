#pragma once
#include "lane/lane.hpp"
// A straight interface in the unit square, seen from the centre: material a is where mx*x + my*y <= t, x and y in
// [-1/2, 1/2], |mx| + |my| = 1, normal out of a. Centred, because then every symmetry is a change of sign or an
// exchange: mirror x is -mx, transposition exchanges mx and my, exchanging the materials is (-mx, -my, -t), and no bit
// moves. Source: Scardovelli & Zaleski, J. Comput. Phys. 164 (2000) 228, restated about the centre.
namespace mirhydro::geometry::inline MIRHYDRO_ISA {

/// Below this product of normal components a line counts as parallel to an axis; 1/product would overflow soon after.
inline constexpr double parallel = 1e-200;

template <class V> struct Line {
  V mx, my, t;
};

/// (mx, my) scaled to |mx| + |my| = 1; `otherwise` where there is no direction.
template <class V> void normalise(V& mx, V& my, V otherwise_x, V otherwise_y) {
  const V size = lane::abs(mx) + lane::abs(my);
  const auto some = size > V(1e-300);
  const V by = lane::select(some, size, V(1)); // divided, not multiplied by 1/size: (c, 0) gives exactly (1, 0)
  mx = lane::select(some, mx / by, otherwise_x);
  my = lane::select(some, my / by, otherwise_y);
}

/// Fraction of the smaller of the two sides into which the line at distance |t| from the centre cuts a rectangle;
/// (mx, my) are scaled by its widths and need not be normalised.
template <class V> V smaller_side(V mx, V my, V t) {
  using lane::abs, lane::max, lane::min, lane::ratio, lane::select;
  const V a = min(abs(mx), abs(my)), b = max(abs(mx), abs(my)), z = abs(t);
  const V corner = max(V(.5) * (a + b) - z, V(0));
  const V ab = a * b;
  const V trapezoid = V(.5) - ratio(z, b, b > V(parallel)); // else no slab is wide enough to matter
  return select(z + z <= b - a, trapezoid, ratio(V(.5) * (corner * corner), ab, ab > V(parallel)));
}

/// Distance from the centre at which a line with this normal cuts off the area `part` <= 1/2.
template <class V> V centre_distance(V mx, V my, V part) {
  using lane::abs, lane::max, lane::min, lane::select, lane::sqrt;
  const V a = min(abs(mx), abs(my)), b = max(abs(mx), abs(my));
  const V corner = V(.5) * (a + b) - sqrt(V(2) * (a * b) * part);
  return select(V(2) * (part * b) < a, corner, b * (V(.5) - part));
}

/// Plane constant of the line that leaves the fraction `a` on its inner and `b` = 1 - a on its outer side. Both are
/// asked for: the smaller one is met to its own precision, and exchanging them changes the sign and no bit.
template <class V> V plane_constant(V mx, V my, V a, V b) {
  return lane::copysign(centre_distance(mx, my, lane::min(a, b)), a - b);
}

/// What a line leaves in a neighbour, inside minus outside, in [-1, 1]: t is counted from the neighbour's centre.
/// Coefficients shared by all squares that one normal meets.
template <class V> struct Difference {
  V half, flat, by_b, by_ab;
  Difference() = default;
  Difference(V mx, V my) {
    using lane::abs, lane::max, lane::min, lane::ratio, lane::select;
    const V a = min(abs(mx), abs(my)), b = max(abs(mx), abs(my)), ab = a * b;
    half = V(.5) * (a + b);
    flat = V(.5) * (b - a);
    const auto slanted = ab > V(parallel) * b; // one division for both coefficients
    const V divisor = select(slanted, ab, b), by = ratio(V(1), divisor, divisor > V(parallel));
    by_ab = select(slanted, by, V(0));
    by_b = select(slanted, a + a, V(2)) * by;
  }
  V operator()(V t) const {
    const V z = lane::abs(t), corner = lane::max(half - z, V(0));
    return lane::copysign(lane::select(z <= flat, z * by_b, V(1) - corner * corner * by_ab), t);
  }
  /// Derivative by t.
  V slope(V t) const {
    const V z = lane::abs(t), corner = lane::max(half - z, V(0));
    return lane::select(z <= flat, by_b, V(2) * corner * by_ab);
  }
};

/// Areas of a and b that the line leaves in the slab of the given width at the low (side = -1) or high (+1) end of x.
/// `a`, `b` are their fractions in the whole cell and bound the result; a full slab gives them back to the bit.
template <class V> void slab(const Line<V>& line, V width, V side, V a, V b, V& slab_a, V& slab_b) {
  using lane::max, lane::min, lane::select;
  const V t = line.t - line.mx * (side * (V(.5) - V(.5) * width));
  const V part = width * smaller_side(line.mx * width, line.my, t);
  const auto a_is_small = t < V(0);
  const V vf_small = select(a_is_small, a, b), vf_large = select(a_is_small, b, a);
  // what the larger one cannot fill is the smaller one's: the sum closes without giving anybody more than there is
  const V small = min(max(part, width - vf_large), vf_small), large = min(width - small, vf_large);
  slab_a = select(a_is_small, small, large);
  slab_b = select(a_is_small, large, small);
  const auto whole = width >= V(1);
  slab_a = select(whole, a, slab_a);
  slab_b = select(whole, b, slab_b);
}

} // namespace mirhydro::geometry::inline MIRHYDRO_ISA
