#pragma once
#include <cstddef>

#include <mirhydro/reconstructor.hpp>
#include <mirhydro/view.hpp>

namespace mirhydro::reconstruct {

/// The host's fractions in place. Of a field of one material the rest is the second.
template <class T> struct Field {
  View<const T, 3> vf;
  bool rest = false;

  std::ptrdiff_t nmat() const { return rest ? 2 : vf.extent[0]; }
  std::ptrdiff_t ny() const { return vf.extent[1]; }
  std::ptrdiff_t nx() const { return vf.extent[2]; }
  double operator()(std::ptrdiff_t m, std::ptrdiff_t j, std::ptrdiff_t i) const {
    if (rest) return m == 0 ? double(vf(0, j, i)) : 1 - double(vf(0, j, i));
    return double(vf(m, j, i));
  }
};

/// The cell that a boundary rule puts at k, any number of layers outside [0, n).
inline std::ptrdiff_t inside(std::ptrdiff_t k, std::ptrdiff_t n, Boundary low, Boundary high) {
  while (k < 0 || k >= n) {
    const bool below = k < 0;
    switch (below ? low : high) {
    case Boundary::periodic: k += below ? n : -n; break;
    case Boundary::mirror: k = below ? -1 - k : 2 * n - 1 - k; break;
    case Boundary::replicate: k = below ? 0 : n - 1; break;
    }
  }
  return k;
}

} // namespace mirhydro::reconstruct
