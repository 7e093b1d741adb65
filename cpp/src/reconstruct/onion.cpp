#include "reconstruct/onion.hpp"

#include <algorithm>

namespace mirhydro::reconstruct {

namespace {

struct Vector {
  double x, y;
};

double square(const Vector& v) { return v.x * v.x + v.y * v.y; }

/// Youngs' gradient, summed so that mirrors and transpositions keep every bit.
Vector gradient(const std::array<double, 9>& f) {
  const auto column = [&](std::size_t i) { return (f[i] + f[6 + i]) + 2 * f[3 + i]; };
  const auto row = [&](std::size_t j) { return (f[3 * j] + f[3 * j + 2]) + 2 * f[3 * j + 1]; };
  return {column(2) - column(0), row(2) - row(0)};
}

Vector centroid(const std::array<double, 9>& f) {
  const auto column = [&](std::size_t i) { return (f[i] + f[6 + i]) + f[3 + i]; };
  const auto row = [&](std::size_t j) { return (f[3 * j] + f[3 * j + 2]) + f[3 * j + 1]; };
  const double all = ((f[0] + f[8]) + (f[2] + f[6])) + ((f[1] + f[7]) + (f[3] + f[5])) + f[4];
  return {(column(2) - column(0)) / all, (row(2) - row(0)) / all};
}

} // namespace

std::size_t steepest_interface(const std::vector<Layer>& layers) {
  std::size_t best = 1;
  double steepest = -1;
  for (std::size_t q = 1; q < layers.size(); ++q) {
    Vector below{0, 0}, above{0, 0};
    for (std::size_t k = 0; k < q; ++k) {
      const Vector g = gradient(layers[k].near);
      below.x += g.x, below.y += g.y;
    }
    for (std::size_t k = layers.size(); k-- > q;) {
      const Vector g = gradient(layers[k].near);
      above.x += g.x, above.y += g.y;
    }
    const double size = square({below.x - above.x, below.y - above.y});
    if (size > steepest) steepest = size, best = q;
  }
  return best;
}

std::size_t sort_layers(std::vector<Layer>& layers) {
  const auto steeper = [](const Layer& p, const Layer& q) {
    const double sp = square(gradient(p.near)), sq = square(gradient(q.near));
    return sp != sq ? sp < sq : p.vf < q.vf;
  };
  const Vector g = gradient(std::max_element(layers.begin(), layers.end(), steeper)->near);
  const auto position = [&](const Layer& layer) {
    const Vector c = centroid(layer.near);
    return -(c.x * g.x + c.y * g.y);
  };
  std::sort(layers.begin(), layers.end(), [&](const Layer& p, const Layer& q) {
    const double pp = position(p), pq = position(q);
    return pp != pq           ? pp < pq
           : p.vf != q.vf     ? p.vf < q.vf
           : p.near != q.near ? p.near < q.near
                              : p.material < q.material;
  });
  return steepest_interface(layers);
}

} // namespace mirhydro::reconstruct
