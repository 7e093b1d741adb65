#include <array>
#include <bit>

#include "geometry/ascending_sum.hpp"
#include "neural/net_block.hpp"
#include "neural/turns.hpp"
// Cells that the sign of a fraction or of a gradient leaves undecided, or all but: few, except in fields made of them.
namespace mirhydro::neural {

namespace {

void settle(NetBlock& block, std::size_t k) {
  const auto now = with_opposites<float, feature_count>([&](std::size_t f) { return block.in[f][k]; });
  const Settled found = settled(features_turned, now);
  const auto standard = features_turned.image(now, found.by);
  for (std::size_t f = 0; f < feature_count; ++f) block.in[f][k] = standard[f];
  compose(block, k, found.by);
  block.symmetries[k] = found.symmetries;
}

} // namespace

void settle_ties(NetBlock& block) {
  for (std::uint64_t left = block.tied; left != 0; left &= left - 1) settle(block, std::size_t(std::countr_zero(left)));
}

void symmetrise(int K, NetBlock& block) {
  const int n = K + 1;
  for (std::uint64_t left = block.tied; left != 0; left &= left - 1) {
    const auto k = std::size_t(std::countr_zero(left));
    const unsigned symmetries = block.symmetries[k];
    if (symmetries == 1) continue;
    std::array<float, most_outputs> said{};
    for (int node = 0; node < n * n; ++node) said[std::size_t(node)] = block.out[node][k];
    std::array<std::array<float, turns>, most_outputs> images;
    std::size_t count = 0;
    for (int turn = 0; turn < turns; ++turn) {
      if ((symmetries >> turn & 1u) == 0) continue;
      // turned back: what tiles share need not be a group
      for (int j = 0; j < n; ++j)
        for (int i = 0; i < n; ++i)
          images[std::size_t(source(turn, n, j, i))][count] = float(sign_of(turn)) * said[std::size_t(j * n + i)];
      ++count;
    }
    for (int node = 0; node < n * n; ++node)
      block.out[node][k] = geometry::paired_sum(images[std::size_t(node)].data(), count) / float(count);
  }
}

} // namespace mirhydro::neural
