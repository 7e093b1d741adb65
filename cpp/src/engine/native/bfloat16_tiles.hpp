#pragma once
// Nets in bfloat16 by the processor's own dot products of pairs (AVX512_BF16). Activations stand pair by pair: a cell's
// inputs 2p and 2p+1 are the halves of one 32-bit lane.
#include <immintrin.h>

#include "engine/native/net_kernels.hpp"

namespace mirhydro::engine::native::inline MIRHYDRO_ISA {

namespace bfloat16_tiles {

using neural::PackedLayer;
using neural::StencilNet;
using plic::block;

constexpr int lanes = 16, most_packs = 4;

/// Two rows of cells, rounded, as one row of pairs.
inline __m512i paired(__m512 even, __m512 odd) {
  const __m512i both = (__m512i)_mm512_cvtne2ps_pbh(odd, even); // 16 even ones, then 16 odd ones
  // the halves of each lane: k and 16 + k
  const __m512i zip = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21,
                                       5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  return _mm512_permutexvar_epi16(zip, both);
}

struct Tile {
  const std::uint32_t* in; ///< pairs
  int pairs;
  const std::uint32_t* weight;
  const float* bias;
  void* out; ///< pairs, or float32 from the last layer
  bool hidden;
};

template <int outputs, int packs> void compute(const Tile& tile) {
  __m512 sum[outputs][packs];
#pragma GCC unroll 6
  for (int o = 0; o < outputs; ++o)
#pragma GCC unroll 6
    for (int k = 0; k < packs; ++k) sum[o][k] = _mm512_set1_ps(tile.bias[o]);
  for (int p = 0; p < tile.pairs; ++p) {
    __m512bh x[packs];
#pragma GCC unroll 6
    for (int k = 0; k < packs; ++k) x[k] = (__m512bh)_mm512_loadu_si512(tile.in + p * block + k * lanes);
#pragma GCC unroll 6
    for (int o = 0; o < outputs; ++o) {
      const auto w = (__m512bh)_mm512_set1_epi32(int(tile.weight[p * outputs + o]));
#pragma GCC unroll 6
      for (int k = 0; k < packs; ++k) sum[o][k] = _mm512_dpbf16_ps(sum[o][k], w, x[k]);
    }
  }
  if (!tile.hidden) {
    auto* out = static_cast<float*>(tile.out);
#pragma GCC unroll 6
    for (int o = 0; o < outputs; ++o)
#pragma GCC unroll 6
      for (int k = 0; k < packs; ++k) _mm512_storeu_ps(out + o * block + k * lanes, sum[o][k]);
    return;
  }
  auto* out = static_cast<std::uint32_t*>(tile.out);
  const __m512 zero = _mm512_setzero_ps();
#pragma GCC unroll 6
  for (int o = 0; o < outputs; o += 2)
#pragma GCC unroll 6
    for (int k = 0; k < packs; ++k) {
      const __m512 even = _mm512_max_ps(zero, sum[o][k]);
      const __m512 odd = o + 1 < outputs ? _mm512_max_ps(zero, sum[o + 1 < outputs ? o + 1 : o][k]) : zero;
      _mm512_storeu_si512(out + o / 2 * block + k * lanes, paired(even, odd));
    }
}

template <int packs> void compute(int outputs, const Tile& tile) {
  switch (outputs) {
  case 1: return compute<1, packs>(tile);
  case 2: return compute<2, packs>(tile);
  case 3: return compute<3, packs>(tile);
  case 4: return compute<4, packs>(tile);
  case 5: return compute<5, packs>(tile);
  default: return compute<6, packs>(tile);
  }
}

inline void dense(const PackedLayer& layer, bool hidden, const std::uint32_t* in, void* out, int packs) {
  const int pairs = (layer.inputs + 1) / 2;
  for (int t = 0; t < layer.tiles; ++t) {
    const int begin = layer.begin(t), outputs = layer.begin(t + 1) - begin;
    void* const to = hidden ? static_cast<void*>(static_cast<std::uint32_t*>(out) + begin / 2 * block)
                            : static_cast<void*>(static_cast<float*>(out) + begin * block);
    const Tile tile{in, pairs, layer.pairs + begin * pairs, layer.bias + begin, to, hidden};
    packs == 4   ? compute<4>(outputs, tile)
    : packs == 3 ? compute<3>(outputs, tile)
    : packs == 2 ? compute<2>(outputs, tile)
                 : compute<1>(outputs, tile);
  }
}

} // namespace bfloat16_tiles

inline void run_bfloat16(const neural::StencilNet& net, const float* in, float* out, float* scratch, int cells) {
  using namespace bfloat16_tiles;
  const int packs = (cells + lanes - 1) / lanes;
  auto* const pairs = reinterpret_cast<std::uint32_t*>(scratch);
  std::uint32_t* halves[2] = {pairs, pairs + net.scratch() / 2};
  for (int n = 0; n < net.inputs(); n += 2)
    for (int k = 0; k < packs; ++k) {
      const float* even = in + n * block + k * lanes;
      _mm512_storeu_si512(
          halves[1] + n / 2 * block + k * lanes,
          paired(_mm512_loadu_ps(even), n + 1 < net.inputs() ? _mm512_loadu_ps(even + block) : _mm512_setzero_ps()));
    }
  const std::uint32_t* from = halves[1];
  const int last = int(net.layers().size()) - 1;
  for (int l = 0; l < last; ++l) {
    dense(net.layers()[std::size_t(l)], true, from, halves[l & 1], packs);
    from = halves[l & 1];
  }
  dense(net.layers()[std::size_t(last)], false, from, out, packs);
}

} // namespace mirhydro::engine::native::inline MIRHYDRO_ISA
