#pragma once
#include <array>
#include <cstddef>
#include <vector>

#include "neural/autoencoder.hpp"

namespace mirhydro::engine::native {

/// One sum per output and pixel: bias + inputs x taps. The pixel read for a tap lies `rows` and `columns` from the one
/// that the sum belongs to. Outputs are cut into tiles of `widest`, then half of it, down to 1 (dense layers: 8;
/// others: 2, or 4 where 32 registers hold the sums and no pooling needs two rows of them); a tile holds for each input
/// and tap the weights of its outputs side by side.
struct PackedSum {
  struct Tap {
    int rows, columns;
  };
  int inputs = 0, outputs = 0, widest = 2;
  std::vector<Tap> taps;
  std::vector<float> weight, bias;
};

/// Planes to planes. A transposed convolution of stride `up` is up x up sums, one for each place that an output pixel
/// has within the input pixel above it: sums[(row % up) * up + column % up]. A convolution is one.
struct PackedStage {
  int side = 0; ///< of the planes that the sums fill
  int inputs = 0, outputs = 0, up = 1;
  int pool = 0, dilation = 1; ///< pool: stride of the pooling layer, 0 where there is none
  bool last = false;          ///< no ReLU
  std::vector<PackedSum> sums;
  /// Of a transposed convolution of stride 2, for each of the two rows: its four sums' weights in the order in which
  /// pixels meet them. By output and input, the row of taps ahead first, four columns: right sum, right, left, left.
  std::array<std::vector<float>, 2> pairs;

  int pooled_side() const noexcept { return pool > 0 ? side / pool : side; }
};

/// An autoencoder in the order in which the kernels read it.
struct PackedAutoencoder {
  /// For the kernels that run `lanes` samples at a time; where there is pooling, for all.
  PackedAutoencoder(const neural::Autoencoder& net, int lanes);

  std::vector<PackedStage> encoder, decoder; ///< both in the order in which they run
  PackedSum squeeze, expand;
  int channels, inner_side, nodes;
  std::size_t plane = 0; ///< pixels of the largest planes of one stage, their borders counted
  std::size_t flat = 0, code = 0, strip = 0;
  /// Floats that a kernel needs which runs `lanes` samples at a time.
  std::size_t scratch(int lanes) const noexcept;
  /// Packs of one sample's planes whose columns are shared out among the lanes, their borders counted.
  /// In kernels too: always inline, so that no copy for one instruction set is left to be called from another.
  [[gnu::always_inline]] std::size_t strip_plane(int lanes) const noexcept {
    constexpr int side = neural::AutoencoderShape::image;
    return std::size_t(channels) * std::size_t(side + 2) * std::size_t(side / lanes + 2);
  }
};

} // namespace mirhydro::engine::native
