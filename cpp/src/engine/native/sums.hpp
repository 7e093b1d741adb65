#pragma once
// Rows of pixels, one pack of samples each: the sums of a layer in registers, its planes in the cache.
#include <cstddef>

#include "engine/native/pack.hpp"
#include "engine/native/packed_autoencoder.hpp"

namespace mirhydro::engine::native::inline MIRHYDRO_ISA {

/// What a row of sums reads and writes; distances in floats.
struct Row {
  const float* in; ///< the pixel that the first sum belongs to, of input 0
  std::ptrdiff_t in_channel, in_row;
  float* out;
  std::ptrdiff_t out_channel, out_pixel;
  int pixels;
  bool positive; ///< ReLU
};

struct SumTile {
  const float *weight, *bias;
  const std::ptrdiff_t* taps;
  int inputs, count;
};

/// Input pixels lie `step` pixels apart.
template <int outputs, int pixels, int step>
void compute(const SumTile& tile, const Row& row, const float* in, float* out) {
  Pack sum[outputs][pixels];
#pragma GCC unroll 8
  for (int o = 0; o < outputs; ++o)
#pragma GCC unroll 16
    for (int k = 0; k < pixels; ++k) sum[o][k] = Pack::all(tile.bias[o]);
  const float* weight = tile.weight;
  for (int i = 0; i < tile.inputs; ++i, in += row.in_channel)
    for (int t = 0; t < tile.count; ++t, weight += outputs) {
      const float* const from = in + tile.taps[t];
      Pack x[pixels];
#pragma GCC unroll 16
      for (int k = 0; k < pixels; ++k) x[k] = Pack::load(from + k * step * Pack::lanes);
#pragma GCC unroll 8
      for (int o = 0; o < outputs; ++o) {
        const Pack w = Pack::all(weight[o]);
#pragma GCC unroll 16
        for (int k = 0; k < pixels; ++k) sum[o][k] = fma(w, x[k], sum[o][k]);
      }
    }
#pragma GCC unroll 8
  for (int o = 0; o < outputs; ++o)
#pragma GCC unroll 16
    for (int k = 0; k < pixels; ++k)
      (row.positive ? sum[o][k].positive() : sum[o][k]).store(out + o * row.out_channel + k * row.out_pixel);
}

/// As many pixels at a time as the registers hold, then what is left by halves.
template <int outputs, int pixels, int step> void along(const SumTile& tile, const Row& row, int begin, float* out) {
  int k = begin;
  for (; k + pixels <= row.pixels; k += pixels)
    compute<outputs, pixels, step>(tile, row, row.in + k * step * Pack::lanes, out + k * row.out_pixel);
  if constexpr (pixels > 1)
    if (k < row.pixels) along<outputs, pixels / 2, step>(tile, row, k, out);
}

/// All outputs along one row.
template <int step> void sums(const PackedSum& sum, const Row& row) {
  constexpr bool wide = Pack::lanes == 16; // 32 registers
  std::ptrdiff_t taps[9];
  const int count = int(sum.taps.size());
  for (int t = 0; t < count; ++t) taps[t] = sum.taps[t].rows * row.in_row + sum.taps[t].columns * Pack::lanes;
  const float* weight = sum.weight.data();
  for (int begin = 0, tile = sum.widest; begin < sum.outputs; begin += tile) {
    while (tile > sum.outputs - begin) tile /= 2;
    const SumTile now{weight, sum.bias.data() + begin, taps, sum.inputs, count};
    float* const out = row.out + begin * row.out_channel;
    if (tile == 8)
      along<8, 1, step>(now, row, 0, out);
    else if (tile == 4)
      along<4, 1, step>(now, row, 0, out);
    else if (tile == 2)
      along<2, wide ? 8 : 4, step>(now, row, 0, out);
    else
      along<1, wide ? 16 : 8, step>(now, row, 0, out);
    weight += std::ptrdiff_t(tile) * sum.inputs * count;
  }
}

/// A dense layer and its ReLU for one sample: lanes are outputs, and weights are read once, as they lie.
inline void dense(const PackedSum& sum, const float* in, float* out) {
  const float* weight = sum.weight.data();
  int begin = 0;
  for (; begin + 8 <= sum.outputs; begin += 8) {
    Eight now = Eight::load(sum.bias.data() + begin);
    for (int i = 0; i < sum.inputs; ++i, weight += 8) now = fma(Eight::load(weight), Eight::all(in[i]), now);
    now.positive().store(out + begin);
  }
  for (int tile = 4; begin < sum.outputs; begin += tile) {
    while (tile > sum.outputs - begin) tile /= 2;
    for (int o = 0; o < tile; ++o) {
      Pack now = Pack::all(sum.bias[std::size_t(begin + o)]);
      for (int i = 0; i < sum.inputs; ++i) now = fma(Pack::all(weight[i * tile + o]), Pack::all(in[i]), now);
      float alike[Pack::lanes];
      now.positive().store(alike);
      out[begin + o] = alike[0];
    }
    weight += std::ptrdiff_t(tile) * sum.inputs;
  }
}

} // namespace mirhydro::engine::native::inline MIRHYDRO_ISA
