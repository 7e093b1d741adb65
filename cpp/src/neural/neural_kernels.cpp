#include "neural/neural_kernels.hpp"

#include "neural/features.hpp"
// Compiled once per instruction set; MIRHYDRO_ISA names the namespace.
namespace mirhydro::neural::inline MIRHYDRO_ISA {

namespace {

using V = lane::Wide;
using plic::block;
constexpr int width = lane::lanes<V>;

Turn<V> turn_at(const NetBlock& net, int k) {
  return {lane::load<V>(net.turn[0] + k), lane::load<V>(net.turn[1] + k), lane::load<V>(net.turn[2] + k),
          lane::load<V>(net.turn[3] + k)};
}

/// What the net reads, in standard orientation. Returns the cells whose orientation is tied.
unsigned store_features(const plic::WideStencil<V>& s, const plic::CurveDetail<V>& detail, V gx, V gy, V length, V rho,
                        int k, NetBlock& net) {
  using lane::ratio, lane::select;
  unsigned tied = 0;
  const Turn<V> turn = turn_of(s, tied);
  lane::store(net.turn[0] + k, turn.x), lane::store(net.turn[1] + k, turn.y);
  lane::store(net.turn[2] + k, turn.transpose), lane::store(net.turn[3] + k, turn.sign);
  V square[5][5];
  turn_square<V, 5>(turn, s.d, square);
  for (int n = 0; n < 25; ++n) lane::store(net.in[difference + n] + k, square[n / 5][n % 5]);
  turn_square<V, 5>(turn, detail.misses.e, square);
  const V by = ratio(V(1), rho, rho > V(1e-30));
  for (int n = 0; n < 25; ++n) lane::store(net.in[miss + n] + k, by * square[n / 5][n % 5]);
  const V per = ratio(V(1), length, length > V(1e-30)) * turn.sign;
  const V x = turn.x * (per * gx), y = turn.y * (per * gy);
  const auto transposed = turn.transpose < V(0);
  lane::store(net.in[normal] + k, select(transposed, y, x));
  lane::store(net.in[normal + 1] + k, select(transposed, x, y));
  lane::store(net.in[size] + k, lane::sqrt(lane::sqrt(rho)));
  lane::store(net.in[bend] + k, turn.sign * detail.bend);
  lane::store(net.in[parabolic] + k, detail.parabolic);
  return tied;
}

template <int K, class Widths>
void features_on(const plic::WideBlock& c, double* nodes, double* weight, NetBlock& net) {
  net.tied = 0;
  for (int k = 0; k < block; k += width) {
    const plic::WideStencil<V> s = plic::wide_stencil<V>(c, k);
    const V size_x = lane::load<V>(c.size_x + k), size_y = lane::load<V>(c.size_y + k);
    geometry::LevelSet<V, K> phi;
    plic::CurveDetail<V> detail;
    V residual(0), gx, gy;
    plic::ppic(s, plic::widths_at<Widths>(c, k), size_x, size_y, phi, residual, &detail);
    const V base_weight = plic::weight_of(residual);
    lane::store(net.base_weight + k, base_weight);
    lane::store(weight + k, base_weight);
    for (int n = 0; n < phi.count; ++n) lane::store(nodes + n * block + k, phi.phi[n]);
    mean_gradient(phi, gx, gy);
    const V length = lane::sqrt(gx * gx + gy * gy), rho = rho_of(detail.misses);
    const V voice = Widths::equal ? voice_of(rho) : V(0); // nets are trained on equal cells
    // of a level set that has no slope a cell's width takes the place
    const V reach = voice * (rho * lane::select(length > V(0), length, lane::min(size_x, size_y)));
    lane::store(net.voice + k, voice);
    lane::store(net.reach + k, reach);
    net.tied |= std::uint64_t(store_features(s, detail, gx, gy, length, rho, k, net)) << k;
  }
  if (net.tied != 0) settle_ties(net);
}

template <int K> void features(const plic::WideBlock& c, bool stretched, double* nodes, double* weight, NetBlock& net) {
  stretched ? features_on<K, plic::Stretched<V>>(c, nodes, weight, net)
            : features_on<K, plic::Equal<V>>(c, nodes, weight, net);
}

template <int K>
std::uint64_t correct(const NetBlock& net, const double* a, const double* b, double* nodes, double* weight) {
  using lane::select;
  constexpr int side = K + 1;
  constexpr double furthest = 64, steepest = 8; // in units of rho, and of the weight's argument: no net says so
  std::uint64_t refused = 0;
  for (int k = 0; k < block; k += width) {
    V said[side][side], turned[side][side];
    auto good = V(0) <= V(0);
    const auto check = [&](V x, double most) { good = good & (lane::abs(x) <= V(most)); };
    for (int n = 0; n < side * side; ++n) {
      said[n / side][n % side] = lane::load<V>(net.out[n] + k);
      check(said[n / side][n % side], furthest);
    }
    const V confidence = lane::load<V>(net.out[side * side] + k);
    check(confidence, steepest);
    refused |= std::uint64_t(lane::bits(!good)) << k;
    turn_back<V, side>(turn_at(net, k), said, turned);
    const V reach = lane::load<V>(net.reach + k);
    geometry::LevelSet<V, K> phi;
    for (int n = 0; n < phi.count; ++n) {
      const V base = lane::load<V>(nodes + n * block + k);
      phi.phi[n] = base + select(good, reach * turned[n / side][n % side], V(0));
    }
    const V offset = geometry::coarse_offset(phi, lane::load<V>(a + k) - lane::load<V>(b + k));
    for (int n = 0; n < phi.count; ++n) lane::store(nodes + n * block + k, phi.phi[n] + offset);
    // x + sqrt(1 + x^2): positive, and 1/it at -x
    const V x = select(good, lane::load<V>(net.voice + k) * confidence, V(0));
    lane::store(weight + k, lane::load<V>(weight + k) * (x + lane::sqrt(V(1) + x * x)));
  }
  return refused;
}

template <int K> const NeuralKernels& table() {
  static constexpr NeuralKernels kernels{features<K>, correct<K>};
  return kernels;
}

} // namespace

const NeuralKernels& neural_kernels_of_this_set(int K) {
  switch (K) {
  case 2: return table<2>();
  case 3: return table<3>();
  default: return table<4>();
  }
}

} // namespace mirhydro::neural::inline MIRHYDRO_ISA
