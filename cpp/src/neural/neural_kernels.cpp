#include "neural/neural_kernels.hpp"

#include "neural/features.hpp"
#include "plic/wide_block.hpp"
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

template <int K, class Widths>
void features_on(const plic::WideBlock& c, int cells, double* nodes, double* weight, NetBlock& net) {
  net.tied = 0;
  for (int k = 0; k < cells; k += width) {
    Base<V, K> base;
    const auto tied = base_and_features<K>(plic::wide_stencil<V>(c, k), plic::widths_at<Widths>(c, k),
                                           lane::load<V>(c.size_x + k), lane::load<V>(c.size_y + k), base,
                                           [&](int feature, V value) { lane::store(net.in[feature] + k, value); });
    for (int n = 0; n < base.phi.count; ++n) lane::store(nodes + n * block + k, base.phi.phi[n]);
    lane::store(net.base_weight + k, base.weight), lane::store(weight + k, base.weight);
    lane::store(net.voice + k, base.voice), lane::store(net.reach + k, base.reach);
    lane::store(net.turn[0] + k, base.turn.x), lane::store(net.turn[1] + k, base.turn.y);
    lane::store(net.turn[2] + k, base.turn.transpose), lane::store(net.turn[3] + k, base.turn.sign);
    net.tied |= std::uint64_t(lane::bits(tied)) << k;
  }
  if (net.tied != 0) settle_ties(net);
}

template <int K>
void features(const plic::WideBlock& c, bool stretched, int cells, double* nodes, double* weight, NetBlock& net) {
  stretched ? features_on<K, plic::Stretched<V>>(c, cells, nodes, weight, net)
            : features_on<K, plic::Equal<V>>(c, cells, nodes, weight, net);
}

template <int K>
std::uint64_t correct(const NetBlock& net, const double* a, const double* b, int cells, double* nodes, double* weight) {
  constexpr int side = K + 1;
  std::uint64_t refused = 0;
  for (int k = 0; k < cells; k += width) {
    V said[side][side];
    for (int n = 0; n < side * side; ++n) said[n / side][n % side] = lane::load<V>(net.out[n] + k);
    Base<V, K> base;
    for (int n = 0; n < base.phi.count; ++n) base.phi.phi[n] = lane::load<V>(nodes + n * block + k);
    base.weight = lane::load<V>(weight + k), base.voice = lane::load<V>(net.voice + k);
    base.reach = lane::load<V>(net.reach + k), base.turn = turn_at(net, k);
    const auto good =
        correct_base(base, said, lane::load<V>(net.out[side * side] + k), lane::load<V>(a + k) - lane::load<V>(b + k));
    refused |= std::uint64_t(lane::bits(!good)) << k;
    for (int n = 0; n < base.phi.count; ++n) lane::store(nodes + n * block + k, base.phi.phi[n]);
    lane::store(weight + k, base.weight);
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
