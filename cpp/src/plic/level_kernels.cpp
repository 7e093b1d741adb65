#include "plic/level_kernels.hpp"

#include "geometry/slabs.hpp"
#include "plic/wide_block.hpp"
// Compiled once per instruction set; MIRHYDRO_ISA names the namespace.
namespace mirhydro::plic::inline MIRHYDRO_ISA {

namespace {

using V = lane::Wide;
constexpr int width = lane::lanes<V>;

template <int K> geometry::LevelSet<V, K> level_set(const double* nodes, int k, bool transposed = false) {
  geometry::LevelSet<V, K> s;
  constexpr int side = K + 1;
  for (int n = 0; n < s.count; ++n)
    s.phi[n] = lane::load<V>(nodes + (transposed ? (n % side) * side + n / side : n) * block + k);
  return s;
}

template <int K> void put(const geometry::LevelSet<V, K>& s, V offset, double* nodes, int k) {
  for (int n = 0; n < s.count; ++n) lane::store(nodes + n * block + k, s.phi[n] + offset);
}

template <int K, class Widths> void curves_on(const WideBlock& c, double* nodes, double* weight) {
  for (int k = 0; k < block; k += width) {
    const WideStencil<V> s = wide_stencil<V>(c, k);
    geometry::LevelSet<V, K> phi;
    V residual(0);
    const auto exact =
        ppic(s, widths_at<Widths>(c, k), lane::load<V>(c.size_x + k), lane::load<V>(c.size_y + k), phi, residual);
    lane::store(weight + k, weight_of(residual));
    V offset(0);
    if (lane::bits(!exact) != 0) offset = lane::select(exact, offset, geometry::coarse_offset(phi, s.a - s.b));
    put(phi, offset, nodes, k);
  }
}

template <int K> void curves(const WideBlock& c, bool stretched, double* nodes, double* weight) {
  stretched ? curves_on<K, Stretched<V>>(c, nodes, weight) : curves_on<K, Equal<V>>(c, nodes, weight);
}

template <int K> void lines(const ConstLines& lines, const double* size_x, const double* size_y, double* nodes) {
  for (int k = 0; k < block; k += width) {
    geometry::LevelSet<V, K> phi;
    line_level_set(lane::load<V>(lines.mx + k), lane::load<V>(lines.my + k), lane::load<V>(lines.t + k),
                   lane::load<V>(size_x + k), lane::load<V>(size_y + k), phi);
    put(phi, V(0), nodes, k);
  }
}

template <int K> void place(double* nodes, const double* a, const double* b) {
  for (int k = 0; k < block; k += width) {
    const geometry::LevelSet<V, K> s = level_set<K>(nodes, k);
    put(s, geometry::coarse_offset(s, lane::load<V>(a + k) - lane::load<V>(b + k)), nodes, k);
  }
}

template <int K> void average(const double* own, const Around& around, double* nodes) {
  const auto node = [](int l, int k) { return (l * (K + 1) + k) * block; };
  for (int c = 0; c < block; c += width) {
    V weight[9];
    for (int n = 0; n < 9; ++n) weight[n] = lane::load<V>(around.weight[n] + c);
    const V here = weight[4];
    const auto said = [&](int n) { return here * lane::load<V>(own + n + c); };
    for (int l = 1; l < K; ++l)
      for (int k = 1; k < K; ++k) lane::store(nodes + node(l, k) + c, lane::load<V>(own + node(l, k) + c));
    for (int side = 0; side < 4; ++side) {
      constexpr int across[4] = {1, 7, 3, 5};
      const V other = weight[across[side]], sum = here + other;
      for (int k = 1; k < K; ++k) {
        const int end = side % 2 == 0 ? 0 : K, n = side < 2 ? node(end, k) : node(k, end);
        lane::store(nodes + n + c, (said(n) + other * lane::load<V>(around.side[side][k - 1] + c)) / sum);
      }
    }
    for (int corner = 0; corner < 4; ++corner) {
      const int dj = corner / 2 == 0 ? 0 : 2, di = corner % 2 == 0 ? 0 : 2, n = node(dj * K / 2, di * K / 2);
      const V opposite = weight[3 * dj + di], along_y = weight[3 * dj + 1], along_x = weight[3 + di];
      const auto& others = around.corner[corner];
      const V y = along_y * lane::load<V>(others[1] + c), x = along_x * lane::load<V>(others[2] + c);
      const V all = (said(n) + opposite * lane::load<V>(others[0] + c)) + (y + x);
      lane::store(nodes + n + c, all / ((here + opposite) + (along_y + along_x)));
    }
  }
}

template <int K> int match(double* nodes, const double* a, const double* b, double* misfit) {
  constexpr double exact = 1e-15; // of the difference of areas: half of it is the area's
  int rounds = 0;
  for (int k = 0; k < block; k += width) {
    const geometry::LevelSet<V, K> s = level_set<K>(nodes, k);
    const V wanted = lane::load<V>(a + k) - lane::load<V>(b + k);
    const auto found = geometry::match(s, wanted, exact, 60);
    rounds = found.rounds > rounds ? found.rounds : rounds;
    put(s, found.offset, nodes, k);
    V left = found.misfit;
    // flat at the level, or nearly: what is stored, rounded, has to be asked
    const auto asked = (lane::abs(left) > V(2 * exact)) | (found.steepness > V(8));
    if (lane::bits(asked) != 0) // by lanes: what a cell gets must not depend on those beside it
      left = lane::select(asked, level_set<K>(nodes, k).difference(V(0)).value - wanted, left);
    lane::store(misfit + k, V(.5) * left);
  }
  return rounds;
}

template <int K> void areas(const double* nodes, double* out_a, double* out_b) {
  for (int k = 0; k < block; k += width) {
    const V difference = level_set<K>(nodes, k).difference(V(0)).value;
    lane::store(out_a + k, V(.5) * (V(1) + difference));
    lane::store(out_b + k, V(.5) * (V(1) - difference));
  }
}

/// Parts of a slab, from the integral of the sign of phi over it: the smaller one is halved from the difference, the
/// larger closes the sum; none is more than there is.
void split(V slab, V difference, V a, V b, V excess, V& part_a, V& part_b) {
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

template <int K>
void slabs(const double* nodes, bool along_y, const double* a, const double* b, const double* excess, const double* low,
           const double* high, double (*out)[block]) {
  for (int k = 0; k < block; k += width) {
    const geometry::LevelSet<V, K> s = level_set<K>(nodes, k, along_y);
    const V fa = lane::load<V>(a + k), fb = lane::load<V>(b + k), more = lane::load<V>(excess + k);
    const V wl = lane::load<V>(low + k), wh = lane::load<V>(high + k);
    V al(0), bl(0), ah(0), bh(0);
    if (lane::bits(wl > V(0)) != 0) split(wl, s.template slab<false>(wl), fa, fb, more, al, bl);
    if (lane::bits(wh > V(0)) != 0) split(wh, s.template slab<true>(wh), fa, fb, more, ah, bh);
    geometry::fit_together(fa, fb, wl, wh, al, bl, ah, bh);
    lane::store(out[0] + k, al);
    lane::store(out[1] + k, ah);
    lane::store(out[2] + k, bl);
    lane::store(out[3] + k, bh);
  }
}

template <int K> const LevelKernels& table() {
  static constexpr LevelKernels kernels{K, curves<K>, lines<K>, place<K>, average<K>, match<K>, areas<K>, slabs<K>};
  return kernels;
}

} // namespace

const LevelKernels& level_kernels_of_this_set(int K) {
  switch (K) {
  case 1: return table<1>();
  case 2: return table<2>();
  case 3: return table<3>();
  case 4: return table<4>();
  default: return table<8>();
  }
}

} // namespace mirhydro::plic::inline MIRHYDRO_ISA
