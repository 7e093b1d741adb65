#include "engine/native/packed_autoencoder.hpp"

#include <algorithm>

namespace mirhydro::engine::native {

namespace {

using neural::Weights;

/// Weights by (output, input, tap) in the order of the tiles.
template <class Weight> void pack(PackedSum& sum, Weight&& weight) {
  const int taps = int(sum.taps.size());
  sum.weight.reserve(std::size_t(sum.outputs) * std::size_t(sum.inputs) * std::size_t(taps));
  for (int begin = 0, tile = sum.widest; begin < sum.outputs; begin += tile) {
    while (tile > sum.outputs - begin) tile /= 2;
    for (int i = 0; i < sum.inputs; ++i)
      for (int t = 0; t < taps; ++t)
        for (int o = begin; o < begin + tile; ++o) sum.weight.push_back(weight(o, i, t));
  }
}

PackedSum dense(const Weights& w) {
  PackedSum sum{w.inputs, w.outputs, 8, {{0, 0}}, {}, w.bias};
  pack(sum, [&](int o, int i, int) { return w.weight[std::size_t(o) * std::size_t(w.inputs) + std::size_t(i)]; });
  return sum;
}

PackedSum convolution(const Weights& w, int widest) {
  PackedSum sum{w.inputs, w.outputs, widest, {}, {}, w.bias};
  for (int t = 0; t < 9; ++t) sum.taps.push_back({t / 3 - 1, t % 3 - 1});
  pack(sum, [&](int o, int i, int t) { return w.weight[std::size_t((o * w.inputs + i) * 9 + t)]; });
  return sum;
}

/// What output pixels at (row, column) within their input pixel are sums of: kernel places row + 1 - up * (rows of the
/// tap), where the kernel has them.
PackedSum transposed(const Weights& w, int widest, int up, int row, int column) {
  PackedSum sum{w.inputs, w.outputs, widest, {}, {}, w.bias};
  std::vector<int> places;
  for (int j = 1; j >= -1; --j)
    for (int i = 1; i >= -1; --i) {
      const int y = row + 1 - up * j, x = column + 1 - up * i;
      if (y < 0 || x < 0 || y >= w.size || x >= w.size) continue;
      sum.taps.push_back({j, i});
      places.push_back(y * w.size + x);
    }
  pack(sum, [&](int o, int i, int t) {
    return w.weight[std::size_t((i * w.outputs + o) * w.size * w.size + places[std::size_t(t)])];
  });
  return sum;
}

/// The two sums of a row as one: taps of either run from the right to the left.
std::vector<float> pair(const Weights& w, int row) {
  std::vector<float> packed;
  for (int o = 0; o < w.outputs; ++o)
    for (int i = 0; i < w.inputs; ++i)
      for (int y = 1 - row; y < 4; y += 2)
        for (const int x : {0, 2, 1, 3}) packed.push_back(w.weight[std::size_t((i * w.outputs + o) * 16 + 4 * y + x)]);
  return packed;
}

std::size_t bordered(int channels, int side) {
  return std::size_t(channels) * std::size_t(side + 2) * std::size_t(side + 2);
}

} // namespace

PackedAutoencoder::PackedAutoencoder(const neural::Autoencoder& net, int lanes)
    : squeeze(dense(net.squeeze())), expand(dense(net.expand())), channels(net.shape().channels),
      inner_side(net.shape().side(net.shape().convolutions)), nodes(net.nodes()) {
  const neural::AutoencoderShape& s = net.shape();
  const int widest = lanes == 16 && s.pool == 1 && s.dilation == 1 ? 4 : 2;
  for (int k = 0; k < s.convolutions; ++k) {
    const Weights& w = net.encoder()[std::size_t(k)];
    encoder.push_back(
        {s.side(k), w.inputs, w.outputs, 1, s.pools(k) ? s.pool : 0, s.dilation, false, {convolution(w, widest)}, {}});
    plane = std::max({plane, bordered(w.inputs, s.side(k)), bordered(w.outputs, s.side(k + 1))});
  }
  for (int k = s.convolutions; k-- > 0;) {
    const Weights& w = net.decoder()[std::size_t(k)];
    const int up = s.up(k);
    PackedStage stage{s.side(k), w.inputs, w.outputs, up, s.pools_back(k) ? 1 : 0, s.dilation, k == 0, {}, {}};
    for (int r = 0; r < up; ++r)
      for (int c = 0; c < up; ++c) stage.sums.push_back(transposed(w, widest, up, r, c));
    for (int r = 0; r < 2 && up == 2; ++r) stage.pairs[std::size_t(r)] = pair(w, r);
    decoder.push_back(std::move(stage));
    if (k > 0) plane = std::max(plane, bordered(w.outputs, s.side(k)));
  }
  flat = std::size_t(s.flat());
  code = std::size_t(s.bottleneck);
  strip = 4 * std::size_t(s.channels) * std::size_t(neural::AutoencoderShape::image + 1);
}

std::size_t PackedAutoencoder::scratch(int lanes) const noexcept {
  const std::size_t by_samples = 2 * plane + flat + code + strip, by_strips = 2 * strip_plane(lanes) + 2 * flat + code;
  const bool pools = inner_side < neural::AutoencoderShape::image;
  return (pools ? by_samples : std::max(by_samples, by_strips)) * std::size_t(lanes);
}

} // namespace mirhydro::engine::native
