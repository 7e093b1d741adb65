#pragma once
#include "plic/ppic.hpp"
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
/// x and y, more along x. `tied` where that does not decide, or only by round-off: see orientation.cpp.
template <class V, class Mask> Turn<V> turn_of(const plic::WideStencil<V>& s, Mask& tied) {
  using lane::abs, lane::select;
  const V gx = V(2) * (s.d[2][3] - s.d[2][1]) + ((s.d[1][3] - s.d[1][1]) + (s.d[3][3] - s.d[3][1]));
  const V gy = V(2) * (s.d[3][2] - s.d[1][2]) + ((s.d[3][1] - s.d[1][1]) + (s.d[3][3] - s.d[1][3]));
  const V one(1), other(-1), sign = select(s.d[2][2] > V(0), other, one);
  const V up_x = sign * gx, up_y = sign * gy;
  const V least(plic::indifferent);
  tied = (abs(s.d[2][2]) <= least) | (abs(gx) <= least) | (abs(gy) <= least) | (abs(abs(gx) - abs(gy)) <= least);
  return {select(up_x < V(0), other, one), select(up_y < V(0), other, one), select(abs(gx) < abs(gy), other, one),
          sign};
}

template <class V, int n, class F, class... In> void take(V (&out)[n][n], F f, In... in) {
  const auto value = lane::Together<V>::template grid<n, n>(f, in...);
  for (int j = 0; j < n; ++j)
    for (int i = 0; i < n; ++i) out[j][i] = value(j, i);
}

/// A square of values, turned: n a side.
template <class V, int n> void turn_square(const Turn<V>& t, const V (&in)[n][n], V (&out)[n][n]) {
  using lane::select;
  const auto mx = t.x < V(0), my = t.y < V(0), mt = t.transpose < V(0);
  V a[n][n], b[n][n];
  take<V, n>(
      a, [&](const V& turned, const V& here) { return select(mx, turned, here); },
      [&](int j, int i) { return in[j][n - 1 - i]; }, [&](int j, int i) { return in[j][i]; });
  take<V, n>(
      b, [&](const V& turned, const V& here) { return select(my, turned, here); },
      [&](int j, int i) { return a[n - 1 - j][i]; }, [&](int j, int i) { return a[j][i]; });
  take<V, n>(
      out, [&](const V& turned, const V& here) { return t.sign * select(mt, turned, here); },
      [&](int j, int i) { return b[i][j]; }, [&](int j, int i) { return b[j][i]; });
}

/// ... and back.
template <class V, int n> void turn_back(const Turn<V>& t, const V (&in)[n][n], V (&out)[n][n]) {
  using lane::select;
  const auto mx = t.x < V(0), my = t.y < V(0), mt = t.transpose < V(0);
  V a[n][n], b[n][n];
  take<V, n>(
      a, [&](const V& turned, const V& here) { return t.sign * select(mt, turned, here); },
      [&](int j, int i) { return in[i][j]; }, [&](int j, int i) { return in[j][i]; });
  take<V, n>(
      b, [&](const V& turned, const V& here) { return select(my, turned, here); },
      [&](int j, int i) { return a[n - 1 - j][i]; }, [&](int j, int i) { return a[j][i]; });
  take<V, n>(
      out, [&](const V& turned, const V& here) { return select(mx, turned, here); },
      [&](int j, int i) { return b[j][n - 1 - i]; }, [&](int j, int i) { return b[j][i]; });
}

/// A level set's mean gradient, per cell width.
template <class V, int K> void mean_gradient(const geometry::LevelSet<V, K>& s, V& gx, V& gy) {
  const V sw = s.phi[0], se = s.phi[K], nw = s.phi[K * (K + 1)], ne = s.phi[K * (K + 1) + K];
  gx = V(.5) * ((se - sw) + (ne - nw));
  gy = V(.5) * ((nw - sw) + (ne - se));
}

/// A base curve, and how a net may correct it.
template <class V, int K> struct Base {
  geometry::LevelSet<V, K> phi;
  V weight, voice, reach; ///< see NetBlock
  Turn<V> turn;
};

/// The base curve of a stencil; put(feature, value) takes what the net reads of it, in standard orientation. Returns
/// the cells whose orientation is tied.
template <int K, class V, class Widths, class Put, class Mask = decltype(V(0) > V(0))>
Mask base_and_features(const plic::WideStencil<V>& s, const Widths& widths, V size_x, V size_y, Base<V, K>& base,
                       Put&& put) {
  using lane::ratio, lane::select;
  plic::CurveDetail<V> detail;
  V residual(0), gx, gy;
  plic::ppic(s, widths, size_x, size_y, base.phi, residual, &detail);
  base.weight = plic::weight_of(residual);
  mean_gradient(base.phi, gx, gy);
  const V length = lane::sqrt(gx * gx + gy * gy), rho = rho_of(detail.misses);
  base.voice = Widths::equal ? voice_of(rho) : V(0); // nets are trained on equal cells
  // of a level set that has no slope a cell's width takes the place
  base.reach = base.voice * (rho * select(length > V(0), length, lane::min(size_x, size_y)));
  Mask tied = V(0) > V(0);
  base.turn = turn_of(s, tied);
  const Turn<V>& turn = base.turn;
  V square[5][5];
  turn_square<V, 5>(turn, s.d, square);
  for (int n = 0; n < 25; ++n) put(difference + n, square[n / 5][n % 5]);
  turn_square<V, 5>(turn, detail.misses.e, square);
  const V by = ratio(V(1), rho, rho > V(1e-30));
  for (int n = 0; n < 25; ++n) put(miss + n, by * square[n / 5][n % 5]);
  const V per = ratio(V(1), length, length > V(1e-30)) * turn.sign;
  const V x = turn.x * (per * gx), y = turn.y * (per * gy);
  const auto transposed = turn.transpose < V(0);
  put(normal, select(transposed, y, x));
  put(normal + 1, select(transposed, x, y));
  put(size, lane::sqrt(lane::sqrt(rho)));
  put(bend, turn.sign * detail.bend);
  put(parabolic, detail.parabolic);
  return tied;
}

/// Adds to a base curve what the net says in standard orientation, and then a constant that gives `wanted` to about a
/// thousandth. Returns where the net gave numbers; elsewhere the base stays.
template <class V, int K, int side, class Mask = decltype(V(0) > V(0))>
Mask correct_base(Base<V, K>& base, const V (&said)[side][side], V confidence, V wanted) {
  static_assert(side == K + 1);
  using lane::select;
  constexpr double furthest = 64, steepest = 8; // in units of rho, and of the weight's argument: no net says so
  Mask good = V(0) <= V(0);
  for (int n = 0; n < side * side; ++n) good = good & (lane::abs(said[n / side][n % side]) <= V(furthest));
  good = good & (lane::abs(confidence) <= V(steepest));
  V turned[side][side];
  turn_back<V, side>(base.turn, said, turned);
  for (int n = 0; n < side * side; ++n)
    base.phi.phi[n] = base.phi.phi[n] + select(good, base.reach * turned[n / side][n % side], V(0));
  const V offset = geometry::coarse_offset(base.phi, wanted);
  for (V& phi : base.phi.phi) phi = phi + offset;
  // x + sqrt(1 + x^2): positive, and 1/it at -x
  const V x = select(good, base.voice * confidence, V(0));
  base.weight = base.weight * (x + lane::sqrt(V(1) + x * x));
  return good;
}

} // namespace mirhydro::neural::inline MIRHYDRO_ISA
