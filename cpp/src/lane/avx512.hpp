#pragma once
#include <immintrin.h>

namespace mirhydro::lane::inline MIRHYDRO_ISA {

struct Mask {
  __mmask8 m;
  friend Mask operator&(Mask a, Mask b) { return {static_cast<__mmask8>(a.m & b.m)}; }
  friend Mask operator|(Mask a, Mask b) { return {static_cast<__mmask8>(a.m | b.m)}; }
  friend Mask operator!(Mask a) { return {static_cast<__mmask8>(~a.m)}; }
};

struct Wide {
  __m512d v;
  Wide() = default;
  Wide(__m512d v_) : v(v_) {}
  Wide(double x) : v(_mm512_set1_pd(x)) {}
  friend Wide operator+(Wide a, Wide b) { return _mm512_add_pd(a.v, b.v); }
  friend Wide operator-(Wide a, Wide b) { return _mm512_sub_pd(a.v, b.v); }
  friend Wide operator*(Wide a, Wide b) { return _mm512_mul_pd(a.v, b.v); }
  friend Wide operator/(Wide a, Wide b) { return _mm512_div_pd(a.v, b.v); }
  friend Wide operator-(Wide a) { return _mm512_xor_pd(a.v, _mm512_set1_pd(-0.0)); }
  friend Mask operator<(Wide a, Wide b) { return {_mm512_cmp_pd_mask(a.v, b.v, _CMP_LT_OQ)}; }
  friend Mask operator<=(Wide a, Wide b) { return {_mm512_cmp_pd_mask(a.v, b.v, _CMP_LE_OQ)}; }
  friend Mask operator>(Wide a, Wide b) { return b < a; }
  friend Mask operator>=(Wide a, Wide b) { return b <= a; }
  friend Mask operator==(Wide a, Wide b) { return {_mm512_cmp_pd_mask(a.v, b.v, _CMP_EQ_OQ)}; }
};

inline Wide abs(Wide x) { return _mm512_andnot_pd(_mm512_set1_pd(-0.0), x.v); }
inline Wide sqrt(Wide x) { return _mm512_sqrt_pd(x.v); }
inline Wide min(Wide x, Wide y) { return _mm512_min_pd(x.v, y.v); }
inline Wide max(Wide x, Wide y) { return _mm512_max_pd(x.v, y.v); }
inline Wide copysign(Wide size, Wide sign) {
  const __m512i minus = _mm512_castpd_si512(_mm512_set1_pd(-0.0)); // where it is set sign, else size
  return _mm512_castsi512_pd(
      _mm512_ternarylogic_epi64(minus, _mm512_castpd_si512(sign.v), _mm512_castpd_si512(size.v), 0xCA));
}
inline Wide select(Mask mask, Wide yes, Wide no) { return _mm512_mask_blend_pd(mask.m, no.v, yes.v); }
inline unsigned bits(Mask mask) { return mask.m; }

template <> struct Load<Wide> {
  static Wide from(const double* p) { return _mm512_loadu_pd(p); }
  static Wide from(const float* p) { return _mm512_cvtps_pd(_mm256_loadu_ps(p)); }
};
inline void store(double* p, Wide x) { _mm512_storeu_pd(p, x.v); }
inline void store(float* p, Wide x) { _mm256_storeu_ps(p, _mm512_cvtpd_ps(x.v)); }

template <> inline constexpr int lanes<Wide> = 8;

} // namespace mirhydro::lane::inline MIRHYDRO_ISA
