#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "neural/model_file.hpp"

namespace mirhydro::neural {

/// Weights as they stand in a model file: y = weight * x + bias.
struct DenseLayer {
  int inputs = 0, outputs = 0;
  std::vector<float> weight; ///< (outputs, inputs), row by row
  std::vector<float> bias;   ///< (outputs)
};

/// One layer in the order in which the kernels read it. Outputs are cut into tiles of 2 to 6, even but for the last of
/// an odd count; a tile holds, for each input, the weights of its outputs side by side.
struct PackedLayer {
  int inputs = 0, outputs = 0, tiles = 0;
  const float* weight = nullptr;  ///< float32
  const float* rounded = nullptr; ///< the same, rounded to bfloat16, for processors that have no such product
  /// bfloat16, inputs 2p (low half) and 2p+1 (high half) side by side; 0 beside the last of an odd count.
  const std::uint32_t* pairs = nullptr;
  const float* bias = nullptr;

  /// First output of a tile; that of tile `tiles` is `outputs`.
  int begin(int tile) const noexcept {
    const int all = (outputs + 1) / 2, each = all / tiles, larger = all % tiles;
    const int pair = tile * each + (tile < larger ? tile : larger);
    return 2 * pair < outputs ? 2 * pair : outputs;
  }
};

/// A multilayer perceptron over one cell's stencil: ReLU between layers, the last one linear. Its outputs are the
/// corrections of the (nodes + 1)^2 nodes of the level set, row by row, and the logarithm of the cell's weight in the
/// averages of shared nodes. Const after construction: any number of threads may run it.
class StencilNet {
public:
  /// @throws Error where layers do not fit, or where inputs of up to 1e6 could overflow (so no kernel can)
  StencilNet(int nodes, std::vector<DenseLayer> layers);
  /// @throws Error naming file and reason where it holds no such net
  explicit StencilNet(const ModelFile& file);

  int inputs() const noexcept { return layers_.front().inputs; }
  int outputs() const noexcept { return layers_.back().outputs; }
  int nodes() const noexcept { return nodes_; }
  /// Version of the features that it was trained on, and side of the stencil; 0 where it came from no file.
  int features() const noexcept { return features_; }
  int stencil() const noexcept { return stencil_; }
  const std::vector<PackedLayer>& layers() const noexcept { return packed_; }
  const std::vector<DenseLayer>& dense() const noexcept { return layers_; }
  /// Floats that a kernel needs beside input and output, for a block of cells.
  std::size_t scratch() const noexcept { return scratch_; }

private:
  void check() const;
  void pack();

  int nodes_ = 0, features_ = 0, stencil_ = 0;
  std::vector<DenseLayer> layers_;
  std::vector<PackedLayer> packed_;
  template <class T> struct alignas(64) Row {
    std::array<T, 16> values;
  };
  std::vector<Row<float>> floats_; ///< what packed_ points to
  std::vector<Row<std::uint32_t>> pairs_;
  std::size_t scratch_ = 0;
};

/// Nearest bfloat16, ties to even, its 16 bits as the upper half of a float32. Denormal numbers become zero, as the
/// processors' own conversion has it; NaN stays NaN.
std::uint32_t bfloat16_bits(float x) noexcept;

} // namespace mirhydro::neural
