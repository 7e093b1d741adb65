#include "plic/nested_mof.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "geometry/match.hpp"

namespace mirhydro::plic {

namespace {

using geometry::Point;
using geometry::SmallPolygon;

/// One material to be cut off a convex polygon: misfit and slope of the misfit for any direction of the line.
struct Target {
  const SmallPolygon& from;
  const Material& material;
  double weight_x, weight_y;

  struct Trial {
    NestedCut cut;
    double misfit, slope;
  };

  Trial trial(Point direction) const {
    const double size = std::abs(direction.x) + std::abs(direction.y);
    NestedCut cut{direction.x / size, direction.y / size, 0};
    cut.t = geometry::plane_constant(from, cut.mx, cut.my, material.vf);
    SmallPolygon part;
    geometry::clip(from, cut.mx, cut.my, cut.t, 1., part);
    const geometry::Moments m = geometry::moments(part);
    if (!(m.area > 0)) return {cut, std::numeric_limits<double>::infinity(), 0};
    const double dx = m.x / m.area - material.x, dy = m.y / m.area - material.y;
    // turning the normal counter-clockwise moves the centroid against the line's direction (-my, mx) (Dupin)
    return {cut, weight_x * dx * dx + weight_y * dy * dy, weight_x * dx * cut.my - weight_y * dy * cut.mx};
  }
};

Point turned(Point v, double angle) {
  const double c = std::cos(angle), s = std::sin(angle);
  return {c * v.x - s * v.y, s * v.x + c * v.y};
}

Target::Trial best_cut(const Target& target) {
  constexpr int directions = 8, rounds = 24;
  constexpr double step = 2 * 3.14159265358979323846 / directions;
  const geometry::Moments whole = geometry::moments(target.from);
  Point first{whole.x / whole.area - target.material.x, whole.y / whole.area - target.material.y};
  if (!(std::abs(first.x) + std::abs(first.y) > 1e-14)) first = {1, 0};
  Target::Trial best = target.trial(first);
  double nearest = 0;
  for (int k = 1; k < directions; ++k)
    if (const Target::Trial other = target.trial(turned(first, k * step)); other.misfit < best.misfit)
      best = other, nearest = k * step;
  double low = nearest - step, high = nearest + step;
  double at_low = target.trial(turned(first, low)).slope, at_high = target.trial(turned(first, high)).slope;
  int moved = 0;
  for (int round = 0; round < rounds && at_low < 0 && at_high > 0; ++round) { // Illinois
    const double angle = low - (high - low) * at_low / (at_high - at_low);
    const Target::Trial next = target.trial(turned(first, angle));
    if (next.misfit < best.misfit) best = next;
    if (next.slope == 0 || angle <= low || angle >= high) break;
    const int side = next.slope < 0 ? -1 : 1;
    if (side < 0) {
      low = angle, at_low = next.slope;
      if (moved < 0) at_high *= .5;
    } else {
      high = angle, at_high = next.slope;
      if (moved > 0) at_low *= .5;
    }
    moved = side;
  }
  return best;
}

/// Cuts in the order of `materials`; returns the sum of vf * distance^2.
double cut_in_order(double weight_x, double weight_y, const std::vector<Material>& materials,
                    std::vector<NestedCut>& cuts) {
  SmallPolygon left = geometry::rectangle(-.5, .5, -.5, .5), rest;
  double misfit = 0;
  cuts.clear();
  for (std::size_t q = 0; q + 1 < materials.size(); ++q) {
    const Target::Trial best = best_cut({left, materials[q], weight_x, weight_y});
    cuts.push_back(best.cut);
    misfit += materials[q].vf * best.misfit;
    geometry::clip(left, best.cut.mx, best.cut.my, best.cut.t, -1., rest);
    left = rest;
  }
  const geometry::Moments last = geometry::moments(left);
  if (!(last.area > 0)) return misfit;
  const double dx = last.x / last.area - materials.back().x, dy = last.y / last.area - materials.back().y;
  return misfit + materials.back().vf * (weight_x * dx * dx + weight_y * dy * dy);
}

} // namespace

void nested_mof(double weight_x, double weight_y, bool any_order, std::vector<Material>& materials,
                std::vector<NestedCut>& cuts) {
  double least = cut_in_order(weight_x, weight_y, materials, cuts);
  if (!any_order) return;
  const auto by_number = [](const Material& p, const Material& q) { return p.number < q.number; };
  thread_local std::vector<Material> order; // of the thread: a warm call allocates nothing
  thread_local std::vector<NestedCut> trial;
  order = materials;
  std::sort(order.begin(), order.end(), by_number);
  do {
    const double misfit = cut_in_order(weight_x, weight_y, order, trial);
    if (misfit < least) least = misfit, materials = order, cuts = trial;
  } while (std::next_permutation(order.begin(), order.end(), by_number));
}

} // namespace mirhydro::plic
