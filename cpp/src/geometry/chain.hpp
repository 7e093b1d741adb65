#pragma once
#include <cstddef>
#include <vector>

#include "geometry/polygon.hpp"

namespace mirhydro::geometry {

/// A directed piece of interface inside the cell (j, i), in index space, with the materials on its left and right.
struct Piece {
  Point from, to;
  std::ptrdiff_t j, i;
  int below, above;
};

struct Chain {
  std::vector<Point> points; ///< a closed chain repeats its first point
  int below, above;
};

/// Joins pieces that meet at a face or a corner into chains. Where the two sides disagree on the place, the chain goes
/// through the middle; where several pieces of one pair of materials meet, as many as possible are joined, the shortest
/// way. Cost: O(n log n).
std::vector<Chain> chains(const std::vector<Piece>& pieces);

} // namespace mirhydro::geometry
