#pragma once
// Batches stand cell by cell, kernels read feature by feature: square pieces are transposed on the way.
#include <cstddef>

#include "plic/kernels.hpp"

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace mirhydro::engine::native::inline MIRHYDRO_ISA {

/// to[c * to_row + r] = from[r * from_row + c * from_column] for r < rows, c < columns.
inline void transpose_any(const float* from, std::ptrdiff_t from_row, std::ptrdiff_t from_column, int rows, int columns,
                          float* to, std::ptrdiff_t to_row, std::ptrdiff_t to_column) {
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c) to[c * to_row + r * to_column] = from[r * from_row + c * from_column];
}

#if defined(__AVX2__)
/// 8 x 8, both with unit stride along a row.
inline void transpose_eight(const float* from, std::ptrdiff_t from_row, float* to, std::ptrdiff_t to_row) {
  __m256 a[8], b[8];
  for (int k = 0; k < 8; ++k) a[k] = _mm256_loadu_ps(from + k * from_row);
  for (int k = 0; k < 8; k += 2) {
    b[k] = _mm256_unpacklo_ps(a[k], a[k + 1]);
    b[k + 1] = _mm256_unpackhi_ps(a[k], a[k + 1]);
  }
  for (int k = 0; k < 8; k += 4)
    for (int h = 0; h < 2; ++h) {
      a[k + 2 * h] = _mm256_shuffle_ps(b[k + h], b[k + 2 + h], 0x44);
      a[k + 2 * h + 1] = _mm256_shuffle_ps(b[k + h], b[k + 2 + h], 0xee);
    }
  for (int k = 0; k < 4; ++k) {
    _mm256_storeu_ps(to + k * to_row, _mm256_permute2f128_ps(a[k], a[k + 4], 0x20));
    _mm256_storeu_ps(to + (k + 4) * to_row, _mm256_permute2f128_ps(a[k], a[k + 4], 0x31));
  }
}
#endif

#if defined(__AVX512F__)
/// 16 x 16: whole cache lines, where rows lie powers of two apart and halves of lines would drive each other out.
inline void transpose_sixteen(const float* from, std::ptrdiff_t from_row, float* to, std::ptrdiff_t to_row) {
  __m512 a[16], b[16];
#pragma GCC unroll 16
  for (int k = 0; k < 16; ++k) a[k] = _mm512_loadu_ps(from + k * from_row);
#pragma GCC unroll 16
  for (int k = 0; k < 16; k += 2) {
    b[k] = _mm512_unpacklo_ps(a[k], a[k + 1]);
    b[k + 1] = _mm512_unpackhi_ps(a[k], a[k + 1]);
  }
#pragma GCC unroll 16
  for (int k = 0; k < 16; k += 4)
#pragma GCC unroll 2
    for (int h = 0; h < 2; ++h) {
      a[k + 2 * h] = _mm512_shuffle_ps(b[k + h], b[k + 2 + h], 0x44);
      a[k + 2 * h + 1] = _mm512_shuffle_ps(b[k + h], b[k + 2 + h], 0xee);
    }
  // a[4q + c] holds, in each quarter g, column 4g + c of rows 4q to 4q + 3
#pragma GCC unroll 4
  for (int c = 0; c < 4; ++c) {
    const __m512 even0 = _mm512_shuffle_f32x4(a[c], a[4 + c], 0x88), odd0 = _mm512_shuffle_f32x4(a[c], a[4 + c], 0xdd);
    const __m512 even1 = _mm512_shuffle_f32x4(a[8 + c], a[12 + c], 0x88);
    const __m512 odd1 = _mm512_shuffle_f32x4(a[8 + c], a[12 + c], 0xdd);
    _mm512_storeu_ps(to + c * to_row, _mm512_shuffle_f32x4(even0, even1, 0x88));
    _mm512_storeu_ps(to + (4 + c) * to_row, _mm512_shuffle_f32x4(odd0, odd1, 0x88));
    _mm512_storeu_ps(to + (8 + c) * to_row, _mm512_shuffle_f32x4(even0, even1, 0xdd));
    _mm512_storeu_ps(to + (12 + c) * to_row, _mm512_shuffle_f32x4(odd0, odd1, 0xdd));
  }
}
#endif

/// Pieces of 16 x 16 or 8 x 8 by registers; the last ones overlap those before them.
inline void transpose(const float* from, std::ptrdiff_t from_row, int rows, int columns, float* to,
                      std::ptrdiff_t to_row) {
#if defined(__AVX512F__)
  if (rows % 16 == 0 && columns % 16 == 0) {
    for (int r = 0; r < rows; r += 16)
      for (int c = 0; c < columns; c += 16)
        transpose_sixteen(from + r * from_row + c, from_row, to + c * to_row + r, to_row);
    return;
  }
#endif
#if defined(__AVX2__)
  if (rows >= 8 && columns >= 8) {
    for (int r = 0; r < rows; r += 8) {
      const int row = r + 8 <= rows ? r : rows - 8;
      for (int c = 0; c < columns; c += 8) {
        const int column = c + 8 <= columns ? c : columns - 8;
        transpose_eight(from + row * from_row + column, from_row, to + column * to_row + row, to_row);
      }
    }
    return;
  }
#endif
  transpose_any(from, from_row, 1, rows, columns, to, to_row, 1);
}

inline void gather(const float* batch, std::ptrdiff_t row, std::ptrdiff_t column, int cells, int features, float* in) {
  if (column == 1)
    transpose(batch, row, cells, features, in, plic::block);
  else
    transpose_any(batch, row, column, cells, features, in, plic::block, 1);
  // a harmless cell up to the next whole pack
  for (int f = 0; f < features && cells % 16 != 0; ++f)
    for (int k = cells; k < (cells + 15) / 16 * 16; ++k) in[f * plic::block + k] = 0;
}

inline void scatter(const float* out, int cells, int outputs, float* batch, std::ptrdiff_t row, std::ptrdiff_t column) {
  if (column == 1)
    transpose(out, plic::block, outputs, cells, batch, row);
  else
    transpose_any(out, plic::block, 1, outputs, cells, batch, row, column);
}

} // namespace mirhydro::engine::native::inline MIRHYDRO_ISA
