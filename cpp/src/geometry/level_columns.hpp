#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "geometry/layers.hpp"
#include "geometry/level_roots.hpp"

namespace mirhydro::outline {

/// Areas in the cells that an implicit shape cuts, many cells at a time.
/// Method: the cell is cut into columns along the direction in which f changes fastest; in a column the roots of f and
/// the heights of the other outlines give the exact length of every material, and the lengths are integrated by
/// Gauss-Kronrod pairs (7, 15) between the abscissae where something crosses the cell's sides. An interval is halved
/// until the pair agrees to 1e-13 of the cell, so kinks and tangent columns cost halvings and no accuracy.
/// Cost: about 400 evaluations of f in a cell with one smooth interface, up to 1e5 at a kink.
/// Source: Saye, SIAM J. Sci. Comput. 37 (2015) A993, for columns along the steepest axis; QUADPACK (Piessens et al., 1983).
class LevelColumns {
public:
  LevelColumns(const Layers& layers, const std::vector<std::unique_ptr<MeshOutline>>& outlines, const Mesh& mesh);

  bool concerns(const CellStack& stack) const;
  void add(const CellStack& stack, int j, int i);
  bool full() const { return cells_.size() >= 1024; }
  /// Calls write(j, i) for each cell added, with its areas in `area`.
  void solve(std::vector<double>& area, const std::function<void(int, int)>& write);

private:
  struct Cell {
    CellStack stack;
    int j, i;
    Frame frame;
    std::vector<LocalOutline> local; ///< of stack.outlines; level sets are empty
    std::vector<double> area;
    int intervals = 0;
  };
  struct Interval {
    std::size_t cell;
    double low, high;
  };
  /// The columns of one round: column c of outline k has the roots of segment rows[k][c], when that is >= 0.
  struct Round {
    std::vector<LevelRoots> roots;
    std::vector<std::vector<std::ptrdiff_t>> rows;
  };

  const LevelSet* level_set(int outline) const { return outlines_[std::size_t(outline)]->level_set(); }
  void choose_frames();
  std::vector<Interval> first_intervals();
  Round cut_columns(const std::vector<Interval>& intervals) const;
  void add_lengths(const Cell& cell, double s, const Round& round, std::size_t column, double* length) const;
  /// Adds the interval's areas, or appends its halves.
  void settle(const Interval& interval, const Round& round, std::size_t column, std::vector<Interval>& halves);

  const Layers& layers_;
  const std::vector<std::unique_ptr<MeshOutline>>& outlines_;
  Mesh mesh_;
  std::size_t materials_;
  std::vector<Cell> cells_;
};

} // namespace mirhydro::outline
