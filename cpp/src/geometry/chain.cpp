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
  Point point;
  int below, above;
};

constexpr std::size_t nobody = static_cast<std::size_t>(-1);

const Point& point(const std::vector<Piece>& pieces, std::size_t k) {
  return k % 2 == 0 ? pieces[k / 2].from : pieces[k / 2].to;
}

Place face_of(const Piece& piece, const Point& p) {
  constexpr double snap = 1e-9;
  const double x = p.x - double(piece.i), y = p.y - double(piece.j);
  const bool at_x = x < snap || x > 1 - snap, at_y = y < snap || y > 1 - snap;
  const std::ptrdiff_t face_i = piece.i + (x > .5 ? 1 : 0), face_j = piece.j + (y > .5 ? 1 : 0);
  if (at_x && at_y) return {2, face_j, face_i};
  if (at_x) return {0, piece.j, face_i};
  if (at_y) return {1, face_j, piece.i};
  return {3, piece.j, piece.i}; // inside the cell, at a third material
}

Place corner_of(const Piece& piece, const Point& p) {
  return {2, piece.j + (p.y - double(piece.j) > .5 ? 1 : 0), piece.i + (p.x - double(piece.i) > .5 ? 1 : 0)};
}

/// A way to join the ends at one place: as many as possible, and of these ways the shortest.
struct Matching {
  std::vector<std::size_t> from; ///< for each end that runs in, the end that runs out, or nobody
  std::size_t joined = 0;
  double length = 0;
  bool better_than(const Matching& other) const {
    return joined != other.joined ? joined > other.joined : length < other.length;
  }
};

class Joiner {
public:
  Joiner(const std::vector<Piece>& pieces, double reach, bool within_cells)
      : pieces_(pieces), reach_(reach), within_cells_(within_cells) {}

  void join(const std::vector<End>& ends, std::vector<std::size_t>& partner) {
    in_.clear(), out_.clear();
    for (const End& end : ends) (end.k % 2 == 1 ? in_ : out_).push_back(&end);
    used_.assign(out_.size(), false);
    best_ = {};
    trial_ = {};
    trial_.from.assign(in_.size(), nobody);
    best_.from = trial_.from;
    steps_ = 0;
    search(0);
    for (std::size_t p = 0; p < in_.size(); ++p) {
      if (best_.from[p] == nobody) continue;
      partner[in_[p]->k] = out_[best_.from[p]]->k;
      partner[out_[best_.from[p]]->k] = in_[p]->k;
    }
  }

private:
  static constexpr int most_steps = 5000; ///< crowds larger than this never meet at one face of one pair of materials

  double gap(const End& p, const End& q) const {
    const Piece &a = pieces_[p.k / 2], &b = pieces_[q.k / 2];
    const bool same_cell = a.i == b.i && a.j == b.j;
    const bool allowed = same_cell == within_cells_ && &a != &b;
    return !allowed ? 2 * reach_ + 1 : std::hypot(p.point.x - q.point.x, p.point.y - q.point.y);
  }

  void search(std::size_t p) {
    if (++steps_ > most_steps) return;
    const std::size_t reachable = trial_.joined + (in_.size() - p);
    if (reachable < best_.joined || (reachable == best_.joined && trial_.length >= best_.length)) return;
    if (p == in_.size()) {
      if (trial_.better_than(best_)) best_ = trial_;
      return;
    }
    for (std::size_t q = 0; q < out_.size(); ++q) {
      const double length = gap(*in_[p], *out_[q]);
      if (used_[q] || length > reach_) continue;
      const Matching before = trial_;
      used_[q] = true, trial_.from[p] = q, ++trial_.joined, trial_.length += length;
      search(p + 1);
      used_[q] = false, trial_ = before;
    }
    search(p + 1); // or left open
  }

  const std::vector<Piece>& pieces_;
  double reach_;
  bool within_cells_;
  std::vector<const End*> in_, out_;
  std::vector<bool> used_;
  Matching best_, trial_;
  int steps_ = 0;
};

/// Joins what is still open among ends at the same place.
template <class PlaceOf>
void join_at(const std::vector<Piece>& pieces, double reach, bool within_cells, PlaceOf&& place_of,
             std::vector<std::size_t>& partner) {
  std::vector<End> ends;
  for (std::size_t k = 0; k < 2 * pieces.size(); ++k) {
    if (partner[k] != nobody) continue;
    const Piece& piece = pieces[k / 2];
    const Point& p = point(pieces, k);
    ends.push_back({k, place_of(piece, p), p, piece.below, piece.above});
  }
  const auto key = [](const End& e) { return std::tie(e.place, e.below, e.above); };
  std::stable_sort(ends.begin(), ends.end(), [&](const End& p, const End& q) { return key(p) < key(q); });
  Joiner joiner(pieces, reach, within_cells);
  for (std::size_t first = 0; first < ends.size();) {
    std::size_t last = first;
    while (last < ends.size() && key(ends[last]) == key(ends[first])) ++last;
    std::vector<End> group(ends.begin() + std::ptrdiff_t(first), ends.begin() + std::ptrdiff_t(last));
    if (group.size() > 1 && (group.front().place.kind == 3) == within_cells) joiner.join(group, partner);
    first = last;
  }
}

/// The pieces of one cell first, point by point; then ends at the same face; then those that pass a corner of the mesh
/// on different sides of it: lines of neighbours miss each other by the square of the spacing, and near a corner they
/// may so end on different faces.
std::vector<std::size_t> partners(const std::vector<Piece>& pieces) {
  std::vector<std::size_t> partner(2 * pieces.size(), nobody);
  join_at(pieces, 1e-9, true, face_of, partner);
  join_at(pieces, 1., false, face_of, partner);
  join_at(pieces, .5, false, corner_of, partner);
  return partner;
}

} // namespace

std::vector<Chain> chains(const std::vector<Piece>& pieces) {
  const std::vector<std::size_t> partner = partners(pieces);
  const auto joint = [&](std::size_t k) {
    const Point p = point(pieces, k);
    if (partner[k] == nobody) return p;
    const Point q = point(pieces, partner[k]);
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
