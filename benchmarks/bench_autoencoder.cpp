// How close do the kernels of autoencoders come to what the core can do at all? Images, tiles and the roof in turn, CPU
// time of one core, warm. One line of JSON.
#include <algorithm>
#include <cstdio>
#include <vector>

#include "autoencoders.hpp"
#include "engine/native/net_kernels.hpp"
#include "roof.hpp"

namespace {

using mirhydro::engine::native::PackedAutoencoder;
constexpr int rounds = 15, pixels = 64 * 64;

double median(std::vector<double> v) {
  std::nth_element(v.begin(), v.begin() + std::ptrdiff_t(v.size() / 2), v.end());
  return v[v.size() / 2];
}

/// Multiply-adds of one sample as PyTorch counts them: every pixel of every layer.
double products(const mirhydro::neural::AutoencoderShape& s) {
  double sum = 2. * s.flat() * s.bottleneck;
  for (int k = 0; k < s.convolutions; ++k) {
    const double outer = k == 0 ? 1 : s.channels, up = s.up(k) + 2;
    sum += outer * s.channels * (9. * s.side(k) * s.side(k) + up * up * s.side(k + 1) * s.side(k + 1));
  }
  return sum;
}

void figures(const char* name, const mirhydro::neural::AutoencoderShape& shape, int calls, bool last) {
  const auto net = autoencoders::random_autoencoder(shape, 1);
  const auto& best = mirhydro::engine::native::net_kernels();
  const auto& kernels = best.autoencoder();
  const PackedAutoencoder packed(net, kernels.lanes);
  const auto lanes = std::size_t(kernels.lanes);
  // other images in each call, as in a batch
  std::vector<float> in(lanes * pixels * std::size_t(calls), .5f), out(in.size());
  float* const memory = mirhydro::engine::native::scratch(packed.scratch(kernels.lanes));
  const auto seconds = [&](auto kernel, std::ptrdiff_t width, std::ptrdiff_t result) {
    const double start = roof::cpu_seconds();
    for (std::size_t k = 0; k < std::size_t(calls); ++k)
      kernel(packed,
             {in.data() + k * lanes * pixels, width, 1, out.data() + k * lanes * pixels, result, 1, kernels.lanes},
             memory);
    return (roof::cpu_seconds() - start) / calls / double(lanes);
  };
  std::vector<double> roofs, images, tiles;
  for (int round = 0; round < rounds; ++round) {
    roofs.push_back(roof::float32(best.name));
    images.push_back(seconds(kernels.images, pixels, pixels));
    tiles.push_back(seconds(kernels.tiles, 64, (shape.nodes + 1) * (shape.nodes + 1)));
  }
  const double n = products(shape);
  std::printf("\"%s\": {\"products\": %.0f, \"roof\": %.4g, \"images\": %.4g, \"of_roof\": %.3f, \"tiles\": %.4g, "
              "\"scratch_bytes\": %zu}%s",
              name, n, median(roofs) / n, 1 / median(images), n / median(images) / median(roofs), 1 / median(tiles),
              packed.scratch(kernels.lanes) * sizeof(float), last ? "" : ", ");
}

} // namespace

int main() {
  std::printf("{\"kernels\": \"%s\", \"samples_per_second\": {", mirhydro::engine::native::net_kernels().name);
  figures("channels 2, pool 2, bottleneck 8", {2, 2, 1, 8, 5, 2}, 16, false);
  figures("channels 2, pool 2, dilation 2, bottleneck 8", {2, 2, 2, 8, 5, 2}, 16, false);
  figures("channels 2, pool 4, bottleneck 8", {2, 4, 1, 8, 5, 2}, 16, false);
  figures("channels 8, pool 2, bottleneck 16", {8, 2, 1, 16, 5, 2}, 4, false);
  figures("channels 32, pool 2, bottleneck 32", {32, 2, 1, 32, 5, 2}, 1, false);
  figures("channels 32, no pool, bottleneck 32", {32, 1, 1, 32, 5, 2}, 1, true);
  std::printf("}}\n");
  return 0;
}
