#include <array>
#include <bit>
#include <utility>

#include "geometry/ascending_sum.hpp"
#include "neural/net_block.hpp"
// Cells that the sign of a fraction or of a gradient leaves undecided: few, except in fields made of them.
namespace mirhydro::neural {

namespace {

using Image = std::array<float, feature_count>;
constexpr int turns = 16;

/// Bits of a turn: mirrored in x, in y, transposed, materials exchanged.
constexpr bool in_x(int turn) { return turn & 1; }
constexpr bool in_y(int turn) { return turn & 2; }
constexpr bool transposes(int turn) { return turn & 4; }
constexpr float sign_of(int turn) { return turn & 8 ? -1 : 1; }

/// Where the value at (j, i) of a turned square of n comes from.
constexpr int source(int turn, int n, int j, int i) {
  if (transposes(turn)) std::swap(j, i);
  return (in_y(turn) ? n - 1 - j : j) * n + (in_x(turn) ? n - 1 - i : i);
}

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

/// First one turn, then another.
void compose(NetBlock& block, std::size_t k, int then) {
  double &x = block.turn[0][k], &y = block.turn[1][k], &transpose = block.turn[2][k];
  double mx = in_x(then) ? -1 : 1, my = in_y(then) ? -1 : 1;
  if (transpose < 0) std::swap(mx, my);
  x *= mx, y *= my;
  if (transposes(then)) transpose = -transpose;
  block.turn[3][k] *= sign_of(then);
}

void settle(NetBlock& block, std::size_t k) {
  Image now;
  for (std::size_t f = 0; f < now.size(); ++f) now[f] = block.in[f][k];
  Image best = now;
  int by = 0;
  for (int turn = 1; turn < turns; ++turn) {
    const Image other = turned(now, turn);
    if (best < other) best = other, by = turn;
  }
  for (std::size_t f = 0; f < best.size(); ++f) block.in[f][k] = best[f];
  compose(block, k, by);
  block.symmetries[k] = 0;
  for (int turn = 0; turn < turns; ++turn)
    if (turned(best, turn) == best) block.symmetries[k] = std::uint16_t(block.symmetries[k] | (1u << turn));
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
    for (int j = 0; j < n; ++j)
      for (int i = 0; i < n; ++i) {
        std::array<float, turns> images;
        std::size_t count = 0;
        for (int turn = 0; turn < turns; ++turn)
          if (symmetries >> turn & 1u) images[count++] = sign_of(turn) * said[std::size_t(source(turn, n, j, i))];
        block.out[j * n + i][k] = geometry::paired_sum(images.data(), count) / float(count);
      }
  }
}

} // namespace mirhydro::neural
