#include "geometry/cell_sweep.hpp"

#include <algorithm>

#include "geometry/crossings.hpp"

namespace mirhydro::outline {
namespace {

/// An arc over one slab: its heights in the middle and at both ends, and the area between it and its chord.
struct Side {
  double middle, left, right, bulge;
};

void list_sides(const std::vector<LocalOutline>& outlines, double left, double right, std::vector<Side>& sides) {
  const double middle = .5 * (left + right);
  sides.clear();
  sides.push_back({0, 0, 0, 0});
  sides.push_back({1, 1, 1, 0});
  for (const LocalOutline& outline : outlines)
    for (const Arc& arc : outline.arcs) {
      if (!(arc.low < middle && middle < arc.high)) continue;
      const Curve& curve = outline.curves[std::size_t(arc.curve)];
      const double height = curve.height(middle, arc.upper);
      if (!(height > 0 && height < 1)) continue;
      const double l = std::clamp(curve.height(left, arc.upper), 0.0, 1.0);
      const double r = std::clamp(curve.height(right, arc.upper), 0.0, 1.0);
      const double bulge = curve.is_line ? 0 : curve.bulge(right - left, r - l);
      sides.push_back({height, l, r, arc.upper ? bulge : -bulge});
    }
  if (sides.size() > 2)
    std::sort(sides.begin(), sides.end(), [](const Side& a, const Side& b) { return a.middle < b.middle; });
}

} // namespace

std::vector<double> stations(const std::vector<LocalOutline>& outlines) {
  std::vector<double> all{0, 1};
  for (std::size_t a = 0; a < outlines.size(); ++a) {
    for (const double s : outlines[a].stations)
      if (s > 0 && s < 1) all.push_back(s);
    for (std::size_t b = 0; b < a; ++b) {
      std::vector<double> found;
      for (const Arc& arc : outlines[a].arcs)
        for (std::size_t k = 0; k < outlines[b].curves.size(); ++k) {
          const Curve& other = outlines[b].curves[k];
          if (std::any_of(outlines[b].arcs.begin(), outlines[b].arcs.end(), [&](const Arc& piece) {
                return piece.curve == int(k) && piece.low <= arc.high && piece.high >= arc.low;
              }))
            crossings(outlines[a].curves[std::size_t(arc.curve)], arc, other, found);
        }
      for (const double s : found)
        if (s > 0 && s < 1) all.push_back(s);
    }
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

void add_areas(const Layers& layers, const CellStack& stack, const std::vector<LocalOutline>& outlines,
               std::vector<double>& area) {
  std::vector<std::uint8_t> inside(layers.outlines.size(), 0);
  std::vector<Side> sides;
  const std::vector<double> cuts = stations(outlines);
  for (std::size_t c = 0; c + 1 < cuts.size(); ++c) {
    const double left = cuts[c], right = cuts[c + 1], s = .5 * (left + right);
    list_sides(outlines, left, right, sides);
    for (std::size_t k = 0; k + 1 < sides.size(); ++k) {
      const Side &low = sides[k], &high = sides[k + 1];
      const double piece =
          .5 * (right - left) * ((high.left - low.left) + (high.right - low.right)) + (high.bulge - low.bulge);
      if (!(piece > 0)) continue;
      const double t = .5 * (low.middle + high.middle);
      for (std::size_t n = 0; n < outlines.size(); ++n)
        inside[std::size_t(stack.outlines[n])] = outlines[n].inside(s, t) ? 1 : 0;
      area[std::size_t(layers.owner(stack, inside.data()))] += piece;
    }
  }
}

void close_sum(std::vector<double>& area) {
  const auto largest = std::max_element(area.begin(), area.end());
  double others = 0;
  for (auto a = area.begin(); a != area.end(); ++a) {
    *a = std::clamp(*a, 0.0, 1.0);
    if (a != largest) others += *a;
  }
  *largest = std::clamp(1 - others, 0.0, 1.0);
}

} // namespace mirhydro::outline
