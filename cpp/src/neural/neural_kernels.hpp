#pragma once
#include "neural/net_block.hpp"

namespace mirhydro::neural {

/// What surrounds the net, over blocks of cells, compiled once per instruction set. Level sets stand as in
/// plic::LevelKernels, and `cells` is meant as there.
struct NeuralKernels {
  /// Base curves without their volumes, the weights with which they are averaged, and what the net reads.
  void (*features)(const plic::WideBlock& block, bool stretched, int cells, double* nodes, double* weight,
                   NetBlock& net);
  /// Adds what the net says, turned back, to the curves, and gives them their volumes to about a thousandth of a cell.
  /// Where an answer is no number the curve is left as it is. Returns which cells those are.
  std::uint64_t (*correct)(const NetBlock& net, const double* a, const double* b, int cells, double* nodes,
                           double* weight);
};

/// For K = 2, 3 or 4.
const NeuralKernels& neural_kernels(int K);

} // namespace mirhydro::neural
