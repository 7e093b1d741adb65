#include <array>
#include <bit>

#include "geometry/ascending_sum.hpp"
#include "neural/net_block.hpp"
#include "neural/turns.hpp"
// Cells that the sign of a fraction or of a gradient leaves undecided, or all but: few, except in fields made of them.
namespace mirhydro::neural {

namespace {

using Image = std::array<float, feature_count>;

Image turned(const Image& from, int turn) {
  Image to = from;
  const float sign = sign_of(turn);
  for (int j = 0; j < 5; ++j)
    for (int i = 0; i < 5; ++i)
      for (const int part : {0, 25})
        to[std::size_t(part + 5 * j + i)] = sign * from[std::size_t(part + source(turn, 5, j, i))];
  const float x = (in_x(turn) ? -sign : sign) * from[50], y = (in_y(turn) ? -sign : sign) * from[51];
  to[50] = transposes(turn) ? y : x;
  to[51] = transposes(turn) ? x : y;
  to[53] = sign * from[53];
  return to;
}

void settle(NetBlock& block, std::size_t k) {
  Image now;
  for (std::size_t f = 0; f < now.size(); ++f) now[f] = block.in[f][k];
  Ranked best(now);
  int by = 0;
  for (int turn = 1; turn < turns; ++turn) {
    const Ranked other(turned(now, turn));
    if (best < other) best = other, by = turn;
  }
  for (std::size_t f = 0; f < now.size(); ++f) block.in[f][k] = best.exactly[f];
  compose(block, k, by);
  block.symmetries[k] = 0;
  for (int turn = 0; turn < turns; ++turn)
    if (turned(best.roughly, turn) == best.roughly)
      block.symmetries[k] = std::uint16_t(block.symmetries[k] | (1u << turn));
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
          images[std::size_t(source(turn, n, j, i))][count] = sign_of(turn) * said[std::size_t(j * n + i)];
      ++count;
    }
    for (int node = 0; node < n * n; ++node)
      block.out[node][k] = geometry::paired_sum(images[std::size_t(node)].data(), count) / float(count);
  }
}

} // namespace mirhydro::neural
