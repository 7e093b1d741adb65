#pragma once
#include <algorithm>
#include <vector>

namespace mirhydro::geometry {

/// The same sum to the bit whatever the order of the terms, which it sorts: no numbering of the materials changes it.
inline double ascending_sum(std::vector<double>& terms) {
  std::sort(terms.begin(), terms.end());
  double sum = 0;
  for (const double term : terms) sum += term;
  return sum;
}

} // namespace mirhydro::geometry
