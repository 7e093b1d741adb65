#include "neural/tiles.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "neural/turns.hpp"

namespace mirhydro::neural {

namespace {

using Tile = std::array<float, std::size_t(tile_side) * tile_side>;

Tile turned(const WindowBlock& windows, std::size_t k, int turn) {
  Tile tile;
  const float sign = sign_of(turn);
  // the cell stands at (4, 4) of its window
  for (int j = 0; j < tile_side; ++j)
    for (int i = 0; i < tile_side; ++i)
      tile[std::size_t(j * tile_side + i)] = sign * windows.d[source(turn, window_side, j + 1, i + 1)][k];
  return tile;
}

} // namespace

void settle_tiles(const WindowBlock& windows, NetBlock& block) {
  for (std::uint64_t left = block.tied; left != 0; left &= left - 1) {
    const auto k = std::size_t(std::countr_zero(left));
    const unsigned symmetries = block.symmetries[k];
    if (symmetries == 1) continue;
    const int now = turn_code(block, k);
    Ranked best(turned(windows, k, now)); // the first turn, none, is always among them
    int by = 0;
    for (int turn = 1; turn < turns; ++turn) {
      if ((symmetries >> turn & 1u) == 0) continue;
      const Ranked other(turned(windows, k, after(now, turn)));
      if (best < other) best = other, by = turn;
    }
    compose(block, k, by);
    unsigned equal = 0;
    for (int turn = 0; turn < turns; ++turn)
      // a turn of the settled tile is one of the symmetries behind the one that settled it
      if ((symmetries >> turn & 1u) != 0 &&
          rounded(turned(windows, k, after(turn_code(block, k), turn))) == best.roughly)
        equal |= 1u << turn;
    block.symmetries[k] = std::uint16_t(equal);
  }
}

void tile_of(const WindowBlock& windows, const NetBlock& block, std::size_t k, float* tile) {
  const Tile found = turned(windows, k, turn_code(block, k));
  std::copy(found.begin(), found.end(), tile);
}

} // namespace mirhydro::neural
