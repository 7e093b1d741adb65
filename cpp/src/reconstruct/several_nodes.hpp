#pragma once
#include <cstddef>
#include <vector>

#include "reconstruct/neighbours.hpp"
#include "reconstruct/regions.hpp"

namespace mirhydro::reconstruct {

/// What the cells around say of the nodes of a row where more than two materials are in it or beside it. Only
/// differences count: what a neighbour says of the materials that it has in common is shifted to where this cell's own
/// stand on average, and scaled to part as steeply; of one alone it says nothing. Its scratch lives on: one per thread.
class SeveralNodes {
public:
  /// Sets the nodes of a row from the level sets of all rows, `own` and `own_skins`: as Regions has them.
  void average(Regions& regions, Neighbours& near, const std::vector<double>& own, const std::vector<double>& own_skins,
               std::size_t row);

private:
  struct Word { ///< a cell's level set of a material
    const double* phi;
    std::size_t stride;
    bool minus;
    double operator()(std::size_t node) const { return minus ? -phi[node * stride] : phi[node * stride]; }
  };
  struct Field {
    const Regions& regions;
    const std::vector<double>&own, &own_skins;
    Word of(std::size_t row, int material) const;
  };

  void hear(const Field& field, std::size_t row, std::size_t other, int dj, int di);
  double spread(const std::vector<Word>& words, int K);
  bool talked_out_of(const double* own, const double* mean, int K);
  double symmetric(const std::vector<double>& terms);
  double* sums(std::size_t node, std::size_t q) { return &sums_[8 * (node * material_.size() + q)]; }

  std::vector<int> material_;
  std::vector<std::size_t> common_; ///< of material_, which a neighbour has too
  std::vector<Word> mine_, theirs_; ///< level sets of those
  std::vector<double> sums_;        ///< at each node, of each material: four terms, four weights
  std::vector<double> terms_, of_mine_, of_theirs_, gradient_x_, gradient_y_;
};

} // namespace mirhydro::reconstruct
