#pragma once
// What one core can do at all: fused multiply-adds, or dot products of bfloat16 pairs, on registers alone. As many
// independent sums as the registers hold: more than latency times units of the processors of today.
#include <ctime>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace roof {

inline double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return double(now.tv_sec) + 1e-9 * double(now.tv_nsec);
}

constexpr int turns = 50000;

#if defined(__x86_64__)
// the empty statement keeps each sum in its register, and the compiler from knowing its value
#define MIRHYDRO_ROOF(NAME, TARGET, TYPE, SUMS, LANES, ZERO, STEP)                                                     \
  __attribute__((target(TARGET))) inline double NAME() {                                                               \
    TYPE sum[SUMS];                                                                                                    \
    _Pragma("GCC unroll 24") for (int k = 0; k < SUMS; ++k) sum[k] = ZERO;                                             \
    const double start = cpu_seconds();                                                                                \
    for (int turn = 0; turn < turns; ++turn) _Pragma("GCC unroll 24") for (int k = 0; k < SUMS; ++k) {                 \
        sum[k] = STEP(sum[k]);                                                                                         \
        asm volatile("" : "+v"(sum[k]));                                                                               \
      }                                                                                                                \
    return double(turns) * SUMS * LANES / (cpu_seconds() - start);                                                     \
  }
#define MIRHYDRO_ROOF_AVX2(x) _mm256_fmadd_ps(x, _mm256_set1_ps(1.0001f), _mm256_set1_ps(1e-4f))
#define MIRHYDRO_ROOF_AVX512(x) _mm512_fmadd_ps(x, _mm512_set1_ps(1.0001f), _mm512_set1_ps(1e-4f))
#define MIRHYDRO_ROOF_BF16(x)                                                                                          \
  _mm512_dpbf16_ps(x, (__m512bh)_mm512_set1_epi32(0x10001), (__m512bh)_mm512_set1_epi32(0x10001))
MIRHYDRO_ROOF(avx2, "avx2,fma", __m256, 12, 8, _mm256_setzero_ps(), MIRHYDRO_ROOF_AVX2)
MIRHYDRO_ROOF(avx512, "avx512f", __m512, 24, 16, _mm512_setzero_ps(), MIRHYDRO_ROOF_AVX512)
MIRHYDRO_ROOF(bfloat16, "avx512f,avx512bf16", __m512, 24, 32, _mm512_setzero_ps(), MIRHYDRO_ROOF_BF16)
#endif

/// Multiply-adds a second of the set that a kernel was compiled for; 0 where it is not known.
inline double float32(const char* set) {
#if defined(__x86_64__)
  if (set[0] == 'a') return set[3] == '2' ? avx2() : avx512();
#endif
  static_cast<void>(set);
  return 0;
}

} // namespace roof
