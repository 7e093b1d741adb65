#include "neural/stencil_net.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include <mirhydro/error.hpp>

#include "plic/kernels.hpp"

namespace mirhydro::neural {

namespace {

constexpr int widest = 1024, deepest = 16, tile = 6;
constexpr double largest_input = 1e6, largest_value = 1e30;

std::vector<DenseLayer> layers_in(const ModelFile& file) {
  const int nodes = file.number("nodes", 2, 4);
  std::vector<int> widths = {file.number("inputs", 1, widest)};
  const std::vector<int> hidden = file.numbers("hidden", 1, widest);
  if (hidden.size() >= deepest) file.refuse("metadata hidden: more than 15 layers");
  widths.insert(widths.end(), hidden.begin(), hidden.end());
  widths.push_back((nodes + 1) * (nodes + 1) + 1);
  const std::size_t count = widths.size() - 1;
  if (file.tensors().size() != 2 * count)
    file.refuse("it has " + std::to_string(file.tensors().size()) + " tensors, not " + std::to_string(2 * count));
  std::vector<DenseLayer> layers;
  for (std::size_t k = 0; k < count; ++k) {
    const std::string name = "layer" + std::to_string(k);
    const auto in = std::uint64_t(widths[k]), out = std::uint64_t(widths[k + 1]);
    layers.push_back(
        {widths[k], widths[k + 1], file.floats(name + ".weight", {out, in}), file.floats(name + ".bias", {out})});
  }
  return layers;
}

[[noreturn]] void refuse(const std::string& reason) { throw Error(Status::bad_argument, "stencil net: " + reason); }

/// Weights in the order of the tiles.
void fill(const DenseLayer& layer, const PackedLayer& packed, float* weight, float* rounded, std::uint32_t* pairs) {
  const auto value = [&](int o, int i) {
    return i < layer.inputs ? layer.weight[std::size_t(o) * std::size_t(layer.inputs) + std::size_t(i)] : 0.f;
  };
  for (int t = 0; t < packed.tiles; ++t) {
    const int begin = packed.begin(t), end = packed.begin(t + 1);
    for (int i = 0; i < layer.inputs; ++i)
      for (int o = begin; o < end; ++o) {
        *weight++ = value(o, i);
        *rounded++ = std::bit_cast<float>(bfloat16_bits(value(o, i)));
      }
    for (int i = 0; i < layer.inputs; i += 2)
      for (int o = begin; o < end; ++o) *pairs++ = bfloat16_bits(value(o, i)) >> 16 | bfloat16_bits(value(o, i + 1));
  }
}

} // namespace

std::uint32_t bfloat16_bits(float x) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  if ((bits & 0x7f800000) == 0) return bits & 0x80000000;
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits | 0x00400000) & 0xffff0000;
  return (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000;
}

StencilNet::StencilNet(int nodes, std::vector<DenseLayer> layers) : nodes_(nodes), layers_(std::move(layers)) {
  check();
  pack();
}

StencilNet::StencilNet(const ModelFile& file) {
  const auto need = [&](std::string_view key, std::string_view value) {
    if (file.metadata(key) != value)
      file.refuse("metadata " + std::string(key) + " = \"" + std::string(file.metadata(key)) + "\", not \"" +
                  std::string(value) + "\"");
  };
  need("architecture", "stencil_net");
  need("dtype", "F32");
  nodes_ = file.number("nodes", 2, 4);
  features_ = file.number("features", 1, 1 << 20);
  stencil_ = file.number("stencil", 3, 9);
  layers_ = layers_in(file);
  try {
    check();
  } catch (const Error& error) {
    file.refuse(error.what());
  }
  pack();
}

/// Sizes that fit, and a bound on every sum: with inputs within 1e6 nothing overflows, so that hosts which trap
/// overflow and invalid operations run on.
void StencilNet::check() const {
  if (layers_.empty() || layers_.size() > deepest) refuse("1 to 16 layers");
  if (layers_.back().outputs != (nodes_ + 1) * (nodes_ + 1) + 1) refuse("outputs are (nodes + 1)^2 + 1");
  double bound = largest_input;
  for (std::size_t k = 0; k < layers_.size(); ++k) {
    const DenseLayer& layer = layers_[k];
    if (layer.inputs < 1 || layer.inputs > widest || layer.outputs < 1 || layer.outputs > widest)
      refuse("layers are 1 to 1024 wide");
    if (k > 0 && layer.inputs != layers_[k - 1].outputs) refuse("a layer does not fit the one before it");
    const auto in = std::size_t(layer.inputs), out = std::size_t(layer.outputs);
    if (layer.weight.size() != in * out || layer.bias.size() != out) refuse("weights do not fit the widths");
    double largest = 0;
    for (std::size_t o = 0; o < out; ++o) {
      double sum = std::abs(double(layer.bias[o]));
      for (std::size_t i = 0; i < in; ++i) sum += std::abs(double(layer.weight[o * in + i])) * bound;
      if (!(sum <= largest_value)) refuse("layer" + std::to_string(k) + ": its weights are too large");
      largest = std::max(largest, sum);
    }
    bound = largest;
  }
}

void StencilNet::pack() {
  const auto rows_for = [](std::size_t numbers) { return (numbers + 15) / 16; };
  std::size_t float_rows = 0, pair_rows = 0;
  int width = 1;
  for (const DenseLayer& layer : layers_) {
    const auto in = std::size_t(layer.inputs), out = std::size_t(layer.outputs);
    float_rows += 2 * rows_for(in * out) + rows_for(out);
    pair_rows += rows_for((in + 1) / 2 * out);
    width = std::max({width, layer.inputs, layer.outputs});
  }
  floats_.assign(float_rows, {});
  pairs_.assign(pair_rows, {});
  auto* next_floats = floats_.data();
  auto* next_pairs = pairs_.data();
  for (const DenseLayer& layer : layers_) {
    const auto in = std::size_t(layer.inputs), out = std::size_t(layer.outputs);
    const auto take = [&](auto*& next, std::size_t numbers) {
      auto* const begin = next->values.data();
      next += rows_for(numbers);
      return begin;
    };
    float* const weight = take(next_floats, in * out);
    float* const rounded = take(next_floats, in * out);
    float* const bias = take(next_floats, out);
    std::uint32_t* const pairs = take(next_pairs, (in + 1) / 2 * out);
    const int tiles = ((layer.outputs + 1) / 2 + tile / 2 - 1) / (tile / 2);
    packed_.push_back({layer.inputs, layer.outputs, tiles, weight, rounded, pairs, bias});
    fill(layer, packed_.back(), weight, rounded, pairs);
    std::copy(layer.bias.begin(), layer.bias.end(), bias);
  }
  // two layers of activations; an odd width is rounded up to whole pairs
  scratch_ = 2 * std::size_t(width + 1) * std::size_t(plic::block);
}

} // namespace mirhydro::neural
