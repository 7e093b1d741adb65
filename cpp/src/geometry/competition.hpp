#pragma once
#include <cstddef>
#include <vector>

#include "geometry/envelope.hpp"

namespace mirhydro::geometry {

/// A cell of several materials, each with a level set on (K+1) x (K+1) nodes: a material owns the points where its own
/// is the largest. phi[m * nodes + node], the nodes row by row. No numbering of the materials and no symmetry of the
/// cell changes a bit. Cost: microseconds a cell, for the few cells that have three materials and more. Its scratch
/// lives on: one per thread.
class Competition {
public:
  Competition& of(int K, std::size_t n) {
    K_ = K, n_ = n, linear_ = false;
    return *this;
  }
  /// K = 1, and each level set linear in the whole cell, as its four corners must show: a quarter of the cost.
  Competition& of_linear(std::size_t n) {
    K_ = 1, n_ = n, linear_ = true;
    return *this;
  }
  std::size_t nodes() const { return std::size_t((K_ + 1) * (K_ + 1)); }

  /// Area of each material in the cell.
  void areas(const double* phi, double* area) { evaluate(phi, area, nullptr); }
  /// Area of each in the slab of the given width at the low or the high end of x (y).
  void slab(const double* phi, bool along_y, bool high, double width, double* area);
  /// Adds to each level set a constant, so that every material has its area: damped Newton on the concave function
  /// whose gradient the areas are (Kitagawa, Merigot & Thibert, J. Eur. Math. Soc. 21 (2019) 2603); coordinate steps,
  /// averaged, where a material has no area to begin with. What no constants reach (level sets that differ by a
  /// constant only) is left. Stops when no area is further off than the tolerance. Returns the rounds it took.
  int settle(double* phi, const double* vf, double tolerance = 4e-16);
  /// Of level sets that are linear: how fast m gains from k as m is raised, (n, n), and as it is tilted, (n, n, 2),
  /// about the cell's centre in units of its sides.
  void derivatives(const double* phi, double* rates, double* moments) {
    area_.resize(n_);
    evaluate_linear(phi, area_.data(), rates, moments);
  }
  /// The raises that undo small changes of the areas, at these rates; of opposite changes opposite ones, to the bit.
  void undo(const double* rates, const double* change, double* raises);
  /// The areas with which it ended.
  const std::vector<double>& settled() const { return area_; }

private:
  void evaluate(const double* phi, double* area, double* rates);
  void evaluate_linear(const double* phi, double* area, double* rates, double* moments = nullptr);
  void strip(const double* phi, bool along_y, bool high, int j, int i, double width, double* area);
  double misfit(const double* area, const double* vf, bool& all_present) const;
  void raise(const double* phi, const double* by, double share, double* out) const;
  void newton(const double* area, const double* vf);
  void coordinates(const double* phi, const double* vf, bool all_present);
  double alone(const double* phi, std::size_t m, double vf);

  int K_ = 1;
  std::size_t n_ = 0;
  bool linear_ = false;
  Envelope<3> triangle_;
  Envelope<4> square_;
  std::vector<double> corners_, shares_, triangle_rates_, rates_, area_, trial_area_, trial_, step_, terms_, strips_;
  std::vector<double> residual_, direction_, image_;
};

} // namespace mirhydro::geometry
