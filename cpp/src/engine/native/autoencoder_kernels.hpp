#pragma once
#include <cstddef>

#include "engine/native/packed_autoencoder.hpp"

namespace mirhydro::engine::native {

/// Images, `lanes` samples side by side, and every layer while its planes are in the cache. At most `lanes` samples a
/// call; strides in elements; `scratch` has net.scratch(lanes) floats, aligned to 64 bytes. A sample's outputs are a
/// function of its inputs alone, to the last bit: every sum starts from the bias and adds the products input by input,
/// tap by tap, by fused multiply-adds, the same in every instruction set.
struct AutoencoderKernels {
  struct Batch {
    const float* in;
    std::ptrdiff_t in_row, in_column;
    float* out;
    std::ptrdiff_t out_row, out_column;
    int samples;
  };
  int lanes;
  /// (samples, 4096) to (samples, 4096).
  void (*images)(const PackedAutoencoder& net, const Batch& batch, float* scratch);
  /// Tiles (samples, 64) to values at nodes (samples, (K+1)^2): the same bits as painting, images() and read_nodes().
  /// Computes only the pixels that these depend on.
  void (*tiles)(const PackedAutoencoder& net, const Batch& batch, float* scratch);
};

} // namespace mirhydro::engine::native
