#include "geometry/local_curve.hpp"

namespace mirhydro::outline {

bool LocalOutline::inside(double s, double t) const {
  if (!is_polygon) return curves.front().value(s, t) < 0;
  bool odd = false;
  for (const Edge& edge : edges) {
    if ((edge.t0 <= t) == (edge.t1 <= t)) continue;
    if (edge.curve < 0 || (curves[std::size_t(edge.curve)].value(s, t) < 0) == (edge.t1 > edge.t0)) odd = !odd;
  }
  return odd;
}

double LocalOutline::distance(double s, double t) const {
  double least = 1e300;
  for (const Curve& curve : curves) least = std::min(least, std::abs(curve.value(s, t)) / curve.slope());
  return least;
}

void LocalOutline::add_arcs(int index, double low, double high) {
  const Curve& curve = curves[std::size_t(index)];
  std::array<double, 7> cuts{};
  std::size_t n = 0;
  const auto cut = [&](double s) { // kept in order
    if (!(s > low && s < high)) return;
    std::size_t k = n++;
    for (; k > 0 && cuts[k - 1] > s; --k) cuts[k] = cuts[k - 1];
    cuts[k] = s;
  };
  if (curve.is_line) {
    if (std::abs(curve.c1) > 1e-30) {
      cut(-curve.c0 / curve.c1);
      cut(-(curve.c0 + curve.c2) / curve.c1);
    }
  } else {
    cut(.5 * (curve.s_min + curve.s_max)); // quarter turns at most: their ends are well conditioned
    for (const double t : {0.0, 1.0})
      if (curve.t_min < t && t < curve.t_max) {
        cut(curve.abscissa(t, false));
        cut(curve.abscissa(t, true));
      }
  }
  double from = low;
  for (std::size_t k = 0; k <= n; ++k) {
    const double to = k < n ? cuts[k] : high;
    for (const bool upper : {false, true}) {
      if (curve.is_line && upper) continue;
      const double middle = curve.height(.5 * (from + to), upper);
      if (to > from && middle >= 0 && middle <= 1) arcs.push_back({from, to, index, upper});
    }
    stations.push_back(from);
    stations.push_back(to);
    from = to;
  }
}

} // namespace mirhydro::outline
