#pragma once
// Fields of volume fractions for the C++ tests: one array, its view, centroids for moment-of-fluid.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include <mirhydro/mirhydro.hpp>

namespace fields {

/// All of them; `autoencoder` by its smallest net: without fused multiply-adds the usual one takes 2 ms a cell.
inline std::vector<std::string> methods() {
  std::vector<std::string> all = mirhydro::methods();
  std::replace(all.begin(), all.end(), std::string("autoencoder"), std::string("autoencoder-shrunk"));
  return all;
}

using Random = std::mt19937_64;
inline double uniform(Random& random, double low = 0, double high = 1) {
  return low + (high - low) * std::uniform_real_distribution<double>()(random);
}

struct Field {
  std::ptrdiff_t nmat, ny, nx;
  std::vector<double> vf, centroids;

  Field(std::ptrdiff_t nmat_, std::ptrdiff_t ny_, std::ptrdiff_t nx_)
      : nmat(nmat_), ny(ny_), nx(nx_), vf(std::size_t(nmat * ny * nx)), centroids(2 * vf.size()) {}
  double& operator()(std::ptrdiff_t m, std::ptrdiff_t j, std::ptrdiff_t i) {
    return vf[std::size_t((m * ny + j) * nx + i)];
  }
  mirhydro::View<const double, 3> view() const { return {vf.data(), {nmat, ny, nx}}; }
  mirhydro::Inputs inputs(const std::string& method) const {
    mirhydro::Inputs more;
    if (method == "mof") more.centroids = {centroids.data(), {nmat, ny, nx, 2}};
    return more;
  }
  /// Centroids of a stack of layers: right for any fractions.
  void stack() {
    for (std::ptrdiff_t j = 0; j < ny; ++j)
      for (std::ptrdiff_t i = 0; i < nx; ++i) {
        double below = 0;
        for (std::ptrdiff_t m = 0; m < nmat; ++m) {
          const auto at = 2 * std::size_t((m * ny + j) * nx + i);
          const double f = (*this)(m, j, i), middle = std::clamp(below + f / 2, 0., 1.);
          const bool aside = (i + j) % 2 == 0;
          centroids[at] = aside ? middle : .5, centroids[at + 1] = aside ? .5 : middle;
          below += f;
        }
      }
  }
};

/// Fractions that no method may stumble over, every cell of its own kind: noise, about eps, 1 - eps and 1/2, quarters,
/// pure.
inline double fraction(Random& random) {
  switch (random() % 9) {
  case 0: return std::pow(10., uniform(random, -14, -1));
  case 1: return 1 - std::pow(10., uniform(random, -14, -1));
  case 2: return .5 + uniform(random, -1e-13, 1e-13);
  case 3: return double(random() % 5) / 4;
  case 4: return random() % 2 == 0 ? 0 : 1;
  case 5: return std::pow(10., uniform(random, -323, -13)); // round-off, but the neighbours' stencils see it
  default: return uniform(random);
  }
}

inline Field random_field(Random& random, std::ptrdiff_t nmat, std::ptrdiff_t ny, std::ptrdiff_t nx) {
  Field f(nmat, ny, nx);
  for (std::ptrdiff_t j = 0; j < ny; ++j)
    for (std::ptrdiff_t i = 0; i < nx; ++i) {
      double left = 1;
      for (std::ptrdiff_t m = 0; m + 1 < nmat; ++m) {
        f(m, j, i) = left * fraction(random);
        left -= f(m, j, i);
      }
      f(nmat - 1, j, i) = std::max(left, 0.);
    }
  f.stack();
  return f;
}

/// Displacements that leave every cell at least what it has.
inline std::vector<double> random_displacement(Random& random, std::ptrdiff_t rows, std::ptrdiff_t columns,
                                               bool along_y) {
  std::vector<double> d(std::size_t(rows * columns));
  for (double& v : d) {
    const double scale[] = {0, 1e-300, 1e-13, .3, 1};
    v = uniform(random, -1, 1) * scale[random() % 5];
  }
  const std::ptrdiff_t step = along_y ? columns : 1;
  for (std::ptrdiff_t j = 0; j < rows; ++j)
    for (std::ptrdiff_t i = 0; i < columns; ++i) {
      const auto k = std::size_t(j * columns + i);
      if ((along_y ? j : i) == 0) continue;
      const double low = std::max(-d[k - std::size_t(step)], 0.);
      if (d[k] > 0 && low + d[k] > 1) d[k] = .999 * (1 - low);
    }
  return d;
}

} // namespace fields
