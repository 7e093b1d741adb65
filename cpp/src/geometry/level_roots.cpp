#include "geometry/level_roots.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>
#include <utility>

#include <mirhydro/error.hpp>

namespace mirhydro::outline {
namespace {

constexpr std::size_t samples = 9;
constexpr double unknown = -1;

/// A sign change in [one, two] (either order), as Chandrupatla's method keeps it; `third` is the point dropped last.
struct Bracket {
  std::size_t segment;
  double one, two, third, f_one, f_two, f_third, fraction;
};

/// Distances to zero at low < middle < high, all positive; the middle one is the least.
struct Dip {
  std::size_t segment;
  double low, middle, high, g_low, g_middle, g_high, sign;
  int steps;
};

double vertex(double x0, double x1, double x2, double f0, double f1, double f2) {
  const double left = (x1 - x0) * (f1 - f2), right = (x1 - x2) * (f1 - f0);
  const double below = left - right;
  return below != 0 ? x1 - .5 * ((x1 - x0) * left - (x1 - x2) * right) / below : x1;
}

/// Whether the function stays positive if it falls nowhere faster than between the dip's points (so kinks count too).
bool stays_positive(const Dip& d) {
  const double left = (d.g_low - d.g_middle) / (d.middle - d.low),
               right = (d.g_high - d.g_middle) / (d.high - d.middle);
  return d.g_middle > std::max(left, right) * (d.high - d.low);
}

class Search {
public:
  Search(const LevelSet& f, const std::vector<Segment>& segments) : f_(f), segments_(segments) {}

  LevelRoots run() {
    sample();
    follow_dips();
    refine();
    std::sort(found_.begin(), found_.end());
    result_.first.assign(segments_.size() + 1, 0);
    for (const auto& [segment, z] : found_) {
      ++result_.first[segment + 1];
      result_.roots.push_back(z);
    }
    for (std::size_t k = 0; k < segments_.size(); ++k) result_.first[k + 1] += result_.first[k];
    return std::move(result_);
  }

private:
  void ask(std::size_t segment, double z) {
    const Segment& s = segments_[segment];
    x_.push_back(s.x + z * s.dx);
    y_.push_back(s.y + z * s.dy);
  }

  const std::vector<double>& answers() {
    evaluate(f_, x_, y_, values_);
    x_.clear();
    y_.clear();
    return values_;
  }

  void bracket(std::size_t segment, double a, double b, double fa, double fb) {
    brackets_.push_back({segment, b, a, a, fb, fa, fa, .5});
  }

  void sample() {
    for (std::size_t k = 0; k < segments_.size(); ++k)
      for (std::size_t n = 0; n < samples; ++n) ask(k, double(n) / double(samples - 1));
    const std::vector<double> values = answers();
    result_.starts_inside.resize(segments_.size());
    for (std::size_t k = 0; k < segments_.size(); ++k) {
      const double* v = &values[k * samples];
      result_.starts_inside[k] = v[0] < 0 ? 1 : 0;
      for (std::size_t n = 0; n + 1 < samples; ++n)
        if ((v[n] < 0) != (v[n + 1] < 0))
          bracket(k, double(n) / (samples - 1), double(n + 1) / (samples - 1), v[n], v[n + 1]);
      list_dips(k, v);
    }
  }

  void list_dips(std::size_t segment, const double* v) {
    for (std::size_t n = 1; n + 1 < samples; ++n) {
      if ((v[n] < 0) != (v[n - 1] < 0) || (v[n] < 0) != (v[n + 1] < 0)) continue;
      const double sign = v[n] < 0 ? -1 : 1, a = sign * v[n - 1], b = sign * v[n], c = sign * v[n + 1];
      if (!may_dip(a, b, c)) continue;
      const double z = double(n) / (samples - 1), h = 1.0 / (samples - 1);
      if (b <= a && b <= c) dips_.push_back({segment, z - h, z, z + h, a, b, c, sign, 0});
      // Past a first or last sample that is the least, the minimum lies beside it.
      else if (n == 1 && a < b)
        end_dip(segment, z - h, z, vertex(z - h, z, z + h, a, b, c), a, b, sign);
      else if (n + 2 == samples && c < b)
        end_dip(segment, z, z + h, vertex(z - h, z, z + h, a, b, c), b, c, sign);
    }
  }

  /// A dip whose middle is a guess, not known to be the least; the guess may fall a little beside the segment.
  void end_dip(std::size_t segment, double low, double high, double middle, double g_low, double g_high, double sign) {
    const double width = high - low, gap = .02 * width;
    if (middle < low - .5 * width || middle > high + .5 * width) return;
    dips_.push_back({segment, low, std::clamp(middle, low + gap, high - gap), high, g_low, unknown, g_high, sign, 0});
  }

  /// Takes in the value at the guess; narrows towards the lower end when that is lower still.
  static bool narrow_end(Dip& d, double g) {
    d.g_middle = g;
    if (g < std::min(d.g_low, d.g_high)) return true;
    const double guess = vertex(d.low, d.middle, d.high, d.g_low, g, d.g_high);
    if (d.g_low < d.g_high)
      d.high = d.middle, d.g_high = g;
    else
      d.low = d.middle, d.g_low = g;
    const double width = d.high - d.low, gap = .02 * width;
    if (!(guess > d.low - .5 * width && guess < d.high + .5 * width)) return false;
    d.middle = std::clamp(guess, d.low + gap, d.high - gap);
    d.g_middle = unknown;
    return ++d.steps < 60 && width > 1e-7;
  }

  static double next_point(const Dip& d) {
    if (d.g_middle == unknown) return d.middle;
    double z = vertex(d.low, d.middle, d.high, d.g_low, d.g_middle, d.g_high);
    const double gap = 1e-3 * (d.high - d.low);
    if (d.steps % 3 == 2 || !(z > d.low + gap && z < d.high - gap))
      z = d.high - d.middle > d.middle - d.low ? .5 * (d.middle + d.high) : .5 * (d.low + d.middle);
    if (std::abs(z - d.middle) < gap) z = d.high - d.middle > d.middle - d.low ? d.middle + gap : d.middle - gap;
    return z;
  }

  /// Takes in one more value; false when the dip is settled.
  bool narrow(Dip& d, double z, double value) {
    const double g = d.sign * value;
    if ((value < 0) != (d.sign < 0)) {
      bracket(d.segment, d.low, z, d.sign * d.g_low, value);
      bracket(d.segment, z, d.high, value, d.sign * d.g_high);
      return false;
    }
    const double before = d.g_middle;
    if (before == unknown) return narrow_end(d, g);
    if (g < before) {
      if (z < d.middle)
        d.high = d.middle, d.g_high = before;
      else
        d.low = d.middle, d.g_low = before;
      d.middle = z, d.g_middle = g;
    } else if (z < d.middle) {
      d.low = z, d.g_low = g;
    } else {
      d.high = z, d.g_high = g;
    }
    return ++d.steps < 60 && !stays_positive(d) && d.high - d.low > 1e-7;
  }

  void follow_dips() {
    while (!dips_.empty()) {
      std::vector<double> at;
      for (const Dip& d : dips_) {
        at.push_back(next_point(d));
        ask(d.segment, at.back());
      }
      const std::vector<double>& values = answers();
      std::vector<Dip> open;
      for (std::size_t k = 0; k < dips_.size(); ++k)
        if (narrow(dips_[k], at[k], values[k])) open.push_back(dips_[k]);
      dips_ = std::move(open);
    }
  }

  /// Takes in the value at the fraction asked for; false when the root is found.
  bool step(Bracket& b, double f) {
    const double z = b.one + b.fraction * (b.two - b.one);
    if ((f < 0) == (b.f_one < 0)) {
      b.third = b.one, b.f_third = b.f_one;
    } else {
      b.third = b.two, b.f_third = b.f_two;
      b.two = b.one, b.f_two = b.f_one;
    }
    b.one = z, b.f_one = f;
    const double best = std::abs(b.f_one) < std::abs(b.f_two) ? b.one : b.two;
    const double f_best = std::min(std::abs(b.f_one), std::abs(b.f_two)), width = std::abs(b.two - b.one);
    const double tolerance = 2e-16 * best + 1e-18;
    if (f_best == 0 || width <= 2 * tolerance) {
      found_.emplace_back(b.segment, best);
      return false;
    }
    b.fraction = .5;
    const double change = 1e-50 * std::abs(b.f_one - b.f_two); // below it the quotients would overflow
    if (std::abs(b.f_third - b.f_two) > change && std::abs(b.f_third - b.f_one) > change) {
      const double xi = (b.one - b.two) / (b.third - b.two), phi = (b.f_one - b.f_two) / (b.f_third - b.f_two);
      if (phi * phi < xi && (1 - phi) * (1 - phi) < 1 - xi)
        b.fraction =
            b.f_one / (b.f_two - b.f_one) * (b.f_third / (b.f_two - b.f_third)) +
            (b.third - b.one) / (b.two - b.one) * (b.f_one / (b.f_third - b.f_one)) * (b.f_two / (b.f_third - b.f_two));
    }
    const double least = tolerance / width;
    b.fraction = std::clamp(b.fraction, least, 1 - least);
    return true;
  }

  void refine() {
    while (!brackets_.empty()) {
      for (const Bracket& b : brackets_) ask(b.segment, b.one + b.fraction * (b.two - b.one));
      const std::vector<double>& values = answers();
      std::vector<Bracket> open;
      for (std::size_t k = 0; k < brackets_.size(); ++k)
        if (step(brackets_[k], values[k])) open.push_back(brackets_[k]);
      brackets_ = std::move(open);
    }
  }

  const LevelSet& f_;
  const std::vector<Segment>& segments_;
  std::vector<double> x_, y_, values_;
  std::vector<Bracket> brackets_;
  std::vector<Dip> dips_;
  std::vector<std::pair<std::size_t, double>> found_;
  LevelRoots result_;
};

} // namespace

void evaluate(const LevelSet& f, const std::vector<double>& x, const std::vector<double>& y,
              std::vector<double>& values) {
  values.resize(x.size());
  if (x.empty()) return;
  f(x.data(), y.data(), values.data(), x.size());
  for (std::size_t k = 0; k < values.size(); ++k) {
    if (std::isnan(values[k])) {
      std::ostringstream text;
      text.precision(17);
      text << "f(" << x[k] << ", " << y[k] << ") is not a number: a level set has a sign everywhere";
      throw Error(Status::bad_argument, text.str());
    }
    values[k] = std::clamp(values[k], -1e150, 1e150);
  }
}

bool may_dip(double a, double b, double c) {
  const double curvature = a - 2 * b + c, slope = .5 * (c - a);
  if (!(curvature > 0) || std::abs(slope) > 1.5 * curvature) return false; // the vertex is outside, with a margin
  return b - .5 * slope * slope / curvature < .5 * (std::max({a, b, c}) - std::min({a, b, c}));
}

LevelRoots level_roots(const LevelSet& f, const std::vector<Segment>& segments) { return Search(f, segments).run(); }

} // namespace mirhydro::outline
