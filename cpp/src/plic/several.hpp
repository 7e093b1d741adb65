#pragma once
#include <cstddef>
#include <vector>

#include "geometry/competition.hpp"
#include "plic/stencil.hpp"

namespace mirhydro::plic {

/// A cell of three and more materials with its 3x3 neighbourhood.
struct Neighbourhood {
  std::size_t n = 0;        ///< materials present in the cell
  std::vector<double> near; ///< (n, 9) their fractions, row by row
  std::vector<double> vf;   ///< (n) in the cell itself, adding up to 1
  Stretched<double> widths{{1, 1}, {1, 1}};
  double size_x = 1, size_y = 1;
};

/// Linear functions of several materials that compete for a cell, the largest owning a point: parallel layers, points
/// where three and more meet. The candidates are each material's own line, with a gradient of 1 as of a distance; the
/// same without the gradient of one material, which makes it the layer between two others; and the fractions' own
/// gradients. Each is given its volumes and judged, as ELVIRA does, by what it leaves in the neighbours. Candidates
/// that tie are averaged: no numbering and no symmetry changes a bit. Cost: tens of microseconds a cell. Its scratch
/// lives on: one per thread.
class Several {
public:
  /// Sets nodes (n, (K+1)^2) to the level sets of the best candidate; returns its misfit over the 3x3 cells, the sum of
  /// squares over all materials.
  double level_sets(const Neighbourhood& cell, int K, double* nodes);

private:
  struct Function {
    double g0, gx, gy; ///< g0 + gx x + gy y about the cell's centre
  };
  using Candidate = std::vector<Function>;
  struct Rectangle {
    double centre[2], width[2]; ///< in widths of the cell, about its centre
  };

  void own_lines(const Neighbourhood& cell, Candidate& out) const;
  void gradients(const Neighbourhood& cell, Candidate& out) const;
  void settle(const Neighbourhood& cell, Candidate& candidate, double tolerance);
  double judge(const Neighbourhood& cell, Candidate& candidate, double enough);
  double left_by(const Neighbourhood& cell, Candidate& candidate, std::vector<double>& left);
  double refine(const Neighbourhood& cell, Candidate& candidate);
  void slopes(const Neighbourhood& cell, const Candidate& candidate);
  void step(const Neighbourhood& cell, std::size_t n);
  template <class Term> double over_stencil(const Neighbourhood& cell, std::size_t n, const Term& term);
  bool one_owns(std::size_t n);
  double misfit_in(const Neighbourhood& cell, const Candidate& candidate, int dj, int di);
  void keep(double misfit, const Candidate& candidate);
  void fill(std::size_t n_materials, int K, double* nodes);
  static Rectangle place(const Neighbourhood& cell, int dj, int di);
  static void corners(const Candidate& c, const Rectangle& of, double* out);

  geometry::Competition competition_;
  Candidate lines_, layer_, trial_;
  std::vector<Candidate> best_, kept_; ///< those that tie
  std::size_t ties_ = 0;
  double least_ = 0;
  std::vector<double> corners_, area_, terms_, signed_;
  Candidate moved_;
  std::vector<double> left_, left_moved_, along_;         ///< (9, n) each
  std::vector<double> rates_, moments_, raised_, change_; ///< (n, n), (n, n, 2), (2 n, n), (n)
  std::vector<std::vector<double>> slope_;                ///< (2 n) of (9, n): what a gradient's component changes
  std::vector<double> by_, rest_, way_;                   ///< (2 n)
};

} // namespace mirhydro::plic
