#pragma once
#include <immintrin.h>

namespace mirhydro::lane::inline MIRHYDRO_ISA {

struct Mask {
  __m256d m;
  friend Mask operator&(Mask a, Mask b) { return {_mm256_and_pd(a.m, b.m)}; }
  friend Mask operator|(Mask a, Mask b) { return {_mm256_or_pd(a.m, b.m)}; }
  friend Mask operator!(Mask a) { return {_mm256_xor_pd(a.m, _mm256_castsi256_pd(_mm256_set1_epi64x(-1)))}; }
};

struct Wide {
  __m256d v;
  Wide() = default;
  Wide(__m256d v_) : v(v_) {}
  Wide(double x) : v(_mm256_set1_pd(x)) {}
  friend Wide operator+(Wide a, Wide b) { return _mm256_add_pd(a.v, b.v); }
  friend Wide operator-(Wide a, Wide b) { return _mm256_sub_pd(a.v, b.v); }
  friend Wide operator*(Wide a, Wide b) { return _mm256_mul_pd(a.v, b.v); }
  friend Wide operator/(Wide a, Wide b) { return _mm256_div_pd(a.v, b.v); }
  friend Wide operator-(Wide a) { return _mm256_xor_pd(a.v, _mm256_set1_pd(-0.0)); }
  friend Mask operator<(Wide a, Wide b) { return {_mm256_cmp_pd(a.v, b.v, _CMP_LT_OQ)}; }
  friend Mask operator<=(Wide a, Wide b) { return {_mm256_cmp_pd(a.v, b.v, _CMP_LE_OQ)}; }
  friend Mask operator>(Wide a, Wide b) { return b < a; }
  friend Mask operator>=(Wide a, Wide b) { return b <= a; }
  friend Mask operator==(Wide a, Wide b) { return {_mm256_cmp_pd(a.v, b.v, _CMP_EQ_OQ)}; }
};

inline Wide abs(Wide x) { return _mm256_andnot_pd(_mm256_set1_pd(-0.0), x.v); }
inline Wide sqrt(Wide x) { return _mm256_sqrt_pd(x.v); }
inline Wide min(Wide x, Wide y) { return _mm256_min_pd(x.v, y.v); }
inline Wide max(Wide x, Wide y) { return _mm256_max_pd(x.v, y.v); }
inline Wide copysign(Wide size, Wide sign) {
  const __m256d minus = _mm256_set1_pd(-0.0);
  return _mm256_or_pd(_mm256_andnot_pd(minus, size.v), _mm256_and_pd(minus, sign.v));
}
inline Wide select(Mask mask, Wide yes, Wide no) { return _mm256_blendv_pd(no.v, yes.v, mask.m); }
inline unsigned bits(Mask mask) { return static_cast<unsigned>(_mm256_movemask_pd(mask.m)); }

template <> struct Load<Wide> {
  static Wide from(const double* p) { return _mm256_loadu_pd(p); }
  static Wide from(const float* p) { return _mm256_cvtps_pd(_mm_loadu_ps(p)); }
};
inline void store(double* p, Wide x) { _mm256_storeu_pd(p, x.v); }
inline void store(float* p, Wide x) { _mm_storeu_ps(p, _mm256_cvtpd_ps(x.v)); }

template <> inline constexpr int lanes<Wide> = 4;

} // namespace mirhydro::lane::inline MIRHYDRO_ISA
