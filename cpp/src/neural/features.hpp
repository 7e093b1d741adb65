#pragma once
#include "plic/wide_block.hpp"
// What the net reads of a cell and its base curve, in standard orientation: every cell that is a mirror image, a
// rotation, a transpose of another, or its exchange of materials, reads the same numbers to the bit.
namespace mirhydro::neural::inline MIRHYDRO_ISA {

/// Where in its input a net finds the 25 differences, the 25 misses in units of rho, the normal, the fourth root of
/// rho, the bend, and how much of the base is a parabola's.
enum Feature { difference = 0, miss = 25, normal = 50, size = 52, bend = 53, parabolic = 54 };

/// Turns of a cell into standard orientation: first mirrored in x, in y, then transposed; +1 leaves, -1 turns. `sign`
/// is that of the materials.
template <class V> struct Turn {
  V x, y, transpose, sign;
};

/// Root mean square of the misses; the weights of the stencil add up to 13.
template <class V> V rho_of(const plic::Misses<V>& misses) {
  const V sum = geometry::symmetric_sum<V, 5>(
      [&](int j, int i) { return V(plic::weight(j, i)) * (misses.e[j][i] * misses.e[j][i]); });
  return lane::sqrt(sum * V(1. / 13));
}

/// How loud the net may be: it fades where the base misses less than a thousandth of a cell, so that it costs nothing
/// where the mesh resolves all there is.
template <class V> V voice_of(V rho) { return rho / (rho + V(1e-3)); }

/// Standard orientation: the smaller fraction is the positive one, the gradient of the 3x3 stencil points to positive
/// x and y, more along x. `tied` where that does not decide: see orientation.cpp.
template <class V> Turn<V> turn_of(const plic::WideStencil<V>& s, unsigned& tied) {
  using lane::abs, lane::select;
  const V gx = V(2) * (s.d[2][3] - s.d[2][1]) + ((s.d[1][3] - s.d[1][1]) + (s.d[3][3] - s.d[3][1]));
  const V gy = V(2) * (s.d[3][2] - s.d[1][2]) + ((s.d[3][1] - s.d[1][1]) + (s.d[3][3] - s.d[1][3]));
  const V one(1), other(-1), sign = select(s.d[2][2] > V(0), other, one);
  const V up_x = sign * gx, up_y = sign * gy;
  tied = lane::bits((s.d[2][2] == V(0)) | (gx == V(0)) | (gy == V(0)) | (abs(gx) == abs(gy)));
  return {select(up_x < V(0), other, one), select(up_y < V(0), other, one), select(abs(gx) < abs(gy), other, one),
          sign};
}

/// A square of values, turned: n a side.
template <class V, int n> void turn_square(const Turn<V>& t, const V (&in)[n][n], V (&out)[n][n]) {
  using lane::select;
  const auto mx = t.x < V(0), my = t.y < V(0), mt = t.transpose < V(0);
  V a[n][n];
  for (int j = 0; j < n; ++j)
    for (int i = 0; i < n; ++i) a[j][i] = select(mx, in[j][n - 1 - i], in[j][i]);
  V b[n][n];
  for (int j = 0; j < n; ++j)
    for (int i = 0; i < n; ++i) b[j][i] = select(my, a[n - 1 - j][i], a[j][i]);
  for (int j = 0; j < n; ++j)
    for (int i = 0; i < n; ++i) out[j][i] = t.sign * select(mt, b[i][j], b[j][i]);
}

/// ... and back.
template <class V, int n> void turn_back(const Turn<V>& t, const V (&in)[n][n], V (&out)[n][n]) {
  using lane::select;
  const auto mx = t.x < V(0), my = t.y < V(0), mt = t.transpose < V(0);
  V a[n][n];
  for (int j = 0; j < n; ++j)
    for (int i = 0; i < n; ++i) a[j][i] = t.sign * select(mt, in[i][j], in[j][i]);
  V b[n][n];
  for (int j = 0; j < n; ++j)
    for (int i = 0; i < n; ++i) b[j][i] = select(my, a[n - 1 - j][i], a[j][i]);
  for (int j = 0; j < n; ++j)
    for (int i = 0; i < n; ++i) out[j][i] = select(mx, b[j][n - 1 - i], b[j][i]);
}

/// A level set's mean gradient, per cell width.
template <class V, int K> void mean_gradient(const geometry::LevelSet<V, K>& s, V& gx, V& gy) {
  const V sw = s.phi[0], se = s.phi[K], nw = s.phi[K * (K + 1)], ne = s.phi[K * (K + 1) + K];
  gx = V(.5) * ((se - sw) + (ne - nw));
  gy = V(.5) * ((nw - sw) + (ne - se));
}

} // namespace mirhydro::neural::inline MIRHYDRO_ISA
