#pragma once
#include <ATen/core/Tensor.h>

namespace mirhydro::engine::torch_engine {

/// Cells whose orientation the signs of fractions and gradients leave open, or all but: as neural/orientation.cpp, on a
/// device.
struct Ties {
  at::Tensor rows;       ///< (m) which cells
  at::Tensor symmetries; ///< (m, 16) the turns that leave what the net reads, but for round-off
};

/// Turns tied cells to the largest of their sixteen images: writes `features` (n, 55) and `codes` (n), the turn of each
/// cell in bits (neural/turns.hpp).
Ties settle_ties(const at::Tensor& tied, at::Tensor& features, at::Tensor& codes);

/// The mean of what the net says of tied cells over their symmetries, in place: `said` (n, outputs).
void symmetrise(const Ties& ties, int K, at::Tensor& said);

} // namespace mirhydro::engine::torch_engine
