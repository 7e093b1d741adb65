#include "plic/several.hpp"

#include <algorithm>
#include <cmath>

#include "geometry/ascending_sum.hpp"
#include "geometry/orbits.hpp"
#include "plic/elvira.hpp"

namespace mirhydro::plic {

namespace {

constexpr double coarse = 1e-4;  ///< candidates need no more to be told apart: the best one is matched later
constexpr double perfect = 1e-7; ///< a misfit that leaves nothing to look for
constexpr std::size_t most_layers = 6, most_judged = 12; ///< materials; a cell of more holds debris, not interfaces

/// The line with the normal (mx, my), if it has one, as a distance in the host's lengths; else 0 everywhere.
template <class Function> Function line(const Neighbourhood& c, std::size_t m, double mx, double my) {
  const double gx = mx / c.size_x, gy = my / c.size_y, slope = std::sqrt(gx * gx + gy * gy);
  if (!(slope > 0)) return {0, 0, 0};
  const double t = geometry::plane_constant(mx, my, c.vf[m], 1 - c.vf[m]);
  return {t / slope, -mx / slope, -my / slope};
}

Stencil<double> against_the_rest(const Neighbourhood& c, std::size_t m) {
  Stencil<double> s;
  for (std::size_t n = 0; n < 9; ++n) s.d[n / 3][n % 3] = 2 * c.near[9 * m + n] - 1;
  s.a = c.vf[m], s.b = 1 - c.vf[m];
  return s;
}

} // namespace

void Several::own_lines(const Neighbourhood& cell, Candidate& out) const {
  out.clear();
  for (std::size_t m = 0; m < cell.n; ++m) {
    double mx, my, misfit;
    elvira_direction(against_the_rest(cell, m), cell.widths, mx, my, misfit);
    geometry::normalise(mx, my, 0., 0.);
    out.push_back(line<Function>(cell, m, mx, my));
  }
}

/// Gradients of the fractions, weights 1 2 1, the steepest scaled to 1: what lies between others is less steep.
void Several::gradients(const Neighbourhood& cell, Candidate& out) const {
  const auto over_x = 2 + (cell.widths.x[0] + cell.widths.x[1]), over_y = 2 + (cell.widths.y[0] + cell.widths.y[1]);
  out.clear();
  double steepest = 0;
  for (std::size_t m = 0; m < cell.n; ++m) {
    const Stencil<double> s = against_the_rest(cell, m);
    const auto column = [&](int i) { return (s.d[0][i] + s.d[2][i]) + 2 * s.d[1][i]; };
    const auto row = [&](int j) { return (s.d[j][0] + s.d[j][2]) + 2 * s.d[j][1]; };
    Function f{0, (column(2) - column(0)) / over_x, (row(2) - row(0)) / over_y};
    const double gx = f.gx / cell.size_x, gy = f.gy / cell.size_y, slope = std::sqrt(gx * gx + gy * gy);
    steepest = std::max(steepest, slope);
    double mx = -f.gx, my = -f.gy;
    geometry::normalise(mx, my, 0., 0.);
    const double size = std::abs(f.gx) + std::abs(f.gy);
    if (size > 0) f.g0 = size * geometry::plane_constant(mx, my, cell.vf[m], 1 - cell.vf[m]);
    out.push_back(f);
  }
  for (Function& f : out)
    if (steepest > 0) f = {f.g0 / steepest, f.gx / steepest, f.gy / steepest};
}

/// Values at the corners sw, se, nw, ne of a rectangle about (x, y), as the level sets of one sub-cell.
void Several::corners(const Candidate& c, double x, double y, double width_x, double width_y, double* out) {
  for (std::size_t m = 0; m < c.size(); ++m)
    for (std::size_t k = 0; k < 4; ++k) {
      const double cx = x + (k % 2 == 0 ? -.5 : .5) * width_x, cy = y + (k / 2 == 0 ? -.5 : .5) * width_y;
      out[4 * m + k] = c[m].g0 + (c[m].gx * cx + c[m].gy * cy);
    }
}

/// Whether one function leads at all corners; then its area is the whole.
bool Several::one_owns(std::size_t n) {
  std::size_t first = 0;
  for (std::size_t m = 1; m < n; ++m)
    if (corners_[4 * m] > corners_[4 * first]) first = m;
  for (std::size_t m = 0; m < n; ++m) {
    area_[m] = m == first ? 1 : 0;
    for (std::size_t k = 0; k < 4 && m != first; ++k)
      if (!(corners_[4 * m + k] < corners_[4 * first + k])) return false;
  }
  return true;
}

double Several::misfit_in(const Neighbourhood& cell, const Candidate& candidate, int dj, int di) {
  const double wx = cell.widths.width_x(di), wy = cell.widths.width_y(dj);
  corners(candidate, .5 * di * (1 + wx), .5 * dj * (1 + wy), wx, wy, corners_.data());
  if (!one_owns(cell.n)) competition_.of(1, cell.n).areas(corners_.data(), area_.data());
  terms_.clear();
  for (std::size_t m = 0; m < cell.n; ++m) {
    const double e = area_[m] - cell.near[9 * m + std::size_t(3 * (dj + 1) + di + 1)];
    terms_.push_back(e * e);
  }
  return wx * wy * geometry::ascending_sum(terms_);
}

/// Gives a candidate about its volumes; returns its misfit over the stencil, or more than `enough` as soon as it is.
double Several::judge(const Neighbourhood& cell, Candidate& candidate, double enough) {
  corners(candidate, 0, 0, 1, 1, corners_.data());
  competition_.of(1, cell.n).settle(corners_.data(), cell.vf.data(), coarse);
  for (std::size_t m = 0; m < cell.n; ++m) {
    const double* c = &corners_[4 * m];
    candidate[m].g0 = .25 * ((c[0] + c[3]) + (c[1] + c[2]));
  }
  constexpr double safe = 1 + 1e-9; // whatever the order of the sum
  double in[9], so_far = 0;
  for (const int n : {1, 3, 5, 7, 0, 2, 6, 8, 4}) { // the nearest say most
    so_far += in[n] = misfit_in(cell, candidate, n / 3 - 1, n % 3 - 1);
    if (so_far > safe * enough) return so_far;
  }
  return geometry::symmetric_sum<double>(3, [&](int j, int i) { return in[3 * j + i]; });
}

void Several::keep(double misfit, const Candidate& candidate) {
  if (ties_ > 0 && misfit > least_) return;
  if (ties_ > 0 && misfit < least_) ties_ = 0;
  least_ = misfit;
  if (best_.size() == ties_) best_.emplace_back();
  best_[ties_++] = candidate;
}

void Several::level_sets(const Neighbourhood& cell, int K, double* nodes) {
  corners_.resize(4 * cell.n), area_.resize(cell.n);
  ties_ = 0;
  if (cell.n > most_judged) {
    gradients(cell, trial_);
    keep(0, trial_);
    return fill(cell.n, K, nodes);
  }
  own_lines(cell, lines_);
  const auto consider = [&](const Candidate& candidate) {
    trial_ = candidate;
    const double misfit = judge(cell, trial_, ties_ > 0 ? least_ : HUGE_VAL);
    keep(misfit, trial_);
  };
  consider(lines_);
  const double lines_misfit = least_; // so that all layers are considered, or none
  for (std::size_t without = 0; without < cell.n && cell.n <= most_layers && lines_misfit > perfect; ++without) {
    if (lines_[without].gx == 0 && lines_[without].gy == 0) continue;
    layer_ = lines_;
    layer_[without] = {0, 0, 0};
    consider(layer_);
  }
  if (least_ > perfect) {
    gradients(cell, layer_);
    consider(layer_);
  }
  fill(cell.n, K, nodes);
}

/// The mean of the candidates that tie, at the nodes.
void Several::fill(std::size_t n_materials, int K, double* nodes) {
  const auto mean = [&](auto&& of) {
    terms_.clear();
    for (std::size_t t = 0; t < ties_; ++t) terms_.push_back(of(best_[t]));
    return geometry::ascending_sum(terms_) / double(ties_);
  };
  const auto side = std::size_t(K + 1);
  for (std::size_t m = 0; m < n_materials; ++m)
    for (std::size_t n = 0; n < side * side; ++n) {
      const double x = double(2 * int(n % side) - K) / (2 * K), y = double(2 * int(n / side) - K) / (2 * K);
      nodes[m * side * side + n] = mean([&](const Candidate& c) { return c[m].g0 + (c[m].gx * x + c[m].gy * y); });
    }
}

} // namespace mirhydro::plic
