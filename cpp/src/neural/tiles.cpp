#include "neural/tiles.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "neural/turns.hpp"

namespace mirhydro::neural {

namespace {

constexpr std::size_t tile_size = std::size_t(tile_side) * tile_side,
                      window_size = std::size_t(window_side) * window_side;

/// The tile that a turned window holds: the cell stands at (4, 4) of the window.
constexpr auto tiles_turned = [] {
  Turning<tile_size, window_size> t{};
  for (int turn = 0; turn < turns; ++turn)
    for (int n = 0; n < int(tile_size); ++n)
      t.draw(turn, n, source(turn, window_side, n / tile_side + 1, n % tile_side + 1), sign_of(turn));
  return t;
}();

WithOpposites<float, window_size> window_of(const WindowBlock& windows, std::size_t k) {
  return with_opposites<float, window_size>([&](std::size_t n) { return windows.d[n][k]; });
}

} // namespace

void settle_tiles(const WindowBlock& windows, NetBlock& block) {
  for (std::uint64_t left = block.tied; left != 0; left &= left - 1) {
    const auto k = std::size_t(std::countr_zero(left));
    if (block.symmetries[k] == 1) continue;
    const Settled found = settled(tiles_turned, window_of(windows, k), block.symmetries[k], turn_code(block, k));
    compose(block, k, found.by);
    block.symmetries[k] = found.symmetries;
  }
}

void tile_of(const WindowBlock& windows, const NetBlock& block, std::size_t k, float* tile) {
  const auto found = tiles_turned.image(window_of(windows, k), turn_code(block, k));
  std::copy(found.begin(), found.end(), tile);
}

} // namespace mirhydro::neural
