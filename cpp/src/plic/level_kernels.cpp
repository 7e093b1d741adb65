#include "plic/level_kernels.hpp"

#include "plic/level_steps.hpp"
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

template <int K, class Widths> void curves_on(const WideBlock& c, int cells, double* nodes, double* weight) {
  for (int k = 0; k < cells; k += width) {
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

template <int K> void curves(const WideBlock& c, bool stretched, int cells, double* nodes, double* weight) {
  stretched ? curves_on<K, Stretched<V>>(c, cells, nodes, weight) : curves_on<K, Equal<V>>(c, cells, nodes, weight);
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

template <int K> void average(const double* own, const Around& around, int cells, double* nodes) {
  const auto node = [](int l, int k) { return (l * (K + 1) + k) * block; };
  for (int c = 0; c < cells; c += width) {
    V weight[9];
    for (int n = 0; n < 9; ++n) weight[n] = lane::load<V>(around.weight[n] + c);
    average_rim<K>(
        weight, [&](int l, int k) { return lane::load<V>(own + node(l, k) + c); },
        [&](int side, int k) { return lane::load<V>(around.side[side][k - 1] + c); },
        [&](int corner, int other) { return lane::load<V>(around.corner[corner][other] + c); },
        [&](int l, int k, V value) { lane::store(nodes + node(l, k) + c, value); });
  }
}

template <int K> int match(double* nodes, const double* a, const double* b, int cells, double* misfit) {
  int most = 0, rounds = 0;
  for (int k = 0; k < cells; k += width) {
    geometry::LevelSet<V, K> s = level_set<K>(nodes, k);
    const V left = match_area(s, lane::load<V>(a + k) - lane::load<V>(b + k), rounds);
    most = rounds > most ? rounds : most;
    put(s, V(0), nodes, k);
    lane::store(misfit + k, left);
  }
  return most;
}

template <int K> void areas(const double* nodes, double* out_a, double* out_b) {
  for (int k = 0; k < block; k += width) {
    const V difference = level_set<K>(nodes, k).difference(V(0)).value;
    lane::store(out_a + k, V(.5) * (V(1) + difference));
    lane::store(out_b + k, V(.5) * (V(1) - difference));
  }
}

template <int K>
void slabs(const double* nodes, bool along_y, const double* a, const double* b, const double* excess, const double* low,
           const double* high, double (*out)[block]) {
  for (int k = 0; k < block; k += width) {
    const Sent<V> sent = send(level_set<K>(nodes, k, along_y), lane::load<V>(a + k), lane::load<V>(b + k),
                              lane::load<V>(excess + k), lane::load<V>(low + k), lane::load<V>(high + k));
    lane::store(out[0] + k, sent.low_a);
    lane::store(out[1] + k, sent.high_a);
    lane::store(out[2] + k, sent.low_b);
    lane::store(out[3] + k, sent.high_b);
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
