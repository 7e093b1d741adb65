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
/// Gauss-Kronrod pairs (7, 15) between the abscissae where something crosses the cell's sides. Where neighbouring
/// columns meet different outlines, or in a different order, there is a tangent or a crossing between them, and the
/// gap is cut out and searched; where the pair differs by more than 1e-13 of the cell, or the lengths next to the ends
/// do not continue those at the nodes, there is a kink, and the interval is halved. Both cost columns, no accuracy.
/// Cost: about 700 evaluations of f in a cell with one smooth interface, 1e4 to 1e5 at a tangent or kink.
/// Source: Saye, SIAM J. Sci. Comput. 37 (2015) A993, for columns along the steepest axis; QUADPACK (Piessens et al.,
/// 1983).
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
  /// Returns a number for the sequence of outlines that the column meets.
  std::uint64_t add_lengths(const Cell& cell, double s, const Round& round, std::size_t column, double* length) const;
  /// Adds the interval's areas, or appends the parts it has to be cut into.
  void settle(const Interval& interval, const Round& round, std::size_t column, std::vector<Interval>& parts);

  const Layers& layers_;
  const std::vector<std::unique_ptr<MeshOutline>>& outlines_;
  Mesh mesh_;
  std::size_t materials_;
  std::vector<Cell> cells_;
};

} // namespace mirhydro::outline
