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
constexpr double fine = 1e-10;   ///< ... but for what is left in the neighbours
// Lines that meet in a point leave more than `slight` and less than `promising` at first, each step leaves them less
// than `hopeful` of it, and in the end they explain the neighbours. What does not is noise or debris: there the
// candidates stand as they are.
constexpr double slight = .005, promising = .6, hopeful = .9, believed = 1e-3;
constexpr int most_steps = 10;
constexpr std::size_t most_refined = 4, most_layers = 6,
                      most_judged = 12; ///< materials; a cell of more holds debris, not interfaces

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

/// The cell (dj, di) of the nine.
Several::Rectangle Several::place(const Neighbourhood& cell, int dj, int di) {
  const double wx = cell.widths.width_x(di), wy = cell.widths.width_y(dj);
  return {{.5 * di * (1 + wx), .5 * dj * (1 + wy)}, {wx, wy}};
}

/// Values at the corners sw, se, nw, ne of a rectangle, as the level sets of one sub-cell.
void Several::corners(const Candidate& c, const Rectangle& of, double* out) {
  for (std::size_t m = 0; m < c.size(); ++m)
    for (std::size_t k = 0; k < 4; ++k) {
      const double cx = of.centre[0] + (k % 2 == 0 ? -.5 : .5) * of.width[0],
                   cy = of.centre[1] + (k / 2 == 0 ? -.5 : .5) * of.width[1];
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
  const Rectangle here = place(cell, dj, di);
  corners(candidate, here, corners_.data());
  if (!one_owns(cell.n)) competition_.of_linear(cell.n).areas(corners_.data(), area_.data());
  terms_.clear();
  for (std::size_t m = 0; m < cell.n; ++m) {
    const double e = area_[m] - cell.near[9 * m + std::size_t(3 * (dj + 1) + di + 1)];
    terms_.push_back(e * e);
  }
  return here.width[0] * here.width[1] * geometry::ascending_sum(terms_);
}

/// Gives a candidate its volumes, to the tolerance.
void Several::settle(const Neighbourhood& cell, Candidate& candidate, double tolerance) {
  corners(candidate, place(cell, 0, 0), corners_.data());
  competition_.of_linear(cell.n).settle(corners_.data(), cell.vf.data(), tolerance);
  for (std::size_t m = 0; m < cell.n; ++m) {
    const double* c = &corners_[4 * m];
    candidate[m].g0 = .25 * ((c[0] + c[3]) + (c[1] + c[2]));
  }
}

/// Gives a candidate about its volumes; returns its misfit over the stencil, or more than `enough` as soon as it is.
double Several::judge(const Neighbourhood& cell, Candidate& candidate, double enough) {
  settle(cell, candidate, coarse);
  constexpr double safe = 1 + 1e-9; // whatever the order of the sum
  double in[9], so_far = 0;
  for (const int n : {1, 3, 5, 7, 0, 2, 6, 8, 4}) { // the nearest say most
    so_far += in[n] = misfit_in(cell, candidate, n / 3 - 1, n % 3 - 1);
    if (so_far > safe * enough) return so_far;
  }
  return geometry::symmetric_sum<double>(3, [&](int j, int i) { return in[3 * j + i]; });
}

/// What a candidate leaves in each cell and material, the volumes of the cell itself being met; returns the misfit.
double Several::left_by(const Neighbourhood& cell, Candidate& candidate, std::vector<double>& left) {
  const std::size_t n = cell.n;
  left.resize(9 * n);
  settle(cell, candidate, fine);
  double in[9];
  for (int k = 0; k < 9; ++k) {
    in[k] = misfit_in(cell, candidate, k / 3 - 1, k % 3 - 1);
    for (std::size_t m = 0; m < n; ++m) left[std::size_t(k) * n + m] = area_[m] - cell.near[9 * m + std::size_t(k)];
  }
  return geometry::symmetric_sum<double>(3, [&](int j, int i) { return in[3 * j + i]; });
}

/// Sum of signed terms (cell, material) over the stencil, cells by their size.
template <class Term> double Several::over_stencil(const Neighbourhood& cell, std::size_t n, const Term& term) {
  return geometry::symmetric_sum<double>(3, [&](int j, int i) {
    signed_.clear();
    for (std::size_t m = 0; m < n; ++m) signed_.push_back(term(std::size_t(3 * j + i) * n + m));
    return cell.widths.width_x(i - 1) * cell.widths.width_y(j - 1) * geometry::paired_sum(signed_.data(), n);
  });
}

/// Derivatives of what is left by the components of the gradients, the cell's own volumes being kept: as a line is
/// tilted, its two sides exchange its length by its steepness, times the lever; raises make up for that in the cell.
void Several::slopes(const Neighbourhood& cell, const Candidate& candidate) {
  const std::size_t n = cell.n;
  slope_.resize(2 * most_refined); // never less: what shrinks and grows would allocate
  for (auto* few : {&rates_, &moments_, &raised_, &change_}) few->resize(2 * most_refined * most_refined);
  const auto gain = [&](std::size_t m, auto&& of) { // of m from all others
    signed_.clear();
    for (std::size_t k = 0; k < n; ++k)
      if (k != m) signed_.push_back(of(k));
    return geometry::paired_sum(signed_.data(), signed_.size());
  };
  for (const int k : {4, 0, 1, 2, 3, 5, 6, 7, 8}) { // the cell itself first
    const Rectangle here = place(cell, k / 3 - 1, k % 3 - 1);
    corners(candidate, here, corners_.data());
    competition_.of_linear(n).derivatives(corners_.data(), rates_.data(), moments_.data());
    for (std::size_t p = 0; p < 2 * n; ++p) {
      const std::size_t tilted = p / 2, axis = p % 2;
      const auto from = [&](std::size_t other) { // what the tilted one gains from another
        const std::size_t pair = tilted * n + other;
        return here.centre[axis] * rates_[pair] + here.width[axis] * moments_[2 * pair + axis];
      };
      const auto change = [&](std::size_t m) { return m == tilted ? gain(m, from) : -from(m); };
      double* const raised = &raised_[p * n];
      if (k == 4) {
        for (std::size_t m = 0; m < n; ++m) change_[m] = change(m);
        competition_.undo(rates_.data(), change_.data(), raised);
        slope_[p].resize(9 * most_refined);
      }
      for (std::size_t m = 0; m < n; ++m)
        slope_[p][std::size_t(k) * n + m] =
            change(m) + gain(m, [&](std::size_t other) { return rates_[m * n + other] * (raised[m] - raised[other]); });
    }
  }
}

/// The Gauss-Newton step, by conjugate gradients: components that no area notices (a gradient common to all, the
/// length of all) never enter.
void Several::step(const Neighbourhood& cell, std::size_t n) {
  const auto product = [&](const std::vector<double>& a, const std::vector<double>& b) {
    signed_.clear();
    for (std::size_t m = 0; m < n; ++m) signed_.push_back(a[2 * m] * b[2 * m] + a[2 * m + 1] * b[2 * m + 1]);
    return geometry::paired_sum(signed_.data(), n);
  };
  by_.assign(2 * n, 0), rest_.resize(2 * n), along_.resize(9 * n);
  for (std::size_t p = 0; p < 2 * n; ++p)
    rest_[p] = -over_stencil(cell, n, [&](std::size_t k) { return left_[k] * slope_[p][k]; });
  way_ = rest_;
  double size = product(rest_, rest_);
  const double enough = 1e-4 * size;
  for (std::size_t round = 0; round < 2 * n - 3 && size > enough; ++round) {
    for (std::size_t k = 0; k < 9 * n; ++k) {
      signed_.clear();
      for (std::size_t m = 0; m < n; ++m)
        signed_.push_back(slope_[2 * m][k] * way_[2 * m] + slope_[2 * m + 1][k] * way_[2 * m + 1]);
      along_[k] = geometry::paired_sum(signed_.data(), n);
    }
    const double curvature = over_stencil(cell, n, [&](std::size_t k) { return along_[k] * along_[k]; });
    if (!(curvature > 0)) return;
    const double share = size / curvature, before = size;
    for (std::size_t p = 0; p < 2 * n; ++p) {
      by_[p] += share * way_[p];
      rest_[p] -= share * over_stencil(cell, n, [&](std::size_t k) { return along_[k] * slope_[p][k]; });
    }
    size = product(rest_, rest_);
    for (std::size_t p = 0; p < 2 * n; ++p) way_[p] = rest_[p] + size / before * way_[p];
  }
}

/// Turns the gradients of a candidate until the neighbours' fractions are met as well as lines can; returns the misfit.
double Several::refine(const Neighbourhood& cell, Candidate& candidate) {
  double misfit = left_by(cell, candidate, left_);
  for (int round = 0; round < most_steps && misfit > perfect * perfect; ++round) {
    const double before = misfit;
    slopes(cell, candidate);
    step(cell, cell.n);
    for (double share = 1; share > .01; share *= .5) {
      moved_ = candidate;
      for (std::size_t m = 0; m < cell.n; ++m)
        moved_[m].gx += share * by_[2 * m], moved_[m].gy += share * by_[2 * m + 1];
      const double now = left_by(cell, moved_, left_moved_);
      if (!(now < misfit)) continue;
      candidate = moved_, misfit = now;
      std::swap(left_, left_moved_);
      break;
    }
    if (!(misfit < hopeful * before)) break;
  }
  return misfit;
}

void Several::keep(double misfit, const Candidate& candidate) {
  if (ties_ > 0 && misfit > least_) return;
  if (ties_ > 0 && misfit < least_) ties_ = 0;
  least_ = misfit;
  if (best_.size() == ties_) best_.emplace_back();
  best_[ties_++] = candidate;
}

double Several::level_sets(const Neighbourhood& cell, int K, double* nodes) {
  corners_.resize(4 * cell.n), area_.resize(cell.n);
  ties_ = 0;
  if (cell.n > most_judged) {
    gradients(cell, trial_);
    keep(0, trial_);
    fill(cell.n, K, nodes);
    return double(cell.n);
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
  if (least_ > slight && least_ < promising && cell.n <= most_refined) {
    kept_.resize(std::max(kept_.size(), ties_));
    std::copy_n(best_.begin(), ties_, kept_.begin());
    double most = 0;
    for (std::size_t t = 0; t < ties_; ++t) most = std::max(most, refine(cell, best_[t]));
    if (most < believed)
      least_ = most;
    else
      std::copy_n(kept_.begin(), ties_, best_.begin()); // no swap: each keeps the room that it has
  }
  fill(cell.n, K, nodes);
  return least_;
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
