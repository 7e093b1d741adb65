#pragma once
// Nets of random weights for the tests of the kernels and engines, and the slow obvious forward pass.
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "neural/stencil_net.hpp"

namespace nets {

using mirhydro::neural::DenseLayer;
using mirhydro::neural::StencilNet;

inline StencilNet random_net(int inputs, const std::vector<int>& hidden, int nodes, unsigned seed) {
  std::mt19937_64 random(seed);
  std::vector<DenseLayer> layers;
  int in = inputs;
  for (std::size_t k = 0; k <= hidden.size(); ++k) {
    const int out = k < hidden.size() ? hidden[k] : (nodes + 1) * (nodes + 1) + 1;
    std::normal_distribution<float> weight(0, std::sqrt(2.f / float(in)));
    DenseLayer layer{in, out, {}, {}};
    for (int n = 0; n < in * out; ++n) layer.weight.push_back(weight(random));
    for (int n = 0; n < out; ++n) layer.bias.push_back(.1f * weight(random));
    layers.push_back(std::move(layer));
    in = out;
  }
  return StencilNet(nodes, std::move(layers));
}

inline std::vector<float> random_batch(int cells, int inputs, unsigned seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> value(0, 1);
  std::vector<float> batch(std::size_t(cells) * std::size_t(inputs));
  for (float& x : batch) x = value(random);
  return batch;
}

/// One cell in double precision; where `rounded`, weights and activations are bfloat16 as the net has them.
inline std::vector<double> forward(const StencilNet& net, const float* cell, bool rounded) {
  const auto round = [&](double x) {
    if (!rounded) return x;
    const std::uint32_t bits = mirhydro::neural::bfloat16_bits(float(x));
    float y;
    static_assert(sizeof y == sizeof bits);
    __builtin_memcpy(&y, &bits, sizeof y);
    return double(y);
  };
  std::vector<double> x(cell, cell + net.inputs());
  for (std::size_t l = 0; l < net.dense().size(); ++l) {
    const DenseLayer& layer = net.dense()[l];
    std::vector<double> y(layer.bias.begin(), layer.bias.end());
    for (std::size_t o = 0; o < y.size(); ++o) {
      for (std::size_t i = 0; i < x.size(); ++i) y[o] += round(layer.weight[o * x.size() + i]) * round(x[i]);
      if (l + 1 < net.dense().size() && !(y[o] > 0)) y[o] = y[o] != y[o] ? y[o] : 0;
    }
    x = std::move(y);
  }
  return x;
}

} // namespace nets
