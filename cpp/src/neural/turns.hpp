#pragma once
#include <array>
#include <cmath>
#include <cstdint>
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
constexpr int sign_of(int turn) { return turn & 8 ? -1 : 1; }

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

/// Numbers, and then their opposites.
template <class T, std::size_t m> using WithOpposites = std::array<T, 2 * m>;
template <class T, std::size_t m, class Number> WithOpposites<T, m> with_opposites(Number&& number) {
  WithOpposites<T, m> all;
  for (std::size_t k = 0; k < m; ++k) all[k] = number(k), all[m + k] = -all[k];
  return all;
}

/// For each turn, which of m numbers or of their opposites an image of n is made of.
template <std::size_t n, std::size_t m> struct Turning {
  static_assert(2 * m <= 256);
  std::array<std::array<std::uint8_t, n>, turns> drawn;

  constexpr void draw(int turn, int to, int from, int sign) {
    drawn[std::size_t(turn)][std::size_t(to)] = std::uint8_t(sign < 0 ? from + int(m) : from);
  }
  template <class T> std::array<T, n> image(const WithOpposites<T, m>& of, int turn) const {
    std::array<T, n> out;
    for (std::size_t k = 0; k < n; ++k) out[k] = of[drawn[std::size_t(turn)][k]];
    return out;
  }
  /// Negative, zero, positive where an image is smaller than another, equal, larger, number by number.
  template <class T> int compare(const WithOpposites<T, m>& of, int one, int other) const {
    for (std::size_t k = 0; k < n; ++k) {
      const T a = of[drawn[std::size_t(one)][k]], b = of[drawn[std::size_t(other)][k]];
      if (a != b) return a < b ? -1 : 1;
    }
    return 0;
  }
};

/// What a net reads of a cell, see Feature.
inline constexpr auto features_turned = [] {
  Turning<feature_count, feature_count> t{};
  for (int turn = 0; turn < turns; ++turn) {
    const int sign = sign_of(turn), x = in_x(turn) ? -sign : sign, y = in_y(turn) ? -sign : sign;
    const bool swaps = transposes(turn);
    for (const int part : {0, 25})
      for (int n = 0; n < 25; ++n) t.draw(turn, part + n, part + source(turn, 5, n / 5, n % 5), sign);
    t.draw(turn, 50, swaps ? 51 : 50, swaps ? y : x), t.draw(turn, 51, swaps ? 50 : 51, swaps ? x : y);
    t.draw(turn, 52, 52, 1), t.draw(turn, 53, 53, sign), t.draw(turn, 54, 54, 1);
  }
  return t;
}();

/// A turn that brings an image into standard orientation, and those turns of it that leave it, but for round-off.
struct Settled {
  int by = 0;
  std::uint16_t symmetries = 0;
};

/// The turn with the largest image, first without what may be round-off and then with it, of the turns `among`, a bit
/// each; no turn is always one of them. What is compared is turned by `first` before.
template <std::size_t n, std::size_t m>
Settled settled(const Turning<n, m>& turning, const WithOpposites<float, m>& numbers, unsigned among = 0xffff,
                int first = 0) {
  // in units of what no choice hangs on; none of the numbers is above 8
  const auto roughly = with_opposites<std::int32_t, m>([&](std::size_t k) {
    return std::int32_t(double(numbers[k]) * (1 / plic::indifferent) + std::copysign(.5, double(numbers[k])));
  });
  Settled s;
  unsigned as_large = 1;
  for (int turn = 1; turn < turns; ++turn) {
    if ((among >> turn & 1u) == 0) continue;
    const int best = after(first, s.by), other = after(first, turn), order = turning.compare(roughly, other, best);
    if (order < 0) continue;
    as_large = (order > 0 ? 0 : as_large) | 1u << turn;
    if (order > 0 || turning.compare(numbers, other, best) > 0) s.by = turn;
  }
  for (int turn = 0; turn < turns; ++turn)
    s.symmetries = std::uint16_t(s.symmetries | (as_large >> after(s.by, turn) & 1u) << turn);
  return s;
}

} // namespace mirhydro::neural
