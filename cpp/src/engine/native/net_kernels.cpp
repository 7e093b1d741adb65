#include "engine/native/net_kernels.hpp"

#include "engine/native/pack.hpp"
#include "engine/native/transpose.hpp"
#if defined(__AVX512BF16__)
#include "engine/native/bfloat16_tiles.hpp"
#endif
// Compiled once per set of flags; MIRHYDRO_ISA names the namespace.
namespace mirhydro::engine::native::inline MIRHYDRO_ISA {

const AutoencoderKernels& autoencoder_kernels_of_this_set(); // autoencoder_kernels.cpp

namespace {

using neural::PackedLayer;
using neural::StencilNet;
using plic::block;

enum class Rounding { none, activations };

/// What a tile of `outputs` outputs by `packs` packs of cells reads and writes.
struct Tile {
  const float* in;
  int inputs;
  const float *weight, *bias;
  float* out;
  bool hidden; ///< ReLU, and rounding where that is asked
};

/// Sums in registers, inputs from the cache, weights broadcast. For bfloat16 the inputs of a pair change places.
template <Rounding rounding, int outputs, int packs> void compute(const Tile& tile) {
  Pack sum[outputs][packs];
#pragma GCC unroll 6
  for (int o = 0; o < outputs; ++o)
#pragma GCC unroll 6
    for (int k = 0; k < packs; ++k) sum[o][k] = Pack::all(tile.bias[o]);
  for (int n = 0; n < tile.inputs; ++n) {
    const int i = rounding == Rounding::none || (n ^ 1) >= tile.inputs ? n : n ^ 1;
    Pack x[packs];
#pragma GCC unroll 6
    for (int k = 0; k < packs; ++k) x[k] = Pack::load(tile.in + i * block + k * Pack::lanes);
#pragma GCC unroll 6
    for (int o = 0; o < outputs; ++o) {
      const Pack w = Pack::all(tile.weight[i * outputs + o]);
#pragma GCC unroll 6
      for (int k = 0; k < packs; ++k) sum[o][k] = fma(w, x[k], sum[o][k]);
    }
  }
#pragma GCC unroll 6
  for (int o = 0; o < outputs; ++o)
#pragma GCC unroll 6
    for (int k = 0; k < packs; ++k) {
      Pack y = sum[o][k];
      if (tile.hidden) y = y.positive();
      if (tile.hidden && rounding == Rounding::activations) y = y.bfloat16();
      y.store(tile.out + o * block + k * Pack::lanes);
    }
}

template <Rounding rounding, int packs> void compute(int outputs, const Tile& tile) {
  switch (outputs) {
  case 1: return compute<rounding, 1, packs>(tile);
  case 2: return compute<rounding, 2, packs>(tile);
  case 3: return compute<rounding, 3, packs>(tile);
  case 4: return compute<rounding, 4, packs>(tile);
  case 5: return compute<rounding, 5, packs>(tile);
  default: return compute<rounding, 6, packs>(tile);
  }
}

/// All cells of a block by one tile of outputs: as many packs at a time as the registers hold.
template <Rounding rounding> void row_of_tiles(int outputs, Tile tile, int cells) {
  constexpr int step = Pack::tile * Pack::lanes;
  for (int done = 0; done < cells; done += step, tile.in += step, tile.out += step) {
    const int packs = (cells - done + Pack::lanes - 1) / Pack::lanes;
    if (packs >= Pack::tile) {
      compute<rounding, Pack::tile>(outputs, tile);
      continue;
    }
    if constexpr (Pack::tile == 4)
      packs == 3   ? compute<rounding, 3>(outputs, tile)
      : packs == 2 ? compute<rounding, 2>(outputs, tile)
                   : compute<rounding, 1>(outputs, tile);
    else
      compute<rounding, 1>(outputs, tile);
  }
}

template <Rounding rounding> void dense(const PackedLayer& layer, bool hidden, const float* in, float* out, int cells) {
  const float* weight = rounding == Rounding::none ? layer.weight : layer.rounded;
  for (int t = 0; t < layer.tiles; ++t) {
    const int begin = layer.begin(t), outputs = layer.begin(t + 1) - begin;
    row_of_tiles<rounding>(
        outputs, {in, layer.inputs, weight + begin * layer.inputs, layer.bias + begin, out + begin * block, hidden},
        cells);
  }
}

/// Layer by layer from one half of the scratch to the other.
template <Rounding rounding> void run(const StencilNet& net, const float* in, float* out, float* scratch, int cells) {
  float* halves[2] = {scratch, scratch + net.scratch() / 2};
  if (rounding == Rounding::activations) {
    for (int n = 0; n < net.inputs(); ++n)
      for (int k = 0; k < cells; k += Pack::lanes)
        Pack::load(in + n * block + k).bfloat16().store(halves[1] + n * block + k);
    in = halves[1];
  }
  const int last = int(net.layers().size()) - 1;
  for (int l = 0; l <= last; ++l) {
    float* const to = l == last ? out : halves[l & 1];
    dense<rounding>(net.layers()[std::size_t(l)], l < last, in, to, cells);
    in = to;
  }
}

} // namespace

const NetKernels& net_kernels_of_this_set() {
#if defined(__AVX512BF16__)
  static constexpr NetKernels kernels{
      "avx512_bf16", run<Rounding::none>, run_bfloat16, true, gather, scatter, autoencoder_kernels_of_this_set};
#elif defined(__AVX512F__)
  static constexpr NetKernels kernels{"avx512",
                                      run<Rounding::none>,
                                      run<Rounding::activations>,
                                      false,
                                      gather,
                                      scatter,
                                      autoencoder_kernels_of_this_set};
#elif defined(__AVX2__)
  static constexpr NetKernels kernels{
      "avx2", run<Rounding::none>, run<Rounding::activations>, false, gather, scatter, autoencoder_kernels_of_this_set};
#else
  static constexpr NetKernels kernels{"portable",
                                      run<Rounding::none>,
                                      run<Rounding::activations>,
                                      false,
                                      gather,
                                      scatter,
                                      autoencoder_kernels_of_this_set};
#endif
  return kernels;
}

} // namespace mirhydro::engine::native::inline MIRHYDRO_ISA
