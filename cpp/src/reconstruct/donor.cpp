#include "reconstruct/donor.hpp"

#include <algorithm>

#include "geometry/competition.hpp"
#include "reconstruct/fold.hpp"
#include "reconstruct/pieces.hpp"

namespace mirhydro::reconstruct {

namespace {

bool has_parallel_lines(const Regions& r, const Skin& s) {
  const auto first = std::size_t(s.first);
  for (std::size_t q = 1; q + 1 < std::size_t(s.count); ++q)
    if (r.skin_mx[first + q] != r.skin_mx[first] || r.skin_my[first + q] != r.skin_my[first]) return false;
  return true;
}

/// Between two parallel lines of a slab: each is known by the part on its smaller side, and differences are taken so
/// that counting from the other end gives the same bits.
struct Cut {
  double part;
  bool below; ///< the smaller side is the one counted from
};

double between(const Cut& from, const Cut& to, double width) {
  if (from.below && to.below) return to.part - from.part;
  if (!from.below && !to.below) return from.part - to.part;
  return width - (from.part + to.part);
}

void parallel_slab(const Regions& r, const Skin& s, bool along_y, double width, double side, std::vector<double>& out) {
  Cut from{0, true};
  for (std::size_t q = 0; q < out.size(); ++q) {
    Cut to{0, false};
    if (q + 1 < out.size()) {
      const auto k = std::size_t(s.first) + q;
      const double mx = along_y ? r.skin_my[k] : r.skin_mx[k], my = along_y ? r.skin_mx[k] : r.skin_my[k];
      const double t = r.skin_t[k] - mx * (side * (.5 - .5 * width));
      to = {width * geometry::smaller_side(mx * width, my, t), t < 0};
    }
    out[q] = std::max(between(from, to, width), 0.);
    from = to;
  }
}

void clipped_slab(const Regions& r, std::size_t row, bool along_y, double width, double side, Outflow& out,
                  std::vector<double>& volume) {
  const double inner = side < 0 ? -.5 + width : .5 - width;
  const double from = side < 0 ? -.5 : inner, to = side < 0 ? inner : .5;
  const geometry::SmallPolygon frame =
      along_y ? geometry::rectangle(-.5, .5, from, to) : geometry::rectangle(from, to, -.5, .5);
  pieces(r, row, frame, [&](int m, const geometry::SmallPolygon& piece) {
    for (std::size_t q = 0; q < out.size(); ++q)
      if (out.material[q] == m) volume[q] += geometry::moments(piece).area;
  });
}

/// Scratch of a thread, so that a warm call allocates nothing.
struct Scratch {
  geometry::Competition competition;
  std::vector<double> area, terms;
};
Scratch& scratch() {
  thread_local Scratch mine;
  return mine;
}

/// By level sets: the areas of the regions, and what each point of a region that holds too much gives to the others.
void level_set_slab(const Regions& r, const Skin& s, bool along_y, double width, bool high,
                    std::vector<double>& volume) {
  Scratch& mine = scratch();
  const auto first = std::size_t(s.first), count = std::size_t(s.count);
  mine.area.resize(count);
  mine.competition.of(r.K(), count)
      .slab(&r.skin_nodes[first * r.nodes_per_cell()], along_y, high, width, mine.area.data());
  share_areas(r, s, mine.area);
  std::copy(mine.area.begin(), mine.area.end(), volume.begin());
}

/// The largest volume that may take a difference, if it is above `least`, makes them add up to the width; several that
/// are equal share it, so that no numbering of the materials decides.
void close(double width, double least, std::vector<double>& volume, const std::vector<bool>& gone) {
  double largest = least;
  for (std::size_t q = 0; q < volume.size(); ++q)
    if (!gone[q]) largest = std::max(largest, volume[q]);
  const auto takes = [&](std::size_t q) { return !gone[q] && volume[q] == largest && largest > least; };
  int count = 0;
  for (std::size_t q = 0; q < volume.size(); ++q) count += takes(q);
  if (count == 0) return;
  std::vector<double>& terms = scratch().terms;
  terms.assign(volume.begin(), volume.end());
  const double difference = (width - ascending_sum(terms)) / count;
  for (std::size_t q = 0; q < volume.size(); ++q)
    if (takes(q)) volume[q] = std::max(largest + difference, 0.);
}

/// Both faces together take at most what there is.
void cap(Outflow& out) {
  for (std::size_t q = 0; q < out.size(); ++q) {
    const double both = out.low[q] + out.high[q];
    if (both <= out.vf[q]) continue;
    const double by = out.vf[q] / both * (1 - 0x1p-52);
    out.low[q] *= by, out.high[q] *= by;
  }
}

/// What a face lacks beyond round-off comes from all materials that have room, in proportion; what it has too much, all
/// give up.
void fill(double low, double high, Outflow& out) {
  constexpr double round_off = 2e-16;
  std::vector<double>& terms = scratch().terms;
  const auto missing = [&](double width, std::vector<double>& volume) {
    if (!(width > 0)) return 0.;
    terms.assign(volume.begin(), volume.end());
    const double sum = ascending_sum(terms), lack = width - sum;
    if (lack < -round_off)
      for (double& v : volume) v *= width / sum;
    return lack > round_off ? lack : 0;
  };
  const double lack_low = missing(low, out.low), lack_high = missing(high, out.high);
  if (lack_low == 0 && lack_high == 0) return;
  terms.clear();
  for (std::size_t q = 0; q < out.size(); ++q) terms.push_back(std::max(out.vf[q] - (out.low[q] + out.high[q]), 0.));
  const double rooms = ascending_sum(terms);
  if (!(rooms > 0)) return;
  for (std::size_t q = 0; q < out.size(); ++q) {
    const double room = std::max(out.vf[q] - (out.low[q] + out.high[q]), 0.) / rooms;
    out.low[q] += lack_low * room, out.high[q] += lack_high * room;
  }
}

} // namespace

void share_areas(const Regions& r, const Skin& s, std::vector<double>& area) {
  const auto first = std::size_t(s.first);
  std::vector<double>& terms = scratch().terms;
  terms.clear();
  for (std::size_t q = 0; q < area.size(); ++q) terms.push_back(area[q] * (1 - r.skin_kept[first + q]));
  const double given = ascending_sum(terms);
  for (std::size_t q = 0; q < area.size(); ++q)
    area[q] = area[q] * r.skin_kept[first + q] + given * r.skin_gets[first + q];
}

void divide(double whole, double both, double& low, double& high) {
  double& smaller = low < high ? low : high;
  double& larger = low < high ? high : low;
  const bool equal = low == high;
  smaller = whole * (smaller / both);
  larger = equal ? smaller : whole - smaller;
}

void skin_outflow(const Regions& regions, std::size_t row, bool along_y, double low, double high, Outflow& out) {
  const Skin& s = regions.skin(row);
  const bool parallel = regions.K() == 0 && has_parallel_lines(regions, s);
  for (const bool upper : {false, true}) {
    const double width = upper ? high : low, side = upper ? 1 : -1;
    std::vector<double>& volume = upper ? out.high : out.low;
    if (width <= 0) continue;
    if (width >= 1) {
      volume = out.vf;
      continue;
    }
    if (regions.K() > 0)
      level_set_slab(regions, s, along_y, width, upper, volume);
    else if (parallel)
      parallel_slab(regions, s, along_y, width, side, volume);
    else
      clipped_slab(regions, row, along_y, width, side, out, volume);
    for (std::size_t q = 0; q < out.size(); ++q) volume[q] = std::min(volume[q], out.vf[q]);
  }
  cap(out);
  fill(low, high, out);
  if (low > 0 && low < 1) close(low, -1, out.low, out.gone); // whatever it is
  if (high > 0 && high < 1) close(high, -1, out.high, out.gone);
  cap(out);
}

void flush(double low, double high, double eps, Outflow& out) {
  for (std::size_t q = 0; q < out.size(); ++q) {
    if (out.low[q] < eps) out.low[q] = 0;
    if (out.high[q] < eps) out.high[q] = 0;
  }
  // Closing a sum may bring the largest material near its end, too: then it leaves as well, and the next largest
  // closes.
  for (bool settled = false; !settled;) {
    settled = true;
    for (std::size_t q = 0; q < out.size(); ++q) {
      const double both = out.low[q] + out.high[q];
      if (out.gone[q] || !(both > 0) || out.vf[q] - both >= eps) continue;
      out.gone[q] = true, settled = false;
      divide(out.vf[q], both, out.low[q], out.high[q]);
    }
    if (low > 0) close(low, 2 * eps, out.low, out.gone);
    if (high > 0) close(high, 2 * eps, out.high, out.gone);
    for (std::size_t q = 0; q < out.size() && settled; ++q)
      settled = out.gone[q] || out.low[q] + out.high[q] == 0 || out.vf[q] - (out.low[q] + out.high[q]) >= eps;
  }
}

} // namespace mirhydro::reconstruct
