#include "geometry/level_columns.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "geometry/cell_sweep.hpp"

namespace mirhydro::outline {
namespace {

constexpr std::array<double, 8> nodes{0.9914553711208126, 0.9491079123427585, 0.8648644233597691, 0.7415311855993945,
                                      0.5860872354676911, 0.4058451513773972, 0.2077849550078985, 0.0};
constexpr std::array<double, 8> kronrod{0.02293532201052922, 0.06309209262997856, 0.1047900103222502,
                                        0.1406532597155259,  0.1690047266392679,  0.1903505780647854,
                                        0.2044329400752989,  0.2094821410847278};
constexpr std::array<double, 8> gauss{0, 0.1294849661688697, 0, 0.2797053914892767,
                                      0, 0.3818300505051189, 0, 0.4179591836734694};
constexpr std::size_t nodes_each = 15;
constexpr std::size_t columns_each = nodes_each + 2; // one more just inside each end
constexpr double end_node = 1 - 2e-9;

/// Column n of an interval as a place in (-1, 1).
double place(std::size_t n) {
  if (n == 0) return -end_node;
  if (n > nodes_each) return end_node;
  return n < 8 ? -nodes[n - 1] : nodes[nodes_each - n];
}

double abscissa(double low, double high, std::size_t n) { return .5 * (low + high) + .5 * (high - low) * place(n); }

/// Weights of the values at the nodes in their interpolant at the right end.
std::array<double, nodes_each> end_weights() {
  std::array<double, nodes_each> weights{};
  for (std::size_t k = 0; k < nodes_each; ++k) {
    weights[k] = 1;
    for (std::size_t n = 0; n < nodes_each; ++n)
      if (n != k) weights[k] *= (end_node - place(n + 1)) / (place(k + 1) - place(n + 1));
  }
  return weights;
}

/// What one material's lengths in the columns (`step` apart) give.
struct Integral {
  double value, error;
};

/// The error is how far the Gauss and the Kronrod rule differ, or what the lengths at the ends betray about a kink
/// beyond the outermost nodes.
Integral integral(const double* lengths, std::size_t step) {
  static const std::array<double, nodes_each> weights = end_weights();
  double fine = 0, coarse = 0, left = 0, right = 0;
  for (std::size_t k = 0; k < nodes_each; ++k) {
    const double length = lengths[(k + 1) * step];
    const std::size_t node = std::min(k, nodes_each - 1 - k);
    fine += .5 * kronrod[node] * length;
    coarse += .5 * gauss[node] * length;
    left += weights[nodes_each - 1 - k] * length;
    right += weights[k] * length;
  }
  const double beyond = std::max(std::abs(left - lengths[0]), std::abs(right - lengths[(nodes_each + 1) * step]));
  return {fine, std::max(std::abs(fine - coarse), 2e-3 * beyond)};
}

Segment column(const Frame& frame, double s) {
  const double start = double(frame.s.origin) + s * frame.s.step, across = double(frame.t.origin);
  if (frame.swapped) return {across, start, frame.t.step, 0};
  return {start, across, 0, frame.t.step};
}

Segment side(const Frame& frame, double t) {
  const double start = double(frame.s.origin), across = double(frame.t.origin) + t * frame.t.step;
  if (frame.swapped) return {across, start, 0, frame.s.step};
  return {start, across, frame.s.step, 0};
}

} // namespace

LevelColumns::LevelColumns(const Layers& layers, const std::vector<std::unique_ptr<MeshOutline>>& outlines,
                           const Mesh& mesh)
    : layers_(layers), outlines_(outlines), mesh_(mesh), materials_(layers.rules.size() + 1) {}

bool LevelColumns::concerns(const CellStack& stack) const {
  return std::any_of(stack.outlines.begin(), stack.outlines.end(), [this](int k) { return level_set(k) != nullptr; });
}

void LevelColumns::add(const CellStack& stack, int j, int i) {
  cells_.push_back({stack, j, i, {}, {}, std::vector<double>(materials_, 0.0), 0});
}

void LevelColumns::solve(std::vector<double>& area, const std::function<void(int, int)>& write) {
  if (cells_.empty()) return;
  choose_frames();
  std::vector<Interval> open = first_intervals();
  while (!open.empty()) {
    std::vector<Interval> parts;
    constexpr std::size_t many = 2048;
    for (std::size_t begin = 0; begin < open.size(); begin += many) {
      const std::vector<Interval> part(open.begin() + std::ptrdiff_t(begin),
                                       open.begin() + std::ptrdiff_t(std::min(open.size(), begin + many)));
      const Round round = cut_columns(part);
      for (std::size_t k = 0; k < part.size(); ++k) settle(part[k], round, k * columns_each, parts);
    }
    open = std::move(parts);
  }
  for (const Cell& cell : cells_) {
    area = cell.area;
    write(cell.j, cell.i);
  }
  cells_.clear();
}

void LevelColumns::choose_frames() {
  for (std::size_t k = 0; k < outlines_.size(); ++k) {
    if (level_set(int(k)) == nullptr) continue;
    std::vector<std::size_t> chosen;
    std::vector<double> x, y, values;
    for (std::size_t c = 0; c < cells_.size(); ++c) {
      const std::vector<int>& of_cell = cells_[c].stack.outlines;
      const auto first =
          std::find_if(of_cell.begin(), of_cell.end(), [this](int o) { return level_set(o) != nullptr; });
      if (*first != int(k)) continue;
      chosen.push_back(c);
      const Frame frame = cell_frame(mesh_, cells_[c].j, cells_[c].i);
      for (const int corner : {0, 1, 2, 3}) {
        x.push_back(double(frame.s.origin) + (corner & 1) * frame.s.step);
        y.push_back(double(frame.t.origin) + (corner >> 1) * frame.t.step);
      }
    }
    evaluate(*level_set(int(k)), x, y, values);
    for (std::size_t c = 0; c < chosen.size(); ++c) {
      const double* v = &values[4 * c];
      const double along_x = std::abs((v[1] - v[0]) + (v[3] - v[2])), along_y = std::abs((v[2] - v[0]) + (v[3] - v[1]));
      Cell& cell = cells_[chosen[c]];
      cell.frame = along_x > along_y ? swapped_cell_frame(mesh_, cell.j, cell.i) : cell_frame(mesh_, cell.j, cell.i);
    }
  }
  for (Cell& cell : cells_) {
    cell.local.resize(cell.stack.outlines.size());
    for (std::size_t k = 0; k < cell.local.size(); ++k)
      outlines_[std::size_t(cell.stack.outlines[k])]->localise(cell.frame, cell.j, cell.local[k]);
  }
}

std::vector<LevelColumns::Interval> LevelColumns::first_intervals() {
  std::vector<std::vector<double>> cuts(cells_.size());
  for (std::size_t c = 0; c < cells_.size(); ++c) cuts[c] = stations(cells_[c].local);
  for (std::size_t k = 0; k < outlines_.size(); ++k) {
    if (level_set(int(k)) == nullptr) continue;
    std::vector<std::size_t> chosen;
    std::vector<Segment> sides;
    for (std::size_t c = 0; c < cells_.size(); ++c) {
      const std::vector<int>& of_cell = cells_[c].stack.outlines;
      if (std::find(of_cell.begin(), of_cell.end(), int(k)) == of_cell.end()) continue;
      chosen.push_back(c);
      sides.push_back(side(cells_[c].frame, 0));
      sides.push_back(side(cells_[c].frame, 1));
    }
    const LevelRoots found = level_roots(*level_set(int(k)), sides);
    for (std::size_t c = 0; c < chosen.size(); ++c) {
      std::vector<double>& of_cell = cuts[chosen[c]];
      of_cell.insert(of_cell.end(), found.roots.begin() + std::ptrdiff_t(found.first[2 * c]),
                     found.roots.begin() + std::ptrdiff_t(found.first[2 * c + 2]));
      // An interface that meets neither side may be a speck between two columns: start finer.
      if (found.first[2 * c] == found.first[2 * c + 2]) of_cell.insert(of_cell.end(), {.25, .5, .75});
    }
  }
  std::vector<Interval> intervals;
  for (std::size_t c = 0; c < cells_.size(); ++c) {
    std::sort(cuts[c].begin(), cuts[c].end());
    for (std::size_t n = 0; n + 1 < cuts[c].size(); ++n)
      if (cuts[c][n] < cuts[c][n + 1]) intervals.push_back({c, cuts[c][n], cuts[c][n + 1]});
  }
  return intervals;
}

LevelColumns::Round LevelColumns::cut_columns(const std::vector<Interval>& intervals) const {
  Round round;
  round.roots.resize(outlines_.size());
  round.rows.resize(outlines_.size());
  for (std::size_t k = 0; k < outlines_.size(); ++k) {
    if (level_set(int(k)) == nullptr) continue;
    std::vector<Segment> segments;
    round.rows[k].assign(intervals.size() * columns_each, -1);
    for (std::size_t n = 0; n < intervals.size(); ++n) {
      const Cell& cell = cells_[intervals[n].cell];
      const std::vector<int>& of_cell = cell.stack.outlines;
      if (std::find(of_cell.begin(), of_cell.end(), int(k)) == of_cell.end()) continue;
      for (std::size_t q = 0; q < columns_each; ++q) {
        round.rows[k][n * columns_each + q] = std::ptrdiff_t(segments.size());
        segments.push_back(column(cell.frame, abscissa(intervals[n].low, intervals[n].high, q)));
      }
    }
    round.roots[k] = level_roots(*level_set(int(k)), segments);
  }
  return round;
}

std::uint64_t LevelColumns::add_lengths(const Cell& cell, double s, const Round& round, std::size_t column,
                                        double* length) const {
  std::vector<std::uint8_t> inside(outlines_.size(), 0);
  std::vector<std::pair<double, int>> heights; // and the outline that is crossed there
  std::uint64_t sequence = 14695981039346656037u;
  const auto note = [&sequence](int sign) { sequence = (sequence ^ std::uint64_t(sign)) * 1099511628211u; };
  for (std::size_t n = 0; n < cell.local.size(); ++n) {
    const int outline = cell.stack.outlines[n];
    const std::size_t k = std::size_t(outline);
    if (level_set(outline) != nullptr) {
      const LevelRoots& found = round.roots[k];
      const std::size_t row = std::size_t(round.rows[k][column]);
      inside[k] = found.starts_inside[row];
      note(inside[k]);
      for (std::size_t r = found.first[row]; r < found.first[row + 1]; ++r)
        heights.emplace_back(found.roots[r], outline);
      continue;
    }
    for (const Arc& arc : cell.local[n].arcs)
      if (arc.low <= s && s <= arc.high)
        heights.emplace_back(std::clamp(cell.local[n].curves[std::size_t(arc.curve)].height(s, arc.upper), 0.0, 1.0),
                             outline);
  }
  std::sort(heights.begin(), heights.end());
  double low = 0;
  for (std::size_t h = 0; h <= heights.size(); ++h) {
    const double high = h < heights.size() ? heights[h].first : 1;
    if (low < high) {
      for (std::size_t n = 0; n < cell.local.size(); ++n)
        if (level_set(cell.stack.outlines[n]) == nullptr)
          inside[std::size_t(cell.stack.outlines[n])] = cell.local[n].inside(s, .5 * (low + high)) ? 1 : 0;
      length[layers_.owner(cell.stack, inside.data())] += high - low;
    }
    low = high;
    if (h < heights.size() && level_set(heights[h].second) != nullptr) inside[std::size_t(heights[h].second)] ^= 1;
  }
  for (std::size_t h = 0; h < heights.size();) { // coinciding outlines count in one order, whatever round-off says
    std::size_t end = h + 1;
    while (end < heights.size() && heights[end].first - heights[end - 1].first < 1e-10) ++end;
    std::sort(heights.begin() + std::ptrdiff_t(h), heights.begin() + std::ptrdiff_t(end),
              [](const auto& a, const auto& b) { return a.second < b.second; });
    for (; h < end; ++h) note(heights[h].second + 2);
  }
  return sequence;
}

void LevelColumns::settle(const Interval& interval, const Round& round, std::size_t column,
                          std::vector<Interval>& parts) {
  Cell& cell = cells_[interval.cell];
  const double width = interval.high - interval.low;
  std::vector<double> lengths(columns_each * materials_, 0.0);
  std::array<std::uint64_t, columns_each> sequence{};
  for (std::size_t q = 0; q < columns_each; ++q)
    sequence[q] =
        add_lengths(cell, abscissa(interval.low, interval.high, q), round, column + q, &lengths[q * materials_]);
  constexpr int most_intervals = 2000; // a level set without smoothness ends here, at reduced accuracy
  const bool may_split = width > 1e-13 && cell.intervals < most_intervals;
  std::vector<double> cuts{interval.low};
  for (std::size_t q = 0; may_split && q + 1 < columns_each; ++q)
    if (sequence[q] != sequence[q + 1]) {
      cuts.push_back(abscissa(interval.low, interval.high, q));
      cuts.push_back(abscissa(interval.low, interval.high, q + 1));
    }
  std::vector<double> area(materials_, 0.0);
  double error = 0;
  for (std::size_t m = 0; m < materials_; ++m) {
    const Integral found = integral(&lengths[m], materials_);
    area[m] = width * found.value;
    error = std::max(error, width * found.error);
  }
  if (may_split && cuts.size() == 1 && error > 1e-13) cuts.push_back(.5 * (interval.low + interval.high));
  if (cuts.size() == 1) {
    for (std::size_t m = 0; m < materials_; ++m) cell.area[m] += area[m];
    return;
  }
  cuts.push_back(interval.high);
  for (std::size_t c = 0; c + 1 < cuts.size(); ++c)
    if (cuts[c] < cuts[c + 1]) {
      parts.push_back({interval.cell, cuts[c], cuts[c + 1]});
      ++cell.intervals;
    }
}

} // namespace mirhydro::outline
