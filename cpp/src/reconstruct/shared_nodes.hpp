#pragma once
#include <array>

#include <mirhydro/reconstructor.hpp>

#include "reconstruct/mesh.hpp"
#include "reconstruct/regions.hpp"
#include "reconstruct/threads.hpp"

namespace mirhydro::reconstruct {

/// Adds to each level set what gives it its volume; cells of several materials settle theirs. Allocates nothing once
/// warm. What no constant can give is noted as excess. Cost: see geometry/level_set.hpp.
void match_volumes(Regions& regions, const Threads* threads, Stats& stats);

/// The same for one block of rows, whose level sets of two materials stand at `nodes`.
void match_block(Regions& regions, std::size_t block, double* nodes, Stats& stats);

/// Nodes on faces and corners take the mean of what the mixed cells around them say of the same material. Summed over
/// diagonal pairs, so that no symmetry moves a bit. Volumes are then matched where `matched` is given.
void average_nodes(const Mesh& mesh, const std::array<Boundary, 4>& boundary, Regions& regions, const Threads* threads,
                   Stats* matched = nullptr);

/// Drops the cells that were reconstructed for their neighbours' sake only: outside `where`, or within `rim` layers of
/// the edge of the array.
void keep_asked(View<const bool, 2> where, std::ptrdiff_t rim, Mesh& mesh, Regions& regions);

} // namespace mirhydro::reconstruct
