#pragma once
#include <cstddef>

#include <mirhydro/reconstructor.hpp>

namespace mirhydro::geometry {

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

} // namespace mirhydro::geometry
