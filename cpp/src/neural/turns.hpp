#pragma once
#include <array>
#include <cmath>
#include <compare>
#include <utility>

#include "neural/net_block.hpp"
#include "plic/indifferent.hpp"

// The sixteen turns of a cell, as numbers: bits for mirrored in x, in y, transposed, materials exchanged, in this
// order.
namespace mirhydro::neural {

inline constexpr int turns = 16;

constexpr bool in_x(int turn) { return turn & 1; }
constexpr bool in_y(int turn) { return turn & 2; }
constexpr bool transposes(int turn) { return turn & 4; }
constexpr float sign_of(int turn) { return turn & 8 ? -1 : 1; }

/// An image in units of what no choice hangs on; of a turned image they are the turned numbers.
template <std::size_t n> std::array<float, n> rounded(const std::array<float, n>& image) {
  std::array<float, n> out;
  for (std::size_t k = 0; k < n; ++k) out[k] = std::round(image[k] * float(1 / plic::indifferent));
  return out;
}

/// An image, larger than another if it is so without what may be round-off, or else with it.
template <std::size_t n> struct Ranked {
  std::array<float, n> roughly, exactly;
  explicit Ranked(const std::array<float, n>& image) : roughly(rounded(image)), exactly(image) {}
  auto operator<=>(const Ranked&) const = default;
};

/// Where the value at (j, i) of a turned square of n comes from.
constexpr int source(int turn, int n, int j, int i) {
  if (transposes(turn)) std::swap(j, i);
  return (in_y(turn) ? n - 1 - j : j) * n + (in_x(turn) ? n - 1 - i : i);
}

/// One turn of what another has turned.
constexpr int after(int first, int then) {
  const bool swaps = transposes(first);
  const int x = swaps ? in_y(then) : in_x(then), y = swaps ? in_x(then) : in_y(then);
  return (first ^ (then & 12)) ^ (x | y << 1);
}

inline int turn_code(const NetBlock& block, std::size_t k) {
  return (block.turn[0][k] < 0) | (block.turn[1][k] < 0) << 1 | (block.turn[2][k] < 0) << 2 |
         (block.turn[3][k] < 0) << 3;
}

/// A cell's turn, and then another.
inline void compose(NetBlock& block, std::size_t k, int then) {
  const int both = after(turn_code(block, k), then);
  for (int bit = 0; bit < 4; ++bit) block.turn[bit][k] = both >> bit & 1 ? -1 : 1;
}

} // namespace mirhydro::neural
