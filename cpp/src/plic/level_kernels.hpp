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

/// What the cells around say of the nodes on the rim of up to `block` cells.
struct alignas(64) Around {
  double weight[9][block];  ///< of the 3x3 cells, row by row; 0 where there is none
  double side[4][7][block]; ///< south, north, west, east: of a side's K - 1 inner nodes
  double corner[4][3]
               [block]; ///< south-west, south-east, north-west, north-east: what is said opposite, along y, along x
};

/// An area that is off by more is not round-off: the level set is flat there. What is off by less is shared all the
/// same, where it is more than an ulp or two: a level set that is nearly flat cannot be cut more finely.
inline constexpr double flat = 1e-12, fine = 4e-16;

/// Inner loops over blocks of cells for one K, compiled once per instruction set. Level sets stand node by node,
/// `block` cells a node, positive in a; rows past the last cell hold harmless values. `cells`: only these first ones
/// are done, a number of whole groups.
struct LevelKernels {
  int K;
  /// Base curves of ppic, their volumes right to about a thousandth of a cell, and the weights with which they are
  /// averaged.
  void (*curves)(const WideBlock& block, bool stretched, int cells, double* nodes, double* weight);
  /// Lines as level sets.
  void (*lines)(const ConstLines& lines, const double* size_x, const double* size_y, double* nodes);
  /// Adds to each level set a constant that gives a and b their areas to about a thousandth of a cell.
  void (*place)(double* nodes, const double* a, const double* b);
  /// Nodes on the rim take the mean of what the cells around them say. Opposite cells are added first, so that no
  /// symmetry moves a bit.
  void (*average)(const double* own, const Around& around, int cells, double* nodes);
  /// Adds to each level set the constant that gives a and b their areas. misfit: by how much a has more all the same,
  /// beyond round-off where the level set is flat. Returns the most rounds that a cell took.
  int (*match)(double* nodes, const double* a, const double* b, int cells, double* misfit);
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
