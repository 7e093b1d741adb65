#pragma once
#include <cstddef>
#include <vector>

#include "engine/native/autoencoder_kernels.hpp"
#include "neural/stencil_net.hpp"
#include "plic/kernels.hpp"

namespace mirhydro::engine::native {

/// One net over a block of cells. Values stand feature by feature, `plic::block` cells each: in[feature * block +
/// cell], out[output * block + cell]; `scratch` has net.scratch() floats; all three are aligned to 64 bytes. Only the
/// first `cells` cells are computed, rounded up to whole packs: up to the next multiple of 16, `in` holds readable
/// numbers. A cell's outputs are a function of its inputs alone, to the last bit: every sum starts from the bias and
/// adds the products in the order of the inputs by fused multiply-adds, the same in every instruction set.
using NetKernel = void (*)(const neural::StencilNet& net, const float* in, float* out, float* scratch, int cells);

struct NetKernels {
  const char* name;
  NetKernel float32;
  /// Weights, inputs and hidden activations rounded to bfloat16; sums, biases and outputs in float32. The two products
  /// of a pair of inputs are added the odd one first, which is what the processors' own instruction does.
  NetKernel bfloat16;
  bool bfloat16_in_hardware; ///< else the same bits from float32 products, no faster than float32
  /// (cells, features) of a batch into the order of `in`, and (cells, outputs) of `out` back; strides in elements.
  void (*gather)(const float* batch, std::ptrdiff_t row, std::ptrdiff_t column, int cells, int features, float* in);
  void (*scatter)(const float* out, int cells, int outputs, float* batch, std::ptrdiff_t row, std::ptrdiff_t column);
  const AutoencoderKernels& (*autoencoder)();
};

/// Memory of this thread for nets, aligned as kernels ask; it grows with the largest that was asked for, and is the
/// caller's until the thread asks again.
float* scratch(std::size_t floats);

/// The best that this processor runs within lane::instruction_set().
const NetKernels& net_kernels();
/// All that this processor runs, portable first: what tests compare.
std::vector<const NetKernels*> all_net_kernels();

} // namespace mirhydro::engine::native
