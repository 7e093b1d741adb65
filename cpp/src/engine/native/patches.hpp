#pragma once
// Patches of sums with their taps known when compiled: a pixel that is read serves every tap and output that wants it.
// The order of every sum is that of sums.hpp.
#include <cstddef>

#include "engine/native/sums.hpp"

namespace mirhydro::engine::native::inline MIRHYDRO_ISA {

/// From planes to the sums of a tile of outputs; distances in floats.
struct Filter {
  std::ptrdiff_t in_channel, in_row;
  const float *weight, *bias;
  int inputs;
};

/// The same address, which the compiler takes for another one: what was read there is read again, and does not wait in
/// a register that a sum needs.
inline const float* anew(const float* p) {
  asm volatile("" : "+r"(p));
  return p;
}

/// Sums of 3 x 3 taps at (rows x columns) pixels from `in` on. Taps run ahead (1), or backwards (-1) where a transposed
/// convolution of stride 1 is meant.
template <int ahead, int outputs, int rows, int columns>
[[gnu::always_inline]] inline void convolve(const Filter f, const float* in, Pack (&sum)[outputs][rows][columns]) {
#pragma GCC unroll 4
  for (int o = 0; o < outputs; ++o)
#pragma GCC unroll 2
    for (int p = 0; p < rows; ++p)
#pragma GCC unroll 8
      for (int q = 0; q < columns; ++q) sum[o][p][q] = Pack::all(f.bias[o]);
  const float* weight = f.weight;
  for (int i = 0; i < f.inputs; ++i, in += f.in_channel, weight += 9 * outputs)
#pragma GCC unroll 3
    for (int y = 0; y < 3; ++y) {
      Pack w[outputs][3];
#pragma GCC unroll 4
      for (int o = 0; o < outputs; ++o)
#pragma GCC unroll 3
        for (int t = 0; t < 3; ++t) w[o][t] = Pack::all(weight[(3 * y + t) * outputs + o]);
#pragma GCC unroll 2
      for (int p = 0; p < rows; ++p) {
        const float* const from = anew(in + (p + ahead * (y - 1)) * f.in_row);
#pragma GCC unroll 10
        for (int k = 0; k < columns + 2; ++k) {
          const int column = ahead > 0 ? k - 1 : columns - k;
          const Pack x = Pack::load(from + column * Pack::lanes);
#pragma GCC unroll 8
          for (int q = 0; q < columns; ++q) {
            const int t = (column - q) * ahead + 1;
            if (t < 0 || t > 2) continue;
#pragma GCC unroll 4
            for (int o = 0; o < outputs; ++o) sum[o][p][q] = fma(w[o][t], x, sum[o][p][q]);
          }
        }
      }
    }
}

/// Sums of a transposed convolution of stride 2 with 4 x 4 places: two side by side for each of `pixels` input pixels,
/// from the row of `in` and that before it.
template <int pixels>
[[gnu::always_inline]] inline void widen(const Filter f, const float* in, Pack (&sum)[2][pixels]) {
#pragma GCC unroll 8
  for (int q = 0; q < pixels; ++q) sum[0][q] = sum[1][q] = Pack::all(*f.bias);
  const float* weight = f.weight;
  for (int i = 0; i < f.inputs; ++i, in += f.in_channel, weight += 8)
#pragma GCC unroll 2
    for (int y = 0; y < 2; ++y) {
      Pack w[4];
#pragma GCC unroll 4
      for (int t = 0; t < 4; ++t) w[t] = Pack::all(weight[4 * y + t]);
      const float* const from = anew(in - y * f.in_row);
#pragma GCC unroll 10
      for (int column = pixels; column >= -1; --column) {
        const Pack x = Pack::load(from + column * Pack::lanes);
        if (column > 0) sum[1][column - 1] = fma(w[0], x, sum[1][column - 1]);
        if (column >= 0 && column < pixels) {
          sum[1][column] = fma(w[1], x, sum[1][column]);
          sum[0][column] = fma(w[2], x, sum[0][column]);
        }
        if (column + 1 < pixels) sum[0][column + 1] = fma(w[3], x, sum[0][column + 1]);
      }
    }
}

constexpr bool many = Pack::lanes == 16; // registers: 32

/// Tile by tile: each<outputs>(filter, the row of its first output).
template <class Each> void by_tiles(const PackedSum& sum, const Row& row, Each&& each) {
  Filter filter{row.in_channel, row.in_row, sum.weight.data(), sum.bias.data(), sum.inputs};
  float* out = row.out;
  int left = sum.outputs;
  const auto tiles_of = [&]<int outputs>() {
    for (; left >= outputs; left -= outputs, filter.weight += 9 * outputs * sum.inputs, filter.bias += outputs,
                            out += outputs * row.out_channel)
      each.template operator()<outputs>(filter, out);
  };
  if constexpr (many)
    if (sum.widest == 4) tiles_of.template operator()<4>();
  tiles_of.template operator()<2>();
  tiles_of.template operator()<1>();
}

/// A row of 3 x 3 sums.
template <int ahead, int outputs, int columns>
void convolve_along(const Filter filter, const Row row, int begin, float* out) {
  int k = begin;
  for (; k + columns <= row.pixels; k += columns) {
    Pack sum[outputs][1][columns];
    convolve<ahead>(filter, row.in + k * Pack::lanes, sum);
#pragma GCC unroll 4
    for (int o = 0; o < outputs; ++o)
#pragma GCC unroll 8
      for (int q = 0; q < columns; ++q)
        (row.positive ? sum[o][0][q].positive() : sum[o][0][q])
            .store(out + o * row.out_channel + (k + q) * row.out_pixel);
  }
  if constexpr (columns > 1)
    if (k < row.pixels) convolve_along<ahead, outputs, columns / 2>(filter, row, k, out);
}

template <int ahead> void convolve_row(const PackedSum& sum, const Row& row) {
  by_tiles(sum, row, [&]<int outputs>(const Filter& filter, float* out) {
    convolve_along<ahead, outputs, outputs == 1 ? 8 : (many ? 16 : 8) / outputs>(filter, row, 0, out);
  });
}

/// A row of the largest of 2 x 2 sums each, `stride` pixels apart.
template <int stride, int outputs, int windows>
void pool_along(const Filter filter, const Row row, int begin, float* out) {
  int k = begin;
  for (; k + windows <= row.pixels; k += windows) {
    Pack sum[outputs][2][2 * windows];
    convolve<1>(filter, row.in + k * stride * Pack::lanes, sum);
#pragma GCC unroll 4
    for (int o = 0; o < outputs; ++o)
#pragma GCC unroll 4
      for (int w = 0; w < windows; ++w)
        largest(largest(sum[o][0][2 * w], sum[o][1][2 * w]), largest(sum[o][0][2 * w + 1], sum[o][1][2 * w + 1]))
            .positive()
            .store(out + o * row.out_channel + (k + w) * row.out_pixel);
  }
  if constexpr (windows > 1)
    if (k < row.pixels) pool_along<stride, outputs, windows / 2>(filter, row, k, out);
}

template <int stride> void pool_sums(const PackedSum& sum, const Row& row) {
  by_tiles(sum, row, [&]<int outputs>(const Filter& filter, float* out) {
    constexpr int windows = stride == 2 && outputs < 4 ? (many ? 4 : 2) / outputs : 1; // neighbours, or each on its own
    pool_along<stride, outputs, windows>(filter, row, 0, out);
  });
}

/// A row of pairs; row.pixels counts input pixels, row.out_pixel lies between sums.
template <int pixels> void widen_along(const Filter filter, const Row row, int begin, float* out) {
  int k = begin;
  for (; k + pixels <= row.pixels; k += pixels) {
    Pack sum[2][pixels];
    widen(filter, row.in + k * Pack::lanes, sum);
#pragma GCC unroll 8
    for (int q = 0; q < pixels; ++q)
#pragma GCC unroll 2
      for (int c = 0; c < 2; ++c)
        (row.positive ? sum[c][q].positive() : sum[c][q]).store(out + (2 * (k + q) + c) * row.out_pixel);
  }
  if constexpr (pixels > 1)
    if (k < row.pixels) widen_along<pixels / 2>(filter, row, k, out);
}

inline void widen_row(const float* pairs, const PackedSum& sum, const Row& row) {
  for (int o = 0; o < sum.outputs; ++o)
    widen_along<many ? 8 : 4>({row.in_channel, row.in_row, pairs + 8 * o * sum.inputs, sum.bias.data() + o, sum.inputs},
                              row, 0, row.out + o * row.out_channel);
}

} // namespace mirhydro::engine::native::inline MIRHYDRO_ISA
