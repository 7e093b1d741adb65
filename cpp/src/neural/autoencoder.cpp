#include "neural/autoencoder.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "neural/tiles.hpp"

namespace mirhydro::neural {

namespace {

constexpr double largest_input = 1e3, largest_value = 1e30;
constexpr int most_channels = 64, most_convolutions = 6;

static_assert(AutoencoderShape::image == image_side);

/// Most that a layer's outputs can be where its inputs are at most `bound`.
double largest(const Weights& w, double bound, bool transposed) {
  const auto out = std::size_t(w.outputs), in = std::size_t(w.inputs), taps = std::size_t(w.size) * std::size_t(w.size);
  double most = 0;
  for (std::size_t o = 0; o < out; ++o) {
    double sum = std::abs(double(w.bias[o]));
    for (std::size_t i = 0; i < in; ++i)
      for (std::size_t t = 0; t < taps; ++t)
        sum += std::abs(double(w.weight[(transposed ? i * out + o : o * in + i) * taps + t])) * bound;
    most = std::max(most, sum);
  }
  return most;
}

} // namespace

Autoencoder::Autoencoder(const ModelFile& file) {
  const auto one_of = [&](const char* key, std::initializer_list<int> values, int most) {
    const int value = file.number(key, 1, most);
    if (std::find(values.begin(), values.end(), value) == values.end())
      file.refuse("metadata " + std::string(key) + " = " + std::to_string(value));
    return value;
  };
  if (file.metadata("architecture") != "autoencoder")
    file.refuse("metadata architecture = \"" + std::string(file.metadata("architecture")) + "\", not \"autoencoder\"");
  if (file.metadata("dtype") != "F32" && file.metadata("dtype") != "F16")
    file.refuse("metadata dtype = \"" + std::string(file.metadata("dtype")) + "\", not \"F32\" or \"F16\"");
  one_of("tile", {tile_side}, tile_side);
  one_of("pixels", {cell_pixels}, cell_pixels);
  AutoencoderShape& s = shape_;
  s.channels = file.number("channels", 1, most_channels);
  s.pool = one_of("pool", {1, 2, 4}, 4);
  s.dilation = one_of("dilation", {1, 2}, 2);
  s.bottleneck = file.number("bottleneck", 1, 1024);
  s.convolutions = file.number("convolutions", 1, most_convolutions);
  s.nodes = one_of("nodes", {1, 2, 4, 8}, 8);
  const std::string_view meaning = file.metadata("meaning");
  if (meaning != "correction" && meaning != "level_set")
    file.refuse("metadata meaning = \"" + std::string(meaning) + "\", not \"correction\" or \"level_set\"");
  corrects_base_ = meaning == "correction";
  if (file.tensors().size() != 4 * std::size_t(s.convolutions) + 4)
    file.refuse("it has " + std::to_string(file.tensors().size()) + " tensors, not " +
                std::to_string(4 * s.convolutions + 4));
  const auto read = [&](const std::string& name, int first, int second, int size, int outputs) {
    std::vector<std::uint64_t> extents = {std::uint64_t(first), std::uint64_t(second)};
    if (size > 0) extents.insert(extents.end(), 2, std::uint64_t(size));
    return Weights{outputs, first + second - outputs, std::max(size, 1), file.floats(name + ".weight", extents),
                   file.floats(name + ".bias", {std::uint64_t(outputs)})};
  };
  for (int k = 0; k < s.convolutions; ++k) {
    const int outer = k == 0 ? 1 : s.channels;
    const std::string number = std::to_string(k);
    encoder_.push_back(read("encoder" + number, s.channels, outer, 3, s.channels));
    decoder_.push_back(read("decoder" + number, s.channels, outer, s.up(k) + 2, outer));
  }
  squeeze_ = read("squeeze", s.bottleneck, s.flat(), 0, s.bottleneck);
  expand_ = read("expand", s.flat(), s.bottleneck, 0, s.flat());
  check(file);
}

/// A bound on every sum: with images within 1e3 nothing overflows, so that hosts which trap overflow run on.
void Autoencoder::check(const ModelFile& file) const {
  double bound = largest_input;
  const auto pass = [&](const Weights& w, bool transposed, const std::string& name) {
    bound = largest(w, bound, transposed);
    if (!(bound <= largest_value)) file.refuse(name + ": its weights are too large");
  };
  for (std::size_t k = 0; k < encoder_.size(); ++k) pass(encoder_[k], false, "encoder" + std::to_string(k));
  pass(squeeze_, false, "squeeze");
  pass(expand_, false, "expand");
  for (std::size_t k = decoder_.size(); k-- > 0;) pass(decoder_[k], true, "decoder" + std::to_string(k));
}

} // namespace mirhydro::neural
