#include "geometry/competition.hpp"

#include <algorithm>
#include <cmath>

#include "geometry/ascending_sum.hpp"
#include "geometry/orbits.hpp"

namespace mirhydro::geometry {

namespace {
/// Corners of the four triangles of a sub-cell, south, north, west, east, among sw, se, nw, ne; the third is its
/// centre.
constexpr std::size_t sides[4][2] = {{0, 1}, {2, 3}, {0, 2}, {1, 3}};
} // namespace

/// Linear in the whole cell: no need of triangles.
void Competition::evaluate_linear(const double* phi, double* area, double* rates, double* moments) {
  corners_.resize(4 * n_);
  for (std::size_t m = 0; m < n_; ++m)
    for (std::size_t k = 0; k < 4; ++k) corners_[k * n_ + m] = phi[4 * m + k];
  const double* const c = corners_.data();
  square_({c, c + n_, c + 2 * n_, c + 3 * n_}, n_, area, rates, moments);
}

void Competition::evaluate(const double* phi, double* area, double* rates) {
  if (linear_) return evaluate_linear(phi, area, rates);
  const std::size_t per = nodes(), cells = std::size_t(K_ * K_), side = std::size_t(K_ + 1);
  corners_.resize(5 * n_);
  shares_.resize(4 * cells * n_);
  if (rates != nullptr) triangle_rates_.resize(4 * cells * n_ * n_);
  double* const centre = corners_.data() + 4 * n_;
  for (std::size_t cell = 0; cell < cells; ++cell) {
    const std::size_t at = cell / std::size_t(K_) * side + cell % std::size_t(K_);
    for (std::size_t m = 0; m < n_; ++m) {
      const double* p = phi + m * per + at;
      const double c[4] = {p[0], p[1], p[side], p[side + 1]};
      for (std::size_t k = 0; k < 4; ++k) corners_[k * n_ + m] = c[k];
      centre[m] = .25 * ((c[0] + c[3]) + (c[1] + c[2]));
    }
    for (std::size_t q = 0; q < 4; ++q)
      triangle_({&corners_[sides[q][0] * n_], &corners_[sides[q][1] * n_], centre}, n_, &shares_[(4 * cell + q) * n_],
                rates == nullptr ? nullptr : &triangle_rates_[(4 * cell + q) * n_ * n_]);
  }
  const double part = .25 / double(K_ * K_);
  const auto sum = [&](const std::vector<double>& of, std::size_t stride, std::size_t m) {
    return part * symmetric_sum<double>(K_, [&](int j, int i) {
             const double* four = &of[4 * std::size_t(j * K_ + i) * stride + m];
             return (four[0] + four[stride]) + (four[2 * stride] + four[3 * stride]);
           });
  };
  for (std::size_t m = 0; m < n_; ++m) area[m] = sum(shares_, n_, m);
  if (rates == nullptr) return;
  for (std::size_t m = 0; m < n_ * n_; ++m) rates[m] = sum(triangle_rates_, n_ * n_, m);
}

/// The strip at the asked end of one sub-cell, at most half as wide as it: see east_strip in level_set.hpp.
void Competition::strip(const double* phi, bool along_y, bool high, int j, int i, double width, double* area) {
  const std::size_t per = nodes(), side = std::size_t(K_ + 1);
  corners_.resize(7 * n_);
  double *const south = corners_.data(), *const north = south + n_, *const centre = north + n_,
                *const cut_south = centre + n_, *const cut_north = cut_south + n_, *const inner_south = cut_north + n_,
                *const inner_north = inner_south + n_;
  const auto node = [&](std::size_t m, int l, int k) {
    return phi[m * per + (along_y ? std::size_t(k) * side + std::size_t(l) : std::size_t(l) * side + std::size_t(k))];
  };
  const int near = high ? i + 1 : i, far = high ? i : i + 1; // "east" is the near end
  for (std::size_t m = 0; m < n_; ++m) {
    const double se = node(m, j, near), ne = node(m, j + 1, near), sw = node(m, j, far), nw = node(m, j + 1, far);
    const double c = .25 * ((sw + ne) + (se + nw));
    south[m] = se, north[m] = ne, centre[m] = c;
    // weights that add up to 1: rounding is monotone, so who leads at two ends leads between them
    cut_south[m] = (1 - width) * se + width * sw, cut_north[m] = (1 - width) * ne + width * nw;
    inner_south[m] = (1 - 2 * width) * se + 2 * width * c, inner_north[m] = (1 - 2 * width) * ne + 2 * width * c;
  }
  shares_.resize(4 * n_);
  double *const s = shares_.data(), *const t = s + n_, *const whole = t + n_, *const rest = whole + n_;
  triangle_({south, cut_south, inner_south}, n_, s, nullptr);
  triangle_({north, cut_north, inner_north}, n_, t, nullptr);
  triangle_({south, north, centre}, n_, whole, nullptr);
  triangle_({centre, inner_south, inner_north}, n_, rest, nullptr);
  const double left = 1 - 2 * width;
  for (std::size_t m = 0; m < n_; ++m)
    area[m] = std::max(.5 * (width * width) * (s[m] + t[m]) + .25 * (whole[m] - (left * left) * rest[m]), 0.);
}

void Competition::slab(const double* phi, bool along_y, bool high, double width, double* area) {
  const auto K = std::size_t(K_);
  std::fill_n(area, n_, 0.);
  strips_.resize(2 * K * n_);
  for (int step = 0; step < K_; ++step) { // from the asked end inwards
    const double here = std::clamp(double(K_) * width - step, 0., 1.);
    if (!(here > 0)) break;
    const int i = high ? K_ - 1 - step : step;
    for (int j = 0; j < K_; ++j) {
      double *const part = &strips_[std::size_t(j) * n_], *const rest = &strips_[(K + std::size_t(j)) * n_];
      // a sub-cell is two halves; a strip wider than one is this half and what the other half keeps
      if (here <= .5) {
        strip(phi, along_y, high, j, i, here, part);
        continue;
      }
      strip(phi, along_y, high, j, i, .5, part);
      strip(phi, along_y, !high, j, i, .5, rest);
      for (std::size_t m = 0; m < n_; ++m) part[m] += rest[m];
      strip(phi, along_y, !high, j, i, 1 - here, rest);
      for (std::size_t m = 0; m < n_; ++m) part[m] = std::max(part[m] - rest[m], 0.);
    }
    for (std::size_t m = 0; m < n_; ++m) {
      double sum = K_ % 2 == 1 ? strips_[K / 2 * n_ + m] : 0;
      for (std::size_t j = 0; j < K / 2; ++j) sum += strips_[j * n_ + m] + strips_[(K - 1 - j) * n_ + m];
      area[m] += sum;
    }
  }
  for (std::size_t m = 0; m < n_; ++m) area[m] /= double(K_ * K_);
}

double Competition::misfit(const double* area, const double* vf, bool& all_present) const {
  double worst = 0;
  all_present = true;
  for (std::size_t m = 0; m < n_; ++m) {
    worst = std::max(worst, std::abs(area[m] - vf[m]));
    all_present = all_present && area[m] > 0;
  }
  return worst;
}

void Competition::raise(const double* phi, const double* by, double share, double* out) const {
  const std::size_t per = nodes();
  for (std::size_t m = 0; m < n_; ++m)
    for (std::size_t k = 0; k < per; ++k) out[m * per + k] = phi[m * per + k] + share * by[m];
}

/// step_ = the raises that make all areas right if they went on to change at their present rates: conjugate gradients,
/// because elimination would depend on the numbering.
void Competition::newton(const double* area, const double* vf) {
  step_.assign(n_, 0);
  residual_.resize(n_), image_.resize(n_);
  const auto dot = [&](const std::vector<double>& a, const std::vector<double>& b) {
    terms_.resize(n_);
    for (std::size_t m = 0; m < n_; ++m) terms_[m] = a[m] * b[m];
    return ascending_sum(terms_);
  };
  for (std::size_t m = 0; m < n_; ++m) residual_[m] = vf[m] - area[m];
  const auto balance_residual = [&] { // raising all alike changes nothing: rates do not see it, round-off does
    terms_ = residual_;
    const double mean = ascending_sum(terms_) / double(n_);
    for (double& r : residual_) r -= mean;
  };
  balance_residual();
  direction_ = residual_;
  double size = dot(residual_, residual_);
  const double enough = size * 1e-24;
  for (std::size_t round = 0; round + 1 < 2 * n_ && size > enough; ++round) {
    for (std::size_t m = 0; m < n_; ++m) {
      terms_.resize(n_);
      for (std::size_t k = 0; k < n_; ++k)
        terms_[k] = k == m ? 0 : rates_[m * n_ + k] * (direction_[m] - direction_[k]);
      image_[m] = ascending_sum(terms_);
    }
    const double curvature = dot(direction_, image_);
    if (!(curvature > 0)) break;
    const double along = size / curvature;
    for (std::size_t m = 0; m < n_; ++m) {
      step_[m] += along * direction_[m];
      residual_[m] -= along * image_[m];
    }
    balance_residual();
    const double now = dot(residual_, residual_);
    for (std::size_t m = 0; m < n_; ++m) direction_[m] = residual_[m] + now / size * direction_[m];
    size = now;
  }
}

/// Half the difference of what a change and its opposite get: newton's sums, sorted, round otherwise upside down.
void Competition::undo(const double* rates, const double* change, double* raises) {
  rates_.assign(rates, rates + n_ * n_);
  trial_area_.assign(n_, 0);
  newton(change, trial_area_.data());
  std::copy_n(step_.begin(), n_, raises);
  newton(trial_area_.data(), change);
  for (std::size_t m = 0; m < n_; ++m) raises[m] = .5 * (raises[m] - step_[m]);
}

/// The raise that alone gives material m about its area.
double Competition::alone(const double* phi, std::size_t m, double vf) {
  const std::size_t per = nodes();
  const auto [low, high] = std::minmax_element(phi, phi + n_ * per);
  double least = *low - *high, largest = *high - *low, raise_by = 0;
  for (int round = 0; round < 40; ++round) {
    std::copy_n(phi, n_ * per, trial_.begin());
    for (std::size_t k = 0; k < per; ++k) trial_[m * per + k] += raise_by;
    evaluate(trial_.data(), trial_area_.data(), rates_.data());
    const double off = trial_area_[m] - vf;
    if (std::abs(off) <= .01 * vf) break;
    (off > 0 ? largest : least) = raise_by;
    terms_.resize(n_);
    for (std::size_t k = 0; k < n_; ++k) terms_[k] = rates_[m * n_ + k];
    const double rate = ascending_sum(terms_), next = raise_by - off / (rate > 0 ? rate : 1);
    raise_by = rate > 0 && next > least && next < largest ? next : .5 * (least + largest);
  }
  return raise_by;
}

/// Coordinate steps: of those that have no area as they are, or, where all have some, of all, averaged.
void Competition::coordinates(const double* phi, const double* vf, bool all_present) {
  step_.assign(n_, 0);
  for (std::size_t m = 0; m < n_; ++m) {
    if (all_present || !(area_[m] > 0)) step_[m] = alone(phi, m, vf[m]) / (all_present ? double(n_) : 1);
  }
}

int Competition::settle(double* phi, const double* vf, double tolerance) {
  constexpr int most = 50;
  const int most_coordinates = n_ <= 12 ? 12 : 2; // each costs as much as it has materials
  const std::size_t per = nodes();
  area_.resize(n_), trial_area_.resize(n_);
  trial_.resize(n_ * per);
  rates_.resize(n_ * n_);
  bool present = true;
  evaluate(phi, area_.data(), rates_.data());
  double worst = misfit(area_.data(), vf, present);
  int round = 0, coordinate_rounds = 0;
  for (; round < most && worst > tolerance; ++round) {
    bool moved = false;
    if (present) {
      newton(area_.data(), vf);
      for (double share = 1; share > 1e-4 && !moved; share *= .5) {
        raise(phi, step_.data(), share, trial_.data());
        evaluate(trial_.data(), trial_area_.data(), rates_.data()); // of the next round, if this is its start
        bool still = true;
        const double now = misfit(trial_area_.data(), vf, still);
        moved = still && now <= (1 - .25 * share) * worst;
      }
    }
    if (!moved && (worst <= 1e-14 || coordinate_rounds++ == most_coordinates)) break; // round-off; no constants do
    if (!moved) {
      coordinates(phi, vf, present);
      raise(phi, step_.data(), 1, trial_.data());
      evaluate(trial_.data(), trial_area_.data(), rates_.data());
      bool still = true;
      if (present && misfit(trial_area_.data(), vf, still) >= worst) break; // level sets that no constants separate
    }
    std::copy_n(trial_.begin(), n_ * per, phi);
    area_.swap(trial_area_);
    worst = misfit(area_.data(), vf, present);
  }
  return round;
}

} // namespace mirhydro::geometry
