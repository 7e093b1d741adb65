#include "geometry/chain.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <tuple>

namespace mirhydro::geometry {

namespace {

/// Where an end of a piece lies on the boundary of its cell: a vertical face, a horizontal face, or a corner.
struct Place {
  std::int64_t kind, j, i;
  auto operator<=>(const Place&) const = default;
};

/// One end of a piece: k = 2 * piece + (0: from, 1: to).
struct End {
  std::size_t k;
  Place place;
  int below, above;
  double along; ///< coordinate along the face
};

constexpr std::size_t nobody = static_cast<std::size_t>(-1);

Place place_of(const Point& p, std::ptrdiff_t j, std::ptrdiff_t i) {
  constexpr double snap = 1e-9;
  const double x = p.x - double(i), y = p.y - double(j);
  const bool low_x = x < snap, high_x = x > 1 - snap, low_y = y < snap, high_y = y > 1 - snap;
  const std::ptrdiff_t face_i = i + (x > .5 ? 1 : 0), face_j = j + (y > .5 ? 1 : 0);
  if ((low_x || high_x) && (low_y || high_y)) return {2, face_j, face_i};
  if (low_x || high_x) return {0, j, face_i};
  if (low_y || high_y) return {1, face_j, i};
  return {3, j, i}; // an end inside the cell, at a third material
}

/// Joins ends of different cells that share a place, nearest first.
void join(std::vector<End>& ends, const std::vector<Piece>& pieces, std::vector<std::size_t>& partner) {
  const auto same_cell = [&](const End& p, const End& q) {
    return pieces[p.k / 2].i == pieces[q.k / 2].i && pieces[p.k / 2].j == pieces[q.k / 2].j;
  };
  for (;;) {
    std::size_t best_p = nobody, best_q = nobody;
    double nearest = 2;
    for (std::size_t p = 0; p < ends.size(); ++p)
      for (std::size_t q = p + 1; q < ends.size(); ++q) {
        const bool one_way = ends[p].k % 2 != ends[q].k % 2; // the end of one, the beginning of the other
        if (!one_way || same_cell(ends[p], ends[q])) continue;
        const double gap = std::abs(ends[p].along - ends[q].along);
        if (gap < nearest) nearest = gap, best_p = p, best_q = q;
      }
    if (best_p == nobody) return;
    partner[ends[best_p].k] = ends[best_q].k;
    partner[ends[best_q].k] = ends[best_p].k;
    ends.erase(ends.begin() + std::ptrdiff_t(best_q));
    ends.erase(ends.begin() + std::ptrdiff_t(best_p));
  }
}

std::vector<std::size_t> partners(const std::vector<Piece>& pieces) {
  std::vector<End> ends;
  for (std::size_t k = 0; k < 2 * pieces.size(); ++k) {
    const Piece& piece = pieces[k / 2];
    const Point& p = k % 2 == 0 ? piece.from : piece.to;
    const Place place = place_of(p, piece.j, piece.i);
    if (place.kind == 3) continue;
    ends.push_back({k, place, piece.below, piece.above, place.kind == 0 ? p.y : place.kind == 1 ? p.x : 0});
  }
  const auto key = [](const End& e) { return std::tie(e.place, e.below, e.above); };
  std::stable_sort(ends.begin(), ends.end(), [&](const End& p, const End& q) { return key(p) < key(q); });
  std::vector<std::size_t> partner(2 * pieces.size(), nobody);
  for (std::size_t first = 0; first < ends.size();) {
    std::size_t last = first;
    while (last < ends.size() && key(ends[last]) == key(ends[first])) ++last;
    std::vector<End> group(ends.begin() + std::ptrdiff_t(first), ends.begin() + std::ptrdiff_t(last));
    join(group, pieces, partner);
    first = last;
  }
  return partner;
}

} // namespace

std::vector<Chain> chains(const std::vector<Piece>& pieces) {
  const std::vector<std::size_t> partner = partners(pieces);
  const auto end = [&](std::size_t k) { return k % 2 == 0 ? pieces[k / 2].from : pieces[k / 2].to; };
  const auto joint = [&](std::size_t k) {
    const Point p = end(k);
    if (partner[k] == nobody) return p;
    const Point q = end(partner[k]);
    return Point{.5 * (p.x + q.x), .5 * (p.y + q.y)};
  };
  std::vector<Chain> all;
  std::vector<bool> used(pieces.size(), false);
  const auto follow = [&](std::size_t first) {
    Chain chain{{joint(2 * first)}, pieces[first].below, pieces[first].above};
    for (std::size_t s = first; s != nobody && !used[s];) {
      used[s] = true;
      chain.points.push_back(joint(2 * s + 1));
      s = partner[2 * s + 1] == nobody ? nobody : partner[2 * s + 1] / 2;
    }
    all.push_back(std::move(chain));
  };
  for (std::size_t s = 0; s < pieces.size(); ++s) // open chains from their beginning, then the closed ones
    if (partner[2 * s] == nobody) follow(s);
  for (std::size_t s = 0; s < pieces.size(); ++s)
    if (!used[s]) follow(s);
  return all;
}

} // namespace mirhydro::geometry
