#pragma once
#include <cstddef>

#include <mirhydro/reconstructor.hpp>
#include <mirhydro/view.hpp>

#include "geometry/boundary.hpp"

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

using geometry::inside;

} // namespace mirhydro::reconstruct
