#include "geometry/envelope.hpp"

#include <algorithm>
#include <cmath>

#include "geometry/ascending_sum.hpp"
#include "geometry/level_set.hpp"

namespace mirhydro::geometry {

namespace {
constexpr std::size_t outside = ~std::size_t(0); ///< an edge of the triangle itself

/// a is nowhere below b, and somewhere above it.
bool dominates(const std::array<double, 3>& a, const std::array<double, 3>& b) {
  return a[0] >= b[0] && a[1] >= b[1] && a[2] >= b[2] && a != b;
}
} // namespace

void Envelope::operator()(const double* p, const double* q, const double* r, std::size_t n, double* share,
                          double* rates) {
  const double* const corner[3] = {p, q, r};
  std::fill_n(share, n, 0.);
  if (rates != nullptr) std::fill_n(rates, n * n, 0.);
  if (one_wins(corner, n, share)) return;
  find_columns(corner, n);
  if (used_ == 1) {
    for (const std::size_t m : columns_[0].members) share[m] = 1 / double(columns_[0].members.size());
  } else if (used_ == 2) {
    divide_two(n, share, rates);
  } else {
    put_in_order();
    clip_all(rates != nullptr);
    hand_out(n, share, rates);
  }
}

/// The common case, and the only one that most triangles see.
bool Envelope::one_wins(const double* const (&corner)[3], std::size_t n, double* share) const {
  const auto best = std::size_t(std::max_element(corner[0], corner[0] + n) - corner[0]);
  for (std::size_t k = 0; k < n; ++k) {
    if (k == best) continue;
    const bool below =
        corner[0][k] <= corner[0][best] && corner[1][k] <= corner[1][best] && corner[2][k] <= corner[2][best];
    const bool equal =
        corner[0][k] == corner[0][best] && corner[1][k] == corner[1][best] && corner[2][k] == corner[2][best];
    if (!below || equal) return false;
  }
  share[best] = 1;
  return true;
}

/// Functions that can win somewhere, equal ones together.
void Envelope::find_columns(const double* const (&corner)[3], std::size_t n) {
  const auto column = [&](std::size_t m) { return std::array{corner[0][m], corner[1][m], corner[2][m]}; };
  used_ = 0;
  for (std::size_t m = 0; m < n; ++m) {
    const auto here = column(m);
    bool beaten = false;
    for (std::size_t k = 0; k < n && !beaten; ++k) beaten = dominates(column(k), here);
    if (beaten) continue;
    const auto end = columns_.begin() + std::ptrdiff_t(used_);
    const auto same = std::find_if(columns_.begin(), end, [&](const Column& c) { return c.value == here; });
    if (same != end) {
      same->members.push_back(m);
      continue;
    }
    if (used_ == columns_.size()) columns_.emplace_back();
    columns_[used_].value = here;
    columns_[used_].members.assign(1, m);
    ++used_;
  }
}

void Envelope::divide_two(std::size_t n, double* share, double* rates) const {
  const Column &a = columns_[0], &b = columns_[1];
  const Balance<double> parts = balance(a.value[0] - b.value[0], a.value[1] - b.value[1], a.value[2] - b.value[2]);
  for (const std::size_t m : a.members) share[m] = .5 * (1 + parts.value) / double(a.members.size());
  for (const std::size_t m : b.members) share[m] = .5 * (1 - parts.value) / double(b.members.size());
  if (rates == nullptr) return;
  const double rate = .5 * parts.slope / double(a.members.size() * b.members.size());
  for (const std::size_t m : a.members)
    for (const std::size_t k : b.members) rates[m * n + k] = rates[k * n + m] = rate;
}

/// Of the six orders of the corners, each with the functions sorted, the one whose table comes last: two triangles that
/// differ in the order of corners or functions give the same table. Several orders may give it: then the triangle has a
/// symmetry, and each function is the mean of the roles that it can play.
void Envelope::put_in_order() {
  static constexpr std::size_t orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  const auto by_value = [](const Entry& a, const Entry& b) { return a.value < b.value; };
  const auto before = [&](const Table& a, const Table& b) {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), by_value);
  };
  table_.resize(used_);
  trial_.resize(used_);
  ties_ = 0;
  std::array<double, 3> least = columns_[0].value; // of each corner: the table starts with that of its first one
  for (std::size_t c = 1; c < used_; ++c)
    for (std::size_t k = 0; k < 3; ++k) least[k] = std::min(least[k], columns_[c].value[k]);
  const double last = std::max({least[0], least[1], least[2]});
  for (const auto& order : orders) {
    if (least[order[0]] < last) continue;
    for (std::size_t c = 0; c < used_; ++c) {
      const auto& value = columns_[c].value;
      trial_[c] = {{value[order[0]], value[order[1]], value[order[2]]}, c};
    }
    std::sort(trial_.begin(), trial_.end(), by_value);
    if (ties_ > 0 && before(trial_, table_)) continue;
    if (ties_ == 0 || before(table_, trial_)) {
      table_.swap(trial_);
      place_.clear();
      ties_ = 0;
    }
    const Table& read = ties_ == 0 ? table_ : trial_;
    place_.resize((ties_ + 1) * used_);
    for (std::size_t k = 0; k < used_; ++k) place_[ties_ * used_ + read[k].column] = k;
    ++ties_;
  }
}

/// The part of the polygon where function m is not below k.
void Envelope::clip_by(std::size_t m, std::size_t k) {
  const auto &a = table_[m].value, &b = table_[k].value;
  const double d0 = a[0] - b[0], du = (a[1] - b[1]) - d0, dv = (a[2] - b[2]) - d0;
  const auto lead = [&](const Vertex& p) { return d0 + (p.u * du + p.v * dv); };
  next_.clear();
  if (polygon_.empty()) return;
  Vertex from = polygon_.back();
  double lead_from = lead(from);
  for (const Vertex& to : polygon_) {
    const double lead_to = lead(to);
    if ((lead_from < 0 && lead_to > 0) || (lead_from > 0 && lead_to < 0)) {
      const double s = lead_from / (lead_from - lead_to);
      // inwards: the edge to here is the new one; outwards: the old one ends here
      next_.push_back({from.u + s * (to.u - from.u), from.v + s * (to.v - from.v), lead_to > 0 ? k : to.edge});
    }
    if (lead_to >= 0) next_.push_back({to.u, to.v, lead_from < 0 && lead_to == 0 ? k : to.edge});
    from = to;
    lead_from = lead_to;
  }
  polygon_.swap(next_);
}

/// Twice the area in the coordinates of the triangle: its share.
double Envelope::area() const {
  double sum = 0;
  for (std::size_t k = 1; k + 1 < polygon_.size(); ++k) {
    const Vertex &o = polygon_[0], &a = polygon_[k], &b = polygon_[k + 1];
    sum += (a.u - o.u) * (b.v - o.v) - (b.u - o.u) * (a.v - o.v);
  }
  return std::max(sum, 0.);
}

void Envelope::clip_all(bool with_rates) {
  parts_.assign(used_, 0);
  lengths_.assign(used_ * used_, 0);
  for (std::size_t m = 0; m < used_; ++m) {
    polygon_.assign({{0, 0, outside}, {1, 0, outside}, {0, 1, outside}});
    for (std::size_t k = used_; k-- > 0 && polygon_.size() > 2;) // the strongest first: whoever loses, loses soon
      if (k != m) clip_by(m, k);
    parts_[m] = area();
    for (std::size_t e = 0; e < polygon_.size() && with_rates; ++e) {
      const Vertex &to = polygon_[e], &from = polygon_[(e + polygon_.size() - 1) % polygon_.size()];
      if (to.edge == outside) continue;
      const auto &a = table_[m].value, &b = table_[to.edge].value;
      const double du = (a[1] - b[1]) - (a[0] - b[0]), dv = (a[2] - b[2]) - (a[0] - b[0]);
      const double steepness = std::sqrt(du * du + dv * dv);
      if (steepness > 0)
        lengths_[m * used_ + to.edge] +=
            2 * std::sqrt((to.u - from.u) * (to.u - from.u) + (to.v - from.v) * (to.v - from.v)) / steepness;
    }
  }
}

/// Over the ways to read the table.
template <class PartOf> double Envelope::mean(PartOf&& part_of) {
  roles_.clear();
  for (std::size_t t = 0; t < ties_; ++t) roles_.push_back(part_of(&place_[t * used_]));
  return ascending_sum(roles_) / double(ties_);
}

void Envelope::hand_out(std::size_t n, double* share, double* rates) {
  for (std::size_t c = 0; c < used_; ++c) {
    const std::vector<std::size_t>& own = columns_[c].members;
    const double part = mean([&](const std::size_t* place) { return parts_[place[c]]; }) / double(own.size());
    for (const std::size_t m : own) share[m] = part;
    for (std::size_t d = 0; d < c && rates != nullptr; ++d) {
      const std::vector<std::size_t>& others = columns_[d].members;
      const double rate = mean([&](const std::size_t* place) {
                            const std::size_t a = place[c], b = place[d];
                            return .5 * (lengths_[a * used_ + b] + lengths_[b * used_ + a]);
                          }) /
                          double(own.size() * others.size());
      for (const std::size_t m : own)
        for (const std::size_t k : others) rates[m * n + k] = rates[k * n + m] = rate;
    }
  }
}

} // namespace mirhydro::geometry
