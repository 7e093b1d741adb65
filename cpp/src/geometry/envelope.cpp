#include "geometry/envelope.hpp"

#include <algorithm>
#include <cmath>

#include "geometry/ascending_sum.hpp"
#include "geometry/level_set.hpp"

namespace mirhydro::geometry {

namespace {
constexpr std::size_t outside = ~std::size_t(0); ///< an edge of the triangle or the square itself

/// The orders of corners that a symmetry can bring about; the shape is the same in each.
template <std::size_t corners> struct Shape;
template <> struct Shape<3> {
  static constexpr std::size_t orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  static constexpr double area = .5;
};
template <> struct Shape<4> {
  static constexpr std::size_t orders[8][4] = {{0, 1, 2, 3}, {0, 2, 1, 3}, {1, 0, 3, 2}, {1, 3, 0, 2},
                                               {2, 0, 3, 1}, {2, 3, 0, 1}, {3, 1, 2, 0}, {3, 2, 1, 0}};
  static constexpr double area = 1;
};

/// Share where a linear function with these corner values is positive less that where it is negative, and its slope.
Balance<double> balance_of(const std::array<double, 3>& d) { return balance(d[0], d[1], d[2]); }
/// On a square its gradient and its value at the centre.
std::array<double, 3> plane_of(const std::array<double, 4>& d) {
  return {.5 * ((d[1] - d[0]) + (d[3] - d[2])), .5 * ((d[2] - d[0]) + (d[3] - d[1])),
          .25 * ((d[0] + d[3]) + (d[1] + d[2]))};
}
Balance<double> balance_of(const std::array<double, 4>& d) {
  const auto [x, y, centre] = plane_of(d);
  const Difference<double> line(x, y);
  return {line(centre), line.slope(centre), 0};
}
/// How fast the share where it is positive grows with the components of its gradient: Difference, differentiated.
std::array<double, 2> tilted(const std::array<double, 4>& d) {
  const auto [x, y, centre] = plane_of(d);
  const double a = std::min(std::abs(x), std::abs(y)), b = std::max(std::abs(x), std::abs(y)), z = std::abs(centre);
  const double corner = .5 * (a + b) - z;
  double by_a = 0, by_b = 0;
  if (z <= .5 * (b - a)) // the line leaves through opposite sides
    by_b = b > parallel ? z / b / b : 0;
  else if (corner > 0 && a * b > parallel)
    by_a = .5 * (corner / a) * ((a - corner) / (a * b)), by_b = .5 * (corner / b) * ((b - corner) / (a * b));
  const bool x_is_a = std::abs(x) < std::abs(y);
  const double by_x = x_is_a ? by_a : by_b, by_y = x_is_a ? by_b : by_a;
  return {std::copysign(1, -centre) * std::copysign(1, x) * by_x,
          std::copysign(1, -centre) * std::copysign(1, y) * by_y};
}
} // namespace

/// a is nowhere below b, and somewhere above it.
template <std::size_t corners> bool Envelope<corners>::dominates(const Values& a, const Values& b) {
  for (std::size_t k = 0; k < corners; ++k)
    if (!(a[k] >= b[k])) return false;
  return a != b;
}

template <std::size_t corners>
void Envelope<corners>::operator()(const Corners& corner, std::size_t n, double* share, double* rates,
                                   double* moments) {
  std::fill_n(share, n, 0.);
  if (rates != nullptr) std::fill_n(rates, n * n, 0.);
  if (moments != nullptr) std::fill_n(moments, 2 * n * n, 0.);
  if (one_wins(corner, n, share)) return;
  find_columns(corner, n);
  if (used_ == 1) {
    for (const std::size_t m : columns_[0].members) share[m] = 1 / double(columns_[0].members.size());
  } else if (used_ == 2) {
    divide_two(n, share, rates, moments);
  } else {
    put_in_order();
    clip_all(rates != nullptr);
    hand_out(n, share, rates, moments);
  }
}

/// The common case, and the only one that most triangles see.
template <std::size_t corners>
bool Envelope<corners>::one_wins(const Corners& corner, std::size_t n, double* share) const {
  const auto best = std::size_t(std::max_element(corner[0], corner[0] + n) - corner[0]);
  for (std::size_t k = 0; k < n; ++k) {
    if (k == best) continue;
    bool below = true, equal = true;
    for (const double* value : corner) below &= value[k] <= value[best], equal &= value[k] == value[best];
    if (!below || equal) return false;
  }
  share[best] = 1;
  return true;
}

/// Functions that can win somewhere, equal ones together.
template <std::size_t corners> void Envelope<corners>::find_columns(const Corners& corner, std::size_t n) {
  const auto column = [&](std::size_t m) {
    Values value;
    for (std::size_t k = 0; k < corners; ++k) value[k] = corner[k][m];
    return value;
  };
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

template <std::size_t corners>
void Envelope<corners>::divide_two(std::size_t n, double* share, double* rates, double* moments) const {
  const Column &a = columns_[0], &b = columns_[1];
  Values lead;
  for (std::size_t k = 0; k < corners; ++k) lead[k] = a.value[k] - b.value[k];
  const Balance<double> parts = balance_of(lead);
  for (const std::size_t m : a.members) share[m] = .5 * (1 + parts.value) / double(a.members.size());
  for (const std::size_t m : b.members) share[m] = .5 * (1 - parts.value) / double(b.members.size());
  if (rates == nullptr) return;
  const auto pairs = double(a.members.size() * b.members.size());
  const double rate = .5 * parts.slope / pairs;
  std::array<double, 2> moment{};
  if constexpr (corners == 4)
    if (moments != nullptr) moment = tilted(lead);
  for (const std::size_t m : a.members)
    for (const std::size_t k : b.members) {
      rates[m * n + k] = rates[k * n + m] = rate;
      for (std::size_t axis = 0; axis < 2 && moments != nullptr; ++axis)
        moments[2 * (m * n + k) + axis] = moments[2 * (k * n + m) + axis] = moment[axis] / pairs;
    }
}

/// Of the orders of the corners, each with the functions sorted, the one whose table comes last: two triangles that
/// differ in the order of corners or functions give the same table. Several orders may give it: then the triangle has a
/// symmetry, and each function is the mean of the roles that it can play.
template <std::size_t corners> void Envelope<corners>::put_in_order() {
  const auto by_value = [](const Entry& a, const Entry& b) { return a.value < b.value; };
  const auto before = [&](const Table& a, const Table& b) {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), by_value);
  };
  table_.resize(used_);
  trial_.resize(used_);
  ties_ = 0;
  orders_.clear();
  Values least = columns_[0].value; // of each corner: the table starts with that of its first one
  for (std::size_t c = 1; c < used_; ++c)
    for (std::size_t k = 0; k < corners; ++k) least[k] = std::min(least[k], columns_[c].value[k]);
  const double last = *std::max_element(least.begin(), least.end());
  for (const auto& order : Shape<corners>::orders) {
    if (least[order[0]] < last) continue;
    for (std::size_t c = 0; c < used_; ++c) {
      for (std::size_t k = 0; k < corners; ++k) trial_[c].value[k] = columns_[c].value[order[k]];
      trial_[c].column = c;
    }
    std::sort(trial_.begin(), trial_.end(), by_value);
    if (ties_ > 0 && before(trial_, table_)) continue;
    if (ties_ == 0 || before(table_, trial_)) {
      table_.swap(trial_);
      place_.clear();
      orders_.clear();
      ties_ = 0;
    }
    orders_.push_back(std::size_t(&order - Shape<corners>::orders));
    const Table& read = ties_ == 0 ? table_ : trial_;
    place_.resize((ties_ + 1) * used_);
    for (std::size_t k = 0; k < used_; ++k) place_[ties_ * used_ + read[k].column] = k;
    ++ties_;
  }
}

/// The part of the polygon where function m is not below k.
template <std::size_t corners> void Envelope<corners>::clip_by(std::size_t m, std::size_t k) {
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

/// The polygon's share: its area in coordinates in which the first three corners are (0, 0), (1, 0), (0, 1), by the
/// whole.
template <std::size_t corners> double Envelope<corners>::area() const {
  double sum = 0;
  for (std::size_t k = 1; k + 1 < polygon_.size(); ++k) {
    const Vertex &o = polygon_[0], &a = polygon_[k], &b = polygon_[k + 1];
    sum += (a.u - o.u) * (b.v - o.v) - (b.u - o.u) * (a.v - o.v);
  }
  return std::max(sum * (.5 / Shape<corners>::area), 0.);
}

template <std::size_t corners> void Envelope<corners>::clip_all(bool with_rates) {
  parts_.assign(used_, 0);
  sides_.assign(used_ * used_, {0, 0, 0});
  for (std::size_t m = 0; m < used_; ++m) {
    if constexpr (corners == 3)
      polygon_.assign({{0, 0, outside}, {1, 0, outside}, {0, 1, outside}});
    else
      polygon_.assign({{0, 0, outside}, {1, 0, outside}, {1, 1, outside}, {0, 1, outside}});
    for (std::size_t k = used_; k-- > 0 && polygon_.size() > 2;) // the strongest first: whoever loses, loses soon
      if (k != m) clip_by(m, k);
    parts_[m] = area();
    for (std::size_t e = 0; e < polygon_.size() && with_rates; ++e) {
      const Vertex &to = polygon_[e], &from = polygon_[(e + polygon_.size() - 1) % polygon_.size()];
      if (to.edge == outside) continue;
      const auto &a = table_[m].value, &b = table_[to.edge].value;
      const double du = (a[1] - b[1]) - (a[0] - b[0]), dv = (a[2] - b[2]) - (a[0] - b[0]);
      const double steepness = std::sqrt(du * du + dv * dv);
      if (!(steepness > 0)) continue;
      const double rate = std::sqrt((to.u - from.u) * (to.u - from.u) + (to.v - from.v) * (to.v - from.v)) /
                          (Shape<corners>::area * steepness);
      Side& side = sides_[m * used_ + to.edge];
      side.rate += rate;
      side.u += rate * (.5 * (to.u + from.u) - .5), side.v += rate * (.5 * (to.v + from.v) - .5);
    }
  }
}

/// Over the ways to read the table.
template <std::size_t corners> template <class PartOf> double Envelope<corners>::mean(PartOf&& part_of) {
  roles_.clear();
  for (std::size_t t = 0; t < ties_; ++t) roles_.push_back(part_of(&place_[t * used_]));
  return ascending_sum(roles_) / double(ties_);
}

/// Along x and y of a square, the moment of the line between two functions as one way to read the table has it.
template <std::size_t corners>
std::array<double, 2> Envelope<corners>::place_of(std::size_t tie, std::size_t c, std::size_t d) const {
  const std::size_t a = place_[tie * used_ + c], b = place_[tie * used_ + d];
  const Side &from_a = sides_[a * used_ + b], &from_b = sides_[b * used_ + a];
  const double u = .5 * (from_a.u + from_b.u), v = .5 * (from_a.v + from_b.v);
  const auto& order = Shape<corners>::orders[orders_[tie]];
  const auto along = [&](std::size_t bit) { // of the corners' numbers: their column, their row
    const auto at = [&](std::size_t k) { return double(order[k] >> bit & 1); };
    return u * (at(1) - at(0)) + v * (at(2) - at(0));
  };
  return {along(0), along(1)};
}

template <std::size_t corners>
void Envelope<corners>::hand_out(std::size_t n, double* share, double* rates, double* moments) {
  for (std::size_t c = 0; c < used_; ++c) {
    const std::vector<std::size_t>& own = columns_[c].members;
    const double part = mean([&](const std::size_t* place) { return parts_[place[c]]; }) / double(own.size());
    for (const std::size_t m : own) share[m] = part;
    for (std::size_t d = 0; d < c && rates != nullptr; ++d) {
      const std::vector<std::size_t>& others = columns_[d].members;
      const double rate = mean([&](const std::size_t* place) {
                            const std::size_t a = place[c], b = place[d];
                            return .5 * (sides_[a * used_ + b].rate + sides_[b * used_ + a].rate);
                          }) /
                          double(own.size() * others.size());
      for (const std::size_t m : own)
        for (const std::size_t k : others) rates[m * n + k] = rates[k * n + m] = rate;
      for (std::size_t axis = 0; axis < 2 && moments != nullptr; ++axis) {
        roles_.clear();
        for (std::size_t t = 0; t < ties_; ++t) roles_.push_back(place_of(t, c, d)[axis]);
        const double moment = paired_sum(roles_.data(), ties_) / (double(ties_) * double(own.size() * others.size()));
        for (const std::size_t m : own)
          for (const std::size_t k : others) moments[2 * (m * n + k) + axis] = moments[2 * (k * n + m) + axis] = moment;
      }
    }
  }
}

template class Envelope<3>;
template class Envelope<4>;

} // namespace mirhydro::geometry
