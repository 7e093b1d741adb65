#pragma once
#include <vector>

#include "geometry/outline.hpp"

namespace mirhydro::outline {

/// Values of f at the points; NaN is an Error(bad_argument) naming the point, infinity becomes 1e150.
void evaluate(const LevelSet& f, const std::vector<double>& x, const std::vector<double>& y,
              std::vector<double>& values);

/// The points (x + z * dx, y + z * dy), z in [0, 1].
struct Segment {
  double x, y, dx, dy;
};

/// Where a level set changes sign along many segments; those of segment k are roots[first[k] .. first[k + 1]),
/// ascending.
struct LevelRoots {
  std::vector<std::uint8_t> starts_inside;
  std::vector<std::size_t> first;
  std::vector<double> roots;
};

/// Every segment is sampled at its eighths: sign changes are refined to round-off (Chandrupatla's method), and where
/// three samples of one sign dip towards zero their minimum is sought, so that an interface which only grazes the
/// segment is found too. Two crossings that show in none of nine samples are missed.
/// Cost: 9 evaluations a segment, and about 8 a root, in a few calls of f for all segments.
/// Source: Chandrupatla, Adv. Eng. Softw. 28 (1997) 145.
LevelRoots level_roots(const LevelSet& f, const std::vector<Segment>& segments);

/// Whether values a, b, c of one sign at equal distances may dip below zero between the outer two.
bool may_dip(double a, double b, double c);

} // namespace mirhydro::outline
