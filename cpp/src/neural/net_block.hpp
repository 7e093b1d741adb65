#pragma once
#include <cstdint>

#include "plic/level_kernels.hpp"

namespace mirhydro::neural {

inline constexpr int feature_count = 55, most_outputs = 26; // 5 x 5 nodes and a weight

/// What a net reads and says of up to `block` mixed cells, and how the answers are put back in place.
struct alignas(64) NetBlock {
  float in[feature_count][plic::block];
  float out[most_outputs][plic::block]; ///< corrections of the nodes in units of rho, row by row, then the weight's
  /// How each cell was turned into standard orientation, see Turn; the materials' sign last.
  double turn[4][plic::block];
  double voice[plic::block];             ///< how much the net is heard, from 0 to 1
  double reach[plic::block];             ///< rho in the lengths of the level set, times the voice
  double base_weight[plic::block];       ///< what the base curve alone would be averaged with
  std::uint64_t tied;                    ///< cells whose orientation took a search: bit k
  std::uint16_t symmetries[plic::block]; ///< of those, the turns that leave what the net reads, but for round-off
};

/// Standard orientation of the tied cells: the largest of their sixteen images, number by number, first without what
/// may be round-off and then with it.
void settle_ties(NetBlock& block);
/// The mean of what the net says over the symmetries of each tied cell.
void symmetrise(int K, NetBlock& block);

} // namespace mirhydro::neural
