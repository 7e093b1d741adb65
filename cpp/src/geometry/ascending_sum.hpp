#pragma once
#include <algorithm>
#include <vector>

namespace mirhydro::geometry {

/// The same sum to the bit whatever the order of the terms, which it may sort: no numbering of the materials changes
/// it.
inline double ascending_sum(std::vector<double>& terms) {
  if (terms.size() == 2) return terms[0] + terms[1];
  if (terms.size() == 3) { // the common case, without a sort
    const double low = std::min(terms[0], terms[1]), high = std::max(terms[0], terms[1]), last = terms[2];
    return (std::min(low, last) + std::max(low, std::min(high, last))) + std::max(high, last);
  }
  std::sort(terms.begin(), terms.end());
  double sum = 0;
  for (const double term : terms) sum += term;
  return sum;
}

} // namespace mirhydro::geometry
