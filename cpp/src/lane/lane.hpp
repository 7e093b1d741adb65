#pragma once
// A cell, or a pack of cells, as one value. A kernel is written once over V and runs as V = double and V = Wide, the
// widest pack of the instruction set that this file is compiled for, or with MIRHYDRO_TENSOR_LANES all cells at once,
// on a device. All of it lives in a namespace per instruction set and nothing is inline from std: the linker keeps one
// copy of a name, and that could be the AVX-512 one on a processor that has none.
#include <cmath>
#include <cstdint>

#ifndef MIRHYDRO_ISA
#define MIRHYDRO_ISA portable
#endif

namespace mirhydro::lane::inline MIRHYDRO_ISA {

inline double abs(double x) { return __builtin_fabs(x); }
inline double sqrt(double x) { return __builtin_sqrt(x); }
inline double min(double x, double y) { return x < y ? x : y; }
inline double max(double x, double y) { return x > y ? x : y; }
inline double copysign(double size, double sign) { return __builtin_copysign(size, sign); }
inline double select(bool mask, double yes, double no) { return mask ? yes : no; }
inline unsigned bits(bool mask) { return mask ? 1u : 0u; }
/// x / y where y is a safe divisor; where it is not, nothing is divided and 0 comes out: no lane raises a flag.
template <class V, class M> V ratio(V x, V y, M safe) { return select(safe, x / select(safe, y, V(1)), V(0)); }

template <class V> struct Load;
template <> struct Load<double> {
  static double from(const double* p) { return *p; }
  static double from(const float* p) { return *p; }
};
inline void store(double* p, double x) { *p = x; }
inline void store(float* p, double x) { *p = static_cast<float>(x); }

template <class V> inline constexpr int lanes = 1;

/// The same formula for several places of a cell: f(in(k)...) of each k < n, or f(in(j, i)...) of a grid, as a
/// function of k, or j and i. It is worked out where it is asked for; where a value is a tensor, for all places at
/// once.
template <class V> struct Together {
  template <int n, class F, class... In> static auto row(F f, In... in) {
    return [f, in...](int k) __attribute__((always_inline)) { return f(in(k)...); };
  }
  template <int rows, int columns, class F, class... In> static auto grid(F f, In... in) {
    return [f, in...](int j, int i) __attribute__((always_inline)) { return f(in(j, i)...); };
  }
};

} // namespace mirhydro::lane::inline MIRHYDRO_ISA

#if defined(MIRHYDRO_LANES)
#include MIRHYDRO_LANES
#elif defined(__AVX512F__) && defined(__AVX512DQ__)
#include "lane/avx512.hpp"
#elif defined(__AVX2__)
#include "lane/avx2.hpp"
#else
namespace mirhydro::lane::inline MIRHYDRO_ISA {
using Wide = double;
}
#endif

namespace mirhydro::lane::inline MIRHYDRO_ISA {
template <class V, class T> V load(const T* p) { return Load<V>::from(p); }
} // namespace mirhydro::lane::inline MIRHYDRO_ISA
