#pragma once
#include <cstddef>

#include "plic/kernels.hpp"

namespace mirhydro::plic {

/// What a level-set method reads of up to `block` mixed cells.
struct alignas(64) WideBlock {
  double d[25][block]; ///< (fraction of a) - (fraction of b) over the 5x5 stencil
  double a[block], b[block];
  double size_x[block], size_y[block];         ///< the cell's widths: the level set is a distance
  double width_x[2][block], width_y[2][block]; ///< those of its neighbours in units of its own
};

/// Inner loops over blocks of cells for one K, compiled once per instruction set. Level sets stand node by node,
/// `block` cells a node, positive in a; rows past the last cell hold harmless values.
struct LevelKernels {
  int K;
  /// Base curves of ppic, their volumes right to about a thousandth of a cell, and the weights with which they are
  /// averaged.
  void (*curves)(const WideBlock& block, bool stretched, double* nodes, double* weight);
  /// Lines as level sets.
  void (*lines)(const ConstLines& lines, const double* size_x, const double* size_y, double* nodes);
  /// Adds to each level set the constant that gives a and b their areas. misfit: by how much a has more all the same,
  /// beyond round-off where the level set is flat. Returns the most rounds that a cell took.
  int (*match)(double* nodes, const double* a, const double* b, double* misfit);
  /// Areas of a and b.
  void (*areas)(const double* nodes, double* out_a, double* out_b);
  /// As Kernels::slabs, along x or y. Of what a holds beyond its fraction, `excess`, every point of it gives b a share;
  /// a negative excess is b's.
  void (*slabs)(const double* nodes, bool along_y, const double* a, const double* b, const double* excess,
                const double* low, const double* high, double (*out)[block]);
};

/// For K = 1, 2, 3, 4 or 8.
const LevelKernels& level_kernels(int K);

} // namespace mirhydro::plic
