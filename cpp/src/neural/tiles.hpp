#pragma once
#include <cstddef>
#include <cstdint>

#include "neural/net_block.hpp"

// What an image autoencoder reads of a cell: a tile of 8 x 8 cells, painted with 8 x 8 pixels each, in standard
// orientation. The cell is the tile's (3, 3), so that each mixed cell is the inner one of a tile of its own: a function
// of its stencil alone, wherever the mesh begins.
namespace mirhydro::neural {

inline constexpr int tile_side = 8, cell_pixels = 8, tile_cell = 3, image_side = tile_side * cell_pixels;
inline constexpr int window_radius = 4, window_side = 2 * window_radius + 1;

/// Signed fractions around up to `block` cells, row by row: all that a tile may need, whichever way it is turned.
struct alignas(64) WindowBlock {
  float d[window_side * window_side][plic::block];
};

/// Where a stencil has symmetries, the turn with the largest tile; the symmetries that are left are those of the tile.
void settle_tiles(const WindowBlock& windows, NetBlock& block);

/// The 64 signed fractions of a cell's tile in standard orientation, row by row.
void tile_of(const WindowBlock& windows, const NetBlock& block, std::size_t k, float* tile);

/// A tile (64) as an image (64 x 64).
inline void paint(const float* tile, float* image) {
  for (int j = 0; j < image_side; ++j)
    for (int i = 0; i < image_side; ++i)
      image[j * image_side + i] = tile[j / cell_pixels * tile_side + i / cell_pixels];
}

/// The values of an image, pixel(row, column), at the (K+1)^2 nodes of cell (3, 3), to node(number, value): K
/// divides 8.
template <class Pixel, class Node> void each_node(Pixel&& pixel, int K, Node&& node) {
  const int first = tile_cell * cell_pixels, step = cell_pixels / K;
  for (int j = 0; j <= K; ++j)
    for (int i = 0; i <= K; ++i) {
      const int y = first + j * step, x = first + i * step;
      node(j * (K + 1) + i, ((pixel(y - 1, x - 1) + pixel(y, x)) + (pixel(y - 1, x) + pixel(y, x - 1))) * .25f);
    }
}
inline void read_nodes(const float* image, int K, float* nodes) {
  each_node([&](int j, int i) { return image[j * image_side + i]; }, K, [&](int n, float value) { nodes[n] = value; });
}

} // namespace mirhydro::neural
