#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <mirhydro/reconstructor.hpp>

#include "reconstruct/mesh.hpp"
#include "reconstruct/neighbours.hpp"
#include "reconstruct/regions.hpp"

namespace mirhydro::reconstruct {

/// What the cells around say of the nodes of a block of rows of two materials. Cells of another pair say nothing of
/// these two; rows of more than two, and those beside them, are not done: returns their bits. `own`: level sets of all
/// rows, as Regions::nodes has them; `nodes`: the block's place for what comes out; `one_pair`: there is no other.
std::uint64_t average_pairs(const Regions& regions, Neighbours& near, bool one_pair, const double* own,
                            std::size_t block, double* nodes);

/// Averages and matches blocks of two materials close behind the gather, while the level sets that they read are in
/// cache: the bits of average_nodes, in one pass. What comes out waits until no block to come reads what it replaces.
class Trail {
public:
  Trail(const Mesh& mesh, const std::array<Boundary, 4>& boundary, Regions& regions, Stats& stats);

  /// Rows before `done` have their own level sets; the rows of the mesh up to two above theirs are numbered.
  void follow(std::size_t done);
  /// All rows have.
  void finish();

private:
  void next();
  void put_in_place(std::size_t end);
  double* waiting(std::size_t block) { return &waiting_[block % (waiting_.size() / size_) * size_]; }
  void grow();

  const Mesh& mesh_;
  Neighbours near_;
  Regions& regions_;
  Stats& stats_;
  const std::size_t size_; ///< of the level sets of a block
  std::size_t next_ = 0, placed_ = 0;
  std::vector<double>& waiting_; ///< of the blocks from placed_ to next_
};

} // namespace mirhydro::reconstruct
