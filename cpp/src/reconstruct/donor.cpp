#include "reconstruct/donor.hpp"

#include <algorithm>

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

/// Index of the largest entry that may take a difference.
std::size_t largest(const std::vector<double>& volume, const std::vector<bool>& gone) {
  std::size_t best = volume.size();
  for (std::size_t q = 0; q < volume.size(); ++q)
    if (!gone[q] && (best == volume.size() || volume[q] > volume[best])) best = q;
  return best;
}

double sum(const std::vector<double>& volume) {
  double all = 0;
  for (const double v : volume) all += v;
  return all;
}

/// The largest volume that may take a difference, if it is above `least`, makes them add up to the width.
void close(double width, double least, std::vector<double>& volume, const std::vector<bool>& gone) {
  const std::size_t k = largest(volume, gone);
  if (k < volume.size() && volume[k] > least) volume[k] += width - sum(volume);
}

} // namespace

void divide(double whole, double both, double& low, double& high) {
  double& smaller = low < high ? low : high;
  double& larger = low < high ? high : low;
  const bool equal = low == high;
  smaller = whole * (smaller / both);
  larger = equal ? smaller : whole - smaller;
}

void skin_outflow(const Regions& regions, std::size_t row, bool along_y, double low, double high, Outflow& out) {
  const Skin& s = regions.skin(row);
  const bool parallel = has_parallel_lines(regions, s);
  for (const bool upper : {false, true}) {
    const double width = upper ? high : low, side = upper ? 1 : -1;
    std::vector<double>& volume = upper ? out.high : out.low;
    if (width <= 0) continue;
    if (width >= 1) {
      volume = out.vf;
      continue;
    }
    parallel ? parallel_slab(regions, s, along_y, width, side, volume)
             : clipped_slab(regions, row, along_y, width, side, out, volume);
    for (std::size_t q = 0; q < out.size(); ++q) volume[q] = std::min(volume[q], out.vf[q]);
    close(width, -1, volume, out.gone); // whatever it is
  }
  for (std::size_t q = 0; q < out.size(); ++q) {
    const double both = out.low[q] + out.high[q];
    if (both <= out.vf[q]) continue;
    const double by = out.vf[q] / both * (1 - 0x1p-52);
    out.low[q] *= by, out.high[q] *= by;
  }
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
