#pragma once
#include <cstdint>
#include <vector>

#include <mirhydro/reconstructor.hpp>
// What training asks of the core: hosts have no use for it.

namespace mirhydro {

/// What a stencil net reads of every mixed cell of a field, for training; structures of n cells, one after the other.
/// docs/method.md explains the parts.
struct NetInputs {
  static constexpr int count = 55;
  std::vector<std::int32_t> cells;   ///< (n, 2) j, i
  std::vector<float> features;       ///< (n, count), in standard orientation
  std::vector<std::int8_t> turns;    ///< (n, 4) mirrored in x, in y, transposed, materials exchanged: -1, else 1
  std::vector<double> nodes, weight; ///< (n, (K+1)^2) base curves without their volumes, (n) their weights
  std::vector<float>
      tiles; ///< (n, 64) signed fractions of an autoencoder's tiles, in the same orientation, if asked for
  std::vector<double> voice,
      reach; ///< (n) how much a net is heard, from 0 to 1; what its corrections are multiplied by
};

/// @param vf       (ny, nx) fractions of one material
/// @param options  nodes (2, 3 or 4), boundary, spacing and eps are read
/// @param tiles    whether the tiles of an autoencoder are wanted too; ties of orientation are then settled by them
/// @throws Error(Status::bad_argument) as Reconstructor
MIRHYDRO_PUBLIC NetInputs net_inputs(View<const double, 2> vf, const Options& options, bool tiles = false);

/// The constants that give level sets their volumes, to round-off; or, `coarse`, to about a thousandth of a cell, as
/// they are before nodes are shared.
/// @param nodes  (n, (K+1)^2) level sets of cells, row by row from the south-west, positive inside; K is 1, 2, 3, 4 or
/// 8
/// @param vf     (n) fractions wanted, in [0, 1]
/// @param out    (n)
/// @throws Error(Status::bad_argument) where extents do not fit
MIRHYDRO_PUBLIC void level_set_offsets(View<const double, 2> nodes, View<const double, 1> vf, View<double, 1> out,
                                       bool coarse = false);

} // namespace mirhydro
