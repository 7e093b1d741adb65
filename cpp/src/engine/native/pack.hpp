#pragma once
// A pack of cells in float32: what the kernels of the nets need of an instruction set, and how many packs wide a tile
// is. All in a namespace per set of flags, nothing inline from std (lane/lane.hpp says why).
#include <cstdint>
#include <cstring>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace mirhydro::engine::native::inline MIRHYDRO_ISA {

#if defined(__AVX512F__)

struct Pack {
  static constexpr int lanes = 16, tile = 4; ///< 4 packs x 6 outputs: 24 sums in 32 registers
  __m512 v;
  static Pack load(const float* p) { return {_mm512_loadu_ps(p)}; }
  static Pack all(float x) { return {_mm512_set1_ps(x)}; }
  void store(float* p) const { _mm512_storeu_ps(p, v); }
  friend Pack fma(Pack a, Pack b, Pack c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
  /// max(0, x); the second operand where one is NaN, so that a NaN goes through.
  Pack positive() const { return {_mm512_max_ps(_mm512_setzero_ps(), v)}; }
  /// NaN where one is NaN.
  friend Pack largest(Pack a, Pack b) {
    return {_mm512_mask_mov_ps(_mm512_max_ps(a.v, b.v), _mm512_cmp_ps_mask(a.v, a.v, _CMP_UNORD_Q), a.v)};
  }
  Pack bfloat16() const {
    const __m512i x = _mm512_castps_si512(v), exponent = _mm512_set1_epi32(0x7f800000);
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(x, 16), _mm512_set1_epi32(1));
    const __m512i even = _mm512_add_epi32(x, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
    const __m512i quiet = _mm512_or_si512(x, _mm512_set1_epi32(0x00400000));
    __m512i r = _mm512_mask_mov_epi32(even, _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q), quiet);
    r = _mm512_mask_and_epi32(r, _mm512_testn_epi32_mask(x, exponent), x, _mm512_set1_epi32(int(0x80000000)));
    return {_mm512_castsi512_ps(_mm512_and_si512(r, _mm512_set1_epi32(int(0xffff0000))))};
  }
};

#elif defined(__AVX2__) && defined(__FMA__)

struct Pack {
  static constexpr int lanes = 8, tile = 2; ///< 2 packs x 6 outputs: 12 sums in 16 registers
  __m256 v;
  static Pack load(const float* p) { return {_mm256_loadu_ps(p)}; }
  static Pack all(float x) { return {_mm256_set1_ps(x)}; }
  void store(float* p) const { _mm256_storeu_ps(p, v); }
  friend Pack fma(Pack a, Pack b, Pack c) { return {_mm256_fmadd_ps(a.v, b.v, c.v)}; }
  Pack positive() const { return {_mm256_max_ps(_mm256_setzero_ps(), v)}; }
  friend Pack largest(Pack a, Pack b) {
    return {_mm256_blendv_ps(_mm256_max_ps(a.v, b.v), a.v, _mm256_cmp_ps(a.v, a.v, _CMP_UNORD_Q))};
  }
  Pack bfloat16() const {
    const __m256i x = _mm256_castps_si256(v), exponent = _mm256_set1_epi32(0x7f800000);
    const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(x, 16), _mm256_set1_epi32(1));
    const __m256i even = _mm256_add_epi32(x, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
    const __m256i quiet = _mm256_or_si256(x, _mm256_set1_epi32(0x00400000));
    const __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(v, v, _CMP_UNORD_Q));
    const __m256i tiny = _mm256_cmpeq_epi32(_mm256_and_si256(x, exponent), _mm256_setzero_si256());
    __m256i r = _mm256_blendv_epi8(even, quiet, nan);
    r = _mm256_blendv_epi8(r, _mm256_and_si256(x, _mm256_set1_epi32(int(0x80000000))), tiny);
    return {_mm256_castsi256_ps(_mm256_and_si256(r, _mm256_set1_epi32(int(0xffff0000))))};
  }
};

#else

#if defined(__FP_FAST_FMAF)
inline float fused(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
#else
/// a * b + c, rounded once, where the processor has no such instruction: the product of two floats is exact in double;
/// the sum is rounded to odd, after which rounding to float rounds as if once. Source: Boldo & Melquiond, Emulation of
/// FMA and correctly rounded sums, IEEE Trans. Computers 57 (2008) 462.
inline float fused(float a, float b, float c) {
  const double product = double(a) * double(b), addend = c, sum = product + addend;
  const double back = sum - product, lost = (product - (sum - back)) + (addend - back);
  std::uint64_t bits;
  std::memcpy(&bits, &sum, sizeof bits);
  const bool away = (lost > 0) == (sum > 0), inexact = lost != 0, even = (bits & 1) == 0;
  bits += inexact && even ? (away ? std::uint64_t(1) : ~std::uint64_t(0)) : std::uint64_t(0);
  double odd;
  std::memcpy(&odd, &bits, sizeof odd);
  return static_cast<float>(odd);
}
#endif

struct Pack {
  static constexpr int lanes = 4, tile = 1;
  float v[lanes];
  static Pack load(const float* p) {
    Pack r;
    for (int k = 0; k < lanes; ++k) r.v[k] = p[k];
    return r;
  }
  static Pack all(float x) {
    Pack r;
    for (int k = 0; k < lanes; ++k) r.v[k] = x;
    return r;
  }
  void store(float* p) const {
    for (int k = 0; k < lanes; ++k) p[k] = v[k];
  }
  friend Pack fma(Pack a, Pack b, Pack c) {
    Pack r;
    for (int k = 0; k < lanes; ++k) r.v[k] = fused(a.v[k], b.v[k], c.v[k]);
    return r;
  }
  Pack positive() const {
    Pack r;
    for (int k = 0; k < lanes; ++k) r.v[k] = 0.f > v[k] ? 0.f : v[k];
    return r;
  }
  friend Pack largest(Pack a, Pack b) {
    Pack r;
    for (int k = 0; k < lanes; ++k) r.v[k] = a.v[k] != a.v[k] || a.v[k] > b.v[k] ? a.v[k] : b.v[k];
    return r;
  }
  Pack bfloat16() const {
    Pack r;
    for (int k = 0; k < lanes; ++k) {
      std::uint32_t x;
      std::memcpy(&x, v + k, sizeof x);
      const std::uint32_t even = x + 0x7fff + (x >> 16 & 1);
      x = (x & 0x7f800000) == 0 ? x & 0x80000000 : v[k] != v[k] ? x | 0x00400000 : even;
      x &= 0xffff0000;
      std::memcpy(r.v + k, &x, sizeof x);
    }
    return r;
  }
};

#endif

/// Eight numbers side by side, as the weights of a dense layer lie.
#if defined(__AVX512F__)
struct Eight {
  __m256 v;
  static Eight load(const float* p) { return {_mm256_loadu_ps(p)}; }
  static Eight all(float x) { return {_mm256_set1_ps(x)}; }
  void store(float* p) const { _mm256_storeu_ps(p, v); }
  friend Eight fma(Eight a, Eight b, Eight c) { return {_mm256_maskz_fmadd_ps(__mmask8(255), a.v, b.v, c.v)}; }
  Eight positive() const { return {_mm256_max_ps(_mm256_setzero_ps(), v)}; }
};
#elif defined(__AVX2__) && defined(__FMA__)
using Eight = Pack;
#else
struct Eight {
  Pack low, high;
  static Eight load(const float* p) { return {Pack::load(p), Pack::load(p + 4)}; }
  static Eight all(float x) { return {Pack::all(x), Pack::all(x)}; }
  void store(float* p) const { low.store(p), high.store(p + 4); }
  friend Eight fma(Eight a, Eight b, Eight c) { return {fma(a.low, b.low, c.low), fma(a.high, b.high, c.high)}; }
  Eight positive() const { return {low.positive(), high.positive()}; }
};
#endif

} // namespace mirhydro::engine::native::inline MIRHYDRO_ISA
