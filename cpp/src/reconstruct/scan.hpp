#pragma once
#include "reconstruct/field.hpp"
#include "reconstruct/mesh.hpp"

namespace mirhydro::reconstruct {

/// What one row of cells held.
struct RowCount {
  std::ptrdiff_t rows = 0;   ///< mixed cells to reconstruct
  std::ptrdiff_t folded = 0; ///< pure cells whose fractions are off by round-off
};

struct ScanRules {
  double eps, tolerance;
  std::ptrdiff_t rim; ///< layers at the edge of the array that are not reconstructed
  View<const bool, 2> where;
};

/// Reads row j of every material once: checks the fractions, finds mixed cells and owners.
/// @throws Error naming the first bad value of the row
template <class T> RowCount scan_row(const Field<T>& field, const ScanRules& rules, std::ptrdiff_t j, Mesh& mesh);

} // namespace mirhydro::reconstruct
