#pragma once
#include "geometry/level_set.hpp"
#include "plic/elvira.hpp"
// The base curve of a cell: ELVIRA's line or a parabola, as a level set on the nodes of the cell. Positive in a, its
// gradient 1 on the curve in the host's lengths: nodes that cells share can then be averaged.
namespace mirhydro::plic::inline MIRHYDRO_ISA {

/// The 5x5 neighbourhood as differences, d[2 + j][2 + i].
template <class V> struct WideStencil {
  V d[5][5];
  V a, b;

  Stencil<V> inner() const {
    Stencil<V> s;
    for (int j = 0; j < 3; ++j)
      for (int i = 0; i < 3; ++i) s.d[j][i] = d[1 + j][1 + i];
    s.a = a, s.b = b;
    return s;
  }
  WideStencil transposed() const {
    WideStencil s;
    for (int j = 0; j < 5; ++j)
      for (int i = 0; i < 5; ++i) s.d[j][i] = d[i][j];
    s.a = a, s.b = b;
    return s;
  }
};

/// Weight of a cell of the wide stencil in a residual.
inline constexpr double weight(int j, int i) { return j == 0 || j == 4 || i == 0 || i == 4 ? .25 : 1; }
/// Residual of a curve that does not exist.
inline constexpr double no_curve = 1e30;

/// What a curve leaves in each cell of the wide stencil, less what there is.
template <class V> struct Misses {
  V e[5][5];
};

/// Weighted sum of squares over the wide stencil of a line's misses.
template <class V> V line_residual(const WideStencil<V>& s, V mx, V my, Misses<V>* misses = nullptr) {
  const V t = geometry::plane_constant(mx, my, s.a, s.b);
  const geometry::Difference<V> line(mx, my);
  const auto missed = lane::Together<V>::template grid<5, 5>(
      [&](const V& x, const V& y, const V& f) { return line(t - (x + y)) - f; },
      [&](int, int i) { return V(i - 2) * mx; }, [&](int j, int) { return V(j - 2) * my; },
      [&](int j, int i) { return s.d[j][i]; });
  return geometry::symmetric_sum<V, 5>([&](int j, int i) {
    const V e = missed(j, i);
    if (misses) misses->e[j][i] = e;
    return V(weight(j, i)) * (e * e);
  });
}

/// Interface as a parabola y = start + slope x + bend x^2 about the cell's centre; `up` is +1 where a lies below.
template <class V> struct Parabola {
  V start, slope, bend, up, residual;
};

/// What a parabola leaves in the cells of a column, from below.
template <class V> struct Column {
  V e0, e1, e2, e3, e4;
};

/// The parabola through the mean heights of the three middle columns, where each of them runs from full to empty; its
/// residual is taken column by column, with the column's own mean height and slope.
template <class V> Parabola<V> parabola(const WideStencil<V>& s, Misses<V>* misses = nullptr) {
  using lane::abs, lane::copysign, lane::select;
  constexpr double full = .98, bent = .4; // a column of less is cut off; more bent, a parabola is no guess
  Parabola<V> p;
  p.up = copysign(V(1), s.d[0][2] - s.d[4][2]);
  auto runs = p.up * s.d[0][2] > V(full);
  for (int i = 1; i < 4; ++i) runs = runs & (p.up * s.d[0][i] > V(full)) & (p.up * s.d[4][i] < V(-full));
  const auto height = [&](int i) { return V(.5) * (s.d[2][i] + ((s.d[0][i] + s.d[4][i]) + (s.d[1][i] + s.d[3][i]))); };
  const V low = p.up * height(1), middle = p.up * height(2), high = p.up * height(3);
  p.bend = V(.5) * ((low + high) - (middle + middle));
  p.slope = V(.5) * (high - low);
  p.start = middle - p.bend * V(1. / 12);
  p.residual = V(no_curve);
  const auto fine = runs & (abs(p.bend) < V(bent));
  if (lane::bits(fine) == 0) return p;
  const auto column = lane::Together<V>::template row<5>(
      [&](const V& slope, const V& mean, const V& d0, const V& d1, const V& d2, const V& d3, const V& d4) {
        const geometry::Difference<V> line(-slope, V(1));
        const V up = p.up;
        return Column<V>{line(mean + V(2)) - up * d0, line(mean + V(1)) - up * d1, line(mean) - up * d2,
                         line(mean - V(1)) - up * d3, line(mean - V(2)) - up * d4};
      },
      [&](int i) { return p.slope + V(2) * (p.bend * V(i - 2)); },
      [&](int i) { return p.start + (p.slope * V(i - 2) + p.bend * V((i - 2) * (i - 2) + 1. / 12)); },
      [&](int i) { return s.d[0][i]; }, [&](int i) { return s.d[1][i]; }, [&](int i) { return s.d[2][i]; },
      [&](int i) { return s.d[3][i]; }, [&](int i) { return s.d[4][i]; });
  const auto left = [&](int i) {
    const Column<V> e = column(i);
    if (misses) misses->e[0][i] = p.up * e.e0, misses->e[1][i] = p.up * e.e1, misses->e[2][i] = p.up * e.e2;
    if (misses) misses->e[3][i] = p.up * e.e3, misses->e[4][i] = p.up * e.e4;
    const auto square = [&](int j, const V& miss) { return V(weight(j, i)) * (miss * miss); };
    return square(2, e.e2) + ((square(0, e.e0) + square(4, e.e4)) + (square(1, e.e1) + square(3, e.e3)));
  };
  const V all = left(2) + ((left(0) + left(4)) + (left(1) + left(3)));
  p.residual = select(fine, all, p.residual);
  return p;
}

/// Where a stencil has no direction, the cells' differences, interpolated to the nodes, take the line's place.
template <class V, class Mask, int K>
void interpolate(const WideStencil<V>& s, Mask directed, V scale, geometry::LevelSet<V, K>& out) {
  for (int l = 0; l <= K; ++l)
    for (int k = 0; k <= K; ++k) {
      const int i = 2 * k < K ? 1 : 3, j = 2 * l < K ? 1 : 3; // the neighbours on the node's side
      const double u = lane::abs(double(2 * k - K) / (2 * K)), v = lane::abs(double(2 * l - K) / (2 * K));
      const V here = (V((1 - u) * (1 - v)) * s.d[2][2] + V(u * v) * s.d[j][i]) +
                     (V((1 - v) * u) * s.d[2][i] + V((1 - u) * v) * s.d[j][2]);
      V& phi = out.phi[l * (K + 1) + k];
      phi = lane::select(directed, phi, scale * here);
    }
}

/// A line as a level set: its distance, in the host's lengths.
template <class V, int K> void line_level_set(V mx, V my, V t, V size_x, V size_y, geometry::LevelSet<V, K>& out) {
  const V gx = mx / size_x, gy = my / size_y, by = V(1) / lane::sqrt(gx * gx + gy * gy);
  for (int l = 0; l <= K; ++l)
    for (int k = 0; k <= K; ++k)
      out.phi[l * (K + 1) + k] = by * (t - (mx * V(double(2 * k - K) / (2 * K)) + my * V(double(2 * l - K) / (2 * K))));
}

/// What a correction of the curve is judged by, beside the curve itself: see neural/features.hpp.
template <class V> struct CurveDetail {
  Misses<V> misses; ///< of curves that tie, the mean; a parabola's also in the columns that it was not fitted to
  V bend;           ///< of the parabola, half its second derivative in cells, positive where it is bent to a's side
  V parabolic;      ///< how much of the curve is a parabola's: 0, 1, or a part where curves tie
  template <class Visit> void each(Visit&& visit) {
    for (int j = 0; j < 5; ++j)
      for (int i = 0; i < 5; ++i) visit(misses.e[j][i], j, i);
  }
};

/// The curve with the least residual: ELVIRA's line or, on a mesh of equal cells, the parabola along x or y. Curves
/// that tie are averaged, so that every symmetry of the stencil is one of its level set. Returns which lanes have a
/// line: its volume needs no offset. `residual` of the curve, over the wide stencil or, on a stretched mesh, the narrow
/// one.
template <class V, int K, class Widths, class Mask = decltype(V(0) > V(0))>
Mask ppic(const WideStencil<V>& s, const Widths& widths, V size_x, V size_y, geometry::LevelSet<V, K>& out, V& residual,
          CurveDetail<V>* detail = nullptr) {
  using lane::select;
  V mx, my, misfit;
  elvira_direction(s.inner(), widths, mx, my, misfit);
  geometry::normalise(mx, my, V(0), V(0));
  const auto directed = lane::abs(mx) + lane::abs(my) > V(0);
  mx = select(directed, mx, V(1));
  line_level_set(mx, my, geometry::plane_constant(mx, my, s.a, s.b), size_x, size_y, out);
  if (lane::bits(!directed) != 0) interpolate(s, directed, lane::min(size_x, size_y), out);
  if constexpr (!Widths::equal) {
    residual = select(directed, misfit, V(8)); // over the 3x3 stencil; undirected, every neighbour is off
    if (detail) detail->bend = detail->parabolic = V(0), detail->each([](V& e, int, int) { e = V(0); });
    return directed;
  } else {
    Misses<V> of_line, of_y, of_x;
    const auto kept = [&](Misses<V>& misses) { return detail ? &misses : nullptr; };
    const Parabola<V> py = parabola(s, kept(of_y)), px = parabola(s.transposed(), kept(of_x));
    const V best = lane::min(py.residual, px.residual);
    const V line = select(directed, line_residual(s, mx, my, kept(of_line)), V(no_curve)),
            least = lane::min(line, best);
    residual = select(least < V(no_curve), least, V(12));
    if (detail) {
      detail->bend = detail->parabolic = V(0);
      const auto found = lane::Together<V>::template grid<5, 5>(
          [&](const V& e, const V& d) { return select(directed, e, -d); },
          [&](int j, int i) { return of_line.e[j][i]; }, [&](int j, int i) { return s.d[j][i]; });
      detail->each([&](V& e, int j, int i) { e = found(j, i); });
    }
    if (lane::bits(best < V(no_curve)) == 0) return directed;
    const auto with_line = as_good(line, least); // also where nothing was found
    const auto with_y = as_good(py.residual, least) & (least < V(no_curve)),
               with_x = as_good(px.residual, least) & (least < V(no_curve));
    const auto scale = [](const Parabola<V>& p, V size_along, V size_up) {
      const V gx = p.slope / size_along, gy = V(1) / size_up;
      return p.up / lane::sqrt(gx * gx + gy * gy);
    };
    const auto one = [](auto mask) { return select(mask, V(1), V(0)); };
    const V mean = V(1) / (one(with_line) + (one(with_y) + one(with_x)));
    const V scale_y = scale(py, size_x, size_y), scale_x = scale(px, size_y, size_x);
    if (detail) {
      const auto of = [](auto with, V value) { return select(with, value, V(0)); };
      const auto blend = lane::Together<V>::template grid<5, 5>(
          [&](const V& e, const V& y, const V& x) {
            return mean * (of(with_line, e) + (of(with_y, y) + of(with_x, x)));
          },
          [&](int j, int i) { return detail->misses.e[j][i]; }, [&](int j, int i) { return of_y.e[j][i]; },
          [&](int j, int i) { return of_x.e[i][j]; });
      detail->bend = mean * (of(with_y, py.up * py.bend) + of(with_x, px.up * px.bend));
      detail->parabolic = mean * (one(with_y) + one(with_x));
      detail->each([&](V& e, int j, int i) { e = blend(j, i); });
    }
    const auto distance = [](const Parabola<V>& p, double along, double up) {
      return (p.start + (p.slope * V(along) + p.bend * V(along * along))) - V(up);
    };
    for (int l = 0; l <= K; ++l)
      for (int k = 0; k <= K; ++k) {
        const double x = double(2 * k - K) / (2 * K), y = double(2 * l - K) / (2 * K);
        V& phi = out.phi[l * (K + 1) + k];
        phi = mean * (select(with_line, phi, V(0)) + (select(with_y, scale_y * distance(py, x, y), V(0)) +
                                                      select(with_x, scale_x * distance(px, y, x), V(0))));
      }
    return directed & with_line & !(with_x | with_y);
  }
}

/// With which a curve enters the average of its nodes.
template <class V> V weight_of(V residual) {
  constexpr double resolved = 3e-4; // below this residual all curves are as good
  return V(1) / lane::sqrt(V(resolved) + residual);
}

} // namespace mirhydro::plic::inline MIRHYDRO_ISA
