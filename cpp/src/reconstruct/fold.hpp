#pragma once
#include "geometry/ascending_sum.hpp"

namespace mirhydro::reconstruct {

/// Makes two fractions add up to 1: the smaller keeps its share, the larger closes the sum. True where they did not.
inline bool fold(double& a, double& b) {
  const double sum = a + b;
  if (sum == 1) return false;
  double& small = a < b ? a : b;
  double& large = a < b ? b : a;
  const double share = small / sum;
  large = a == b ? share : 1 - share;
  small = share;
  return true;
}

using geometry::ascending_sum;

} // namespace mirhydro::reconstruct
