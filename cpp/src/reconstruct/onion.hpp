#pragma once
#include <array>
#include <cstddef>
#include <vector>

namespace mirhydro::reconstruct {

/// One material of a cell with its 3x3 neighbourhood.
struct Layer {
  int material;
  double vf;                  ///< in the cell itself
  std::array<double, 9> near; ///< over the stencil, row by row
};

/// Puts the materials of a cell in the order in which parallel lines separate them, and says after how many of them the
/// interface lies that gives the lines their direction. The order follows the centroids of the materials in the stencil
/// along the steepest gradient: it does not depend on how the materials are numbered (only materials whose
/// neighbourhoods are equal to the last bit keep the order of their numbers).
std::size_t sort_layers(std::vector<Layer>& layers);

/// The number of layers before the interface with the steepest gradient, for an order that is given.
std::size_t steepest_interface(const std::vector<Layer>& layers);

} // namespace mirhydro::reconstruct
