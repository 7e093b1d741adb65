#pragma once
#include <vector>

#include "geometry/layers.hpp"

namespace mirhydro::outline {

/// Abscissae between which no two arcs of the outlines cross, none ends and none leaves the unit square: sorted, from 0
/// to 1.
std::vector<double> stations(const std::vector<LocalOutline>& outlines);

/// Area of each material in the unit square, added to area[material]; outlines[k] is stack.outlines[k] in the cell.
/// Method: between stations the arcs lie one above the other, so the square falls apart into trapezoids with two
/// curved sides, each of one material (told by a point inside) and of known area: trapezoid and circular segments.
/// Nothing has to be traced from crossing to crossing, and a wrong decision in a degenerate place costs the area of
/// a sliver. Cost: O(k^2) for k arcs, one or two microseconds for one arc.
void add_areas(const Layers& layers, const CellStack& stack, const std::vector<LocalOutline>& outlines,
               std::vector<double>& area);

/// Makes the areas volume fractions: in [0, 1], and the largest closes the sum.
void close_sum(std::vector<double>& area);

} // namespace mirhydro::outline
