#pragma once
#include <algorithm>
#include <cstddef>
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

/// A sum of signed terms, which it sorts: neither their order nor a change of all signs moves it by a bit.
template <class T> T paired_sum(T* terms, std::size_t count) {
  if (count == 2) return terms[0] + terms[1];
  if (count == 3) {
    const T low = std::min(terms[0], terms[1]), high = std::max(terms[0], terms[1]), last = terms[2];
    return (std::min(low, last) + std::max(high, last)) + std::max(low, std::min(high, last));
  }
  std::sort(terms, terms + count);
  T sum = 0;
  for (std::size_t k = count / 2; k-- > 0;) sum += terms[k] + terms[count - 1 - k];
  return count % 2 == 1 ? sum + terms[count / 2] : sum;
}

} // namespace mirhydro::geometry
