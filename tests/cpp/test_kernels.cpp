// The inner loops against slow obvious twins: areas by cutting polygons, normals by the text of the papers.
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "check.hpp"
#include "fields.hpp"
#include "geometry/line.hpp"
#include "plic/kernels.hpp"

namespace {

using fields::Random;
using fields::uniform;
using mirhydro::plic::Block;
using mirhydro::plic::block;
using mirhydro::plic::Kernels;
using mirhydro::plic::Method;
using Pt = std::array<long double, 2>;
using Poly = std::vector<Pt>;

/// The part of a polygon where mx*x + my*y <= t; long double, nothing shared with the library.
Poly below(const Poly& p, long double mx, long double my, long double t) {
  Poly out;
  for (std::size_t k = 0; k < p.size(); ++k) {
    const Pt &u = p[(k + p.size() - 1) % p.size()], &v = p[k];
    const long double g = mx * u[0] + my * u[1] - t, h = mx * v[0] + my * v[1] - t;
    if ((g < 0 && h > 0) || (g > 0 && h < 0)) {
      const long double s = g / (g - h);
      out.push_back({u[0] + s * (v[0] - u[0]), u[1] + s * (v[1] - u[1])});
    }
    if (h <= 0) out.push_back(v);
  }
  return out;
}
long double area(const Poly& p) {
  long double sum = 0;
  for (std::size_t k = 2; k < p.size(); ++k)
    sum += (p[k - 1][0] - p[0][0]) * (p[k][1] - p[0][1]) - (p[k][0] - p[0][0]) * (p[k - 1][1] - p[0][1]);
  return sum / 2;
}
Poly box(long double x0, long double x1, long double y0, long double y1) {
  return {{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}};
}

/// Every edge that matters: axes, diagonals, almost both, and anything.
std::pair<double, double> direction(Random& random) {
  const double small[] = {0, 5e-324, 1e-300, 1e-200, 1e-100, 1e-16, 1e-12, 1e-8, 1e-3};
  double mx = 1, my = 0;
  switch (random() % 4) {
  case 0: mx = uniform(random, -1, 1), my = uniform(random, -1, 1); break;
  case 1: my = small[random() % 9]; break;
  case 2: my = 1 + small[random() % 9]; break;
  default: my = double(random() % 5) / 4; break;
  }
  if (random() % 2 == 0) std::swap(mx, my);
  if (random() % 2 == 0) mx = -mx;
  if (random() % 2 == 0) my = -my;
  const double size = std::abs(mx) + std::abs(my);
  return size > 0 ? std::pair(mx / size, my / size) : std::pair(1., 0.);
}
double some_fraction(Random& random) {
  const double edges[] = {
      1e-12, 1 - 1e-12, .5, .25, 1e-300, 1e-8, 1 - 1e-8, std::nextafter(.5, 0.), std::nextafter(.5, 1.)};
  return random() % 2 == 0 ? edges[random() % 9] : uniform(random);
}

void lines_leave_the_area_that_was_asked(Random& random) {
  using namespace mirhydro::geometry;
  for (int k = 0; k < 200000; ++k) {
    const auto [mx, my] = direction(random);
    const double a = some_fraction(random), b = 1 - a;
    const double t = plane_constant(mx, my, a, b);
    const double small = smaller_side(mx, my, t);
    CHECK(std::abs(small - std::min(a, b)) <= 3e-16 + 1e-12 * std::min(a, b) && small <= .5 + 1e-16);
    const long double exact = area(below(box(-.5L, .5L, -.5L, .5L), mx, my, t));
    CHECK(std::abs(double(exact - (long double)(a))) <= 1e-15);
    // symmetric to the bit: mirrors, transposition, exchange
    CHECK(plane_constant(-mx, my, a, b) == t && plane_constant(mx, -my, a, b) == t &&
          plane_constant(my, mx, a, b) == t);
    CHECK(plane_constant(-mx, -my, b, a) == -t);
  }
}

void slabs_and_areas_are_cut_areas(const Kernels& kernels, Random& random) {
  alignas(64) double mx[block], my[block], t[block], a[block], b[block], low[block], high[block];
  alignas(64) double out[4][block], area_a[block], area_b[block];
  for (int turn = 0; turn < 400; ++turn) {
    for (int k = 0; k < block; ++k) {
      std::tie(mx[k], my[k]) = direction(random);
      a[k] = some_fraction(random), b[k] = 1 - a[k];
      t[k] = mirhydro::geometry::plane_constant(mx[k], my[k], a[k], b[k]);
      const double widths[] = {0, 1, 1e-300, 1e-16, 1e-13, .5, 1 - 1e-16, uniform(random), uniform(random)};
      low[k] = widths[random() % 9];
      high[k] = std::min(widths[random() % 9], 1 - low[k]);
    }
    kernels.slabs({mx, my, t, a, b}, low, high, out);
    kernels.areas({mx, my, t, nullptr, nullptr}, area_a, area_b);
    for (int k = 0; k < block; ++k) {
      const Poly left = box(-.5L, -.5L + low[k], -.5L, .5L), right = box(.5L - high[k], .5L, -.5L, .5L);
      const double want_low = double(area(below(left, mx[k], my[k], t[k])));
      const double want_high = double(area(below(right, mx[k], my[k], t[k])));
      CHECK(std::abs(out[0][k] - want_low) <= 1e-15 && std::abs(out[1][k] - want_high) <= 1e-15);
      CHECK(std::abs(out[0][k] + out[2][k] - low[k]) <= 1.2e-16 &&
            std::abs(out[1][k] + out[3][k] - high[k]) <= 1.2e-16);
      CHECK(out[0][k] >= 0 && out[1][k] >= 0 && out[2][k] >= 0 && out[3][k] >= 0);
      CHECK(out[0][k] + out[1][k] <= a[k] + 2.3e-16 && out[2][k] + out[3][k] <= b[k] + 2.3e-16);
      if (low[k] == 1) CHECK(out[0][k] == a[k] && out[2][k] == b[k]);
      if (low[k] == 0) CHECK(out[0][k] == 0 && out[2][k] == 0);
      CHECK(std::abs(area_a[k] - a[k]) <= 1e-15 && std::abs(area_b[k] - b[k]) <= 1e-15);
    }
  }
}

/// A cell's 3x3 fractions of a, and its neighbours' widths in units of its own.
struct Twin {
  double f[3][3];
  double wx[3], wy[3];

  double at_x(int i) const { return i == 1 ? 0 : (i - 1) * (1 + wx[i]) / 2; }
  double at_y(int j) const { return j == 1 ? 0 : (j - 1) * (1 + wy[j]) / 2; }
  double column(int i) const { return wy[0] * f[0][i] + wy[1] * f[1][i] + wy[2] * f[2][i]; }
  double row(int j) const { return wx[0] * f[j][0] + wx[1] * f[j][1] + wx[2] * f[j][2]; }

  /// Misfit of the line through the cell with its fraction: sum over neighbours of area * (2 * difference)^2.
  double misfit(double mx, double my) const {
    const double t = mirhydro::geometry::plane_constant(mx, my, f[1][1], 1 - f[1][1]);
    double sum = 0;
    for (int j = 0; j < 3; ++j)
      for (int i = 0; i < 3; ++i) {
        if (i == 1 && j == 1) continue;
        const Poly cell = box(at_x(i) - wx[i] / 2, at_x(i) + wx[i] / 2, at_y(j) - wy[j] / 2, at_y(j) + wy[j] / 2);
        const double e = double(area(below(cell, mx, my, t)) / (wx[i] * wy[j])) - f[j][i];
        sum += wx[i] * wy[j] * 4 * e * e;
      }
    return sum;
  }
  std::pair<double, double> youngs() const {
    const auto c = [&](int i) { return f[0][i] + 2 * f[1][i] + f[2][i]; };
    const auto r = [&](int j) { return f[j][0] + 2 * f[j][1] + f[j][2]; };
    return scaled((c(0) - c(2)) / (at_x(2) - at_x(0)), (r(0) - r(2)) / (at_y(2) - at_y(0)));
  }
  static std::pair<double, double> scaled(double x, double y) {
    const double size = std::abs(x) + std::abs(y);
    return size > 0 ? std::pair(x / size, y / size) : std::pair(1., 0.);
  }
  /// Least misfit of the six lines of ELVIRA.
  double elvira() const {
    const auto sign = [](double v) { return v > 0 ? 1. : v < 0 ? -1. : 0.; };
    const double facing_y = sign(row(0) - row(2)), facing_x = sign(column(0) - column(2));
    double best = 1e300;
    for (const auto& [p, q] : {std::pair(0, 1), std::pair(0, 2), std::pair(1, 2)}) {
      const double sx = (column(p) - column(q)) / (at_x(q) - at_x(p)), sy = (row(p) - row(q)) / (at_y(q) - at_y(p));
      for (const auto& [x, y] : {std::pair(sx, facing_y), std::pair(facing_x, sy)}) {
        if (x == 0 && y == 0) continue;
        const auto [mx, my] = scaled(x, y);
        best = std::min(best, misfit(mx, my));
      }
    }
    return best;
  }
  /// The centred column scheme, or Youngs where that is the steeper; NaN where the two axes tie.
  std::pair<double, double> myc() const {
    const double gx = (column(0) - column(2)) / (at_x(2) - at_x(0)), gy = (row(0) - row(2)) / (at_y(2) - at_y(0));
    const auto [yx, yy] = youngs();
    if (std::abs(std::abs(gx) - std::abs(gy)) < 1e-12) return {NAN, NAN};
    if (std::abs(gx) < std::abs(gy))
      return std::abs(yx) > std::abs(gx) * std::abs(yy) ? scaled(yx, yy) : scaled(gx, std::copysign(1., gy));
    return std::abs(yy) > std::abs(gy) * std::abs(yx) ? scaled(yx, yy) : scaled(std::copysign(1., gx), gy);
  }
};

Twin some_twin(Random& random, bool stretched) {
  Twin w{};
  for (int j = 0; j < 3; ++j)
    for (int i = 0; i < 3; ++i) w.f[j][i] = random() % 3 == 0 ? double(random() % 5) / 4 : uniform(random);
  w.f[1][1] = random() % 4 == 0 ? some_fraction(random) : uniform(random, .01, .99);
  if (w.f[1][1] < 1e-12) w.f[1][1] = 1e-12;
  for (int k = 0; k < 3; ++k) {
    w.wx[k] = stretched && k != 1 ? std::pow(10., uniform(random, -1, 1)) : 1;
    w.wy[k] = stretched && k != 1 ? std::pow(10., uniform(random, -1, 1)) : 1;
  }
  return w;
}

Block block_of(const std::array<Twin, block>& twins) {
  Block c{};
  for (int k = 0; k < block; ++k) {
    const Twin& w = twins[std::size_t(k)];
    for (int n = 0; n < 9; ++n) c.d[n][k] = w.f[n / 3][n % 3] - (1 - w.f[n / 3][n % 3]);
    c.a[k] = w.f[1][1], c.b[k] = 1 - w.f[1][1];
    c.width_x[0][k] = w.wx[0], c.width_x[1][k] = w.wx[2];
    c.width_y[0][k] = w.wy[0], c.width_y[1][k] = w.wy[2];
    c.weight_x[k] = c.weight_y[k] = 1;
  }
  return c;
}

void normals_are_those_of_the_papers(const Kernels& kernels, Random& random, bool stretched) {
  alignas(64) double mx[block], my[block], t[block];
  int compared = 0;
  for (int turn = 0; turn < 40; ++turn) {
    std::array<Twin, block> twins;
    for (Twin& w : twins) w = some_twin(random, stretched);
    const Block c = block_of(twins);
    const auto close = [&](int k, const std::pair<double, double>& want) {
      return std::abs(mx[k] - want.first) + std::abs(my[k] - want.second) < 1e-10;
    };
    kernels.lines(Method::youngs, stretched, c, {mx, my, t});
    for (int k = 0; k < block; ++k) CHECK(close(k, twins[std::size_t(k)].youngs()));
    kernels.lines(Method::myc, stretched, c, {mx, my, t});
    for (int k = 0; k < block; ++k) {
      const auto want = twins[std::size_t(k)].myc();
      if (std::isnan(want.first)) continue;
      CHECK(close(k, want)), ++compared;
    }
    kernels.lines(Method::elvira, stretched, c, {mx, my, t});
    std::array<double, block> elvira{};
    for (int k = 0; k < block; ++k) {
      const Twin& w = twins[std::size_t(k)];
      elvira[std::size_t(k)] = w.misfit(mx[k], my[k]);
      const double least = w.elvira();
      if (least < 1e299) CHECK(elvira[std::size_t(k)] <= least * (1 + 1e-9) + 1e-12);
    }
    kernels.lines(Method::lvira, stretched, c, {mx, my, t});
    for (int k = 0; k < block; ++k) // never worse than where it starts
      CHECK(twins[std::size_t(k)].misfit(mx[k], my[k]) <= elvira[std::size_t(k)] * (1 + 1e-9) + 1e-12);
    for (int k = 0; k < block; ++k) CHECK(std::abs(std::abs(mx[k]) + std::abs(my[k]) - 1) < 1e-15);
  }
  CHECK(compared > 1000);
}

/// Stencils of rough interfaces: LVIRA's line has no better one beside it. Its rounds are counted, so on meshes where a
/// neighbour is ten times as wide or narrow a few in ten thousand end on a slope (by less than 3e-4 of misfit).
void lvira_ends_in_a_valley(const Kernels& kernels, Random& random, bool stretched) {
  alignas(64) double mx[block], my[block], t[block];
  int on_a_slope = 0;
  for (int turn = 0; turn < 40; ++turn) {
    std::array<Twin, block> twins;
    const double rough = turn % 2 == 0 ? .01 : .1;
    for (Twin& w : twins) {
      w = some_twin(random, stretched);
      const auto [nx, ny] = direction(random);
      const double a = uniform(random, .05, .95), at = mirhydro::geometry::plane_constant(nx, ny, a, 1 - a);
      for (int n = 0; n < 9; ++n) {
        const int j = n / 3, i = n % 3;
        const Poly cell =
            box(w.at_x(i) - w.wx[i] / 2, w.at_x(i) + w.wx[i] / 2, w.at_y(j) - w.wy[j] / 2, w.at_y(j) + w.wy[j] / 2);
        const double f = double(area(below(cell, nx, ny, at)) / (w.wx[i] * w.wy[j]));
        w.f[j][i] = n == 4 ? a : std::clamp(f + uniform(random, -rough, rough), 0., 1.);
      }
    }
    kernels.lines(Method::lvira, stretched, block_of(twins), {mx, my, t});
    for (int k = 0; k < block; ++k) {
      const Twin& w = twins[std::size_t(k)];
      const double have = w.misfit(mx[k], my[k]);
      for (const double by : {-1e-3, 1e-3}) {
        const auto [x, y] = Twin::scaled(mx[k] - by * my[k], my[k] + by * mx[k]);
        on_a_slope += have > w.misfit(x, y) + 1e-6;
        CHECK(have <= w.misfit(x, y) + 1e-3);
      }
    }
  }
  CHECK(on_a_slope <= (stretched ? 40 * block / 250 : 0));
}

/// First moments of what a line leaves on its inner side, about the cell's centre.
Pt first_moments(const Poly& p) {
  Pt sum{0, 0};
  for (std::size_t k = 2; k < p.size(); ++k) {
    const long double ux = p[k - 1][0] - p[0][0], uy = p[k - 1][1] - p[0][1], vx = p[k][0] - p[0][0],
                      vy = p[k][1] - p[0][1];
    const long double triangle = (ux * vy - vx * uy) / 2;
    sum[0] += triangle * (p[0][0] + (ux + vx) / 3), sum[1] += triangle * (p[0][1] + (uy + vy) / 3);
  }
  return sum;
}

/// Nearest of many directions: no line may have its smaller side's centroid nearer to the one that is known.
void moments_of_fluid_are_nearest(const Kernels& kernels, Random& random) {
  alignas(64) double mx[block], my[block], t[block];
  for (int turn = 0; turn < 6; ++turn) {
    Block c{};
    for (int k = 0; k < block; ++k) {
      const auto [nx, ny] = direction(random);
      c.a[k] = uniform(random, .01, .99), c.b[k] = 1 - c.a[k];
      const Poly inner =
          below(box(-.5L, .5L, -.5L, .5L), nx, ny, mirhydro::geometry::plane_constant(nx, ny, c.a[k], c.b[k]));
      const Pt m = first_moments(inner); // a and b together balance about the centre: a - b has twice the moments of a
      const double off = turn < 3 ? 0 : .1 * std::min(c.a[k], c.b[k]); // exact centroids, and such that no line has
      c.moment_x[k] = 2 * double(m[0]) + uniform(random, -off, off);
      c.moment_y[k] = 2 * double(m[1]) + uniform(random, -off, off);
      c.weight_x[k] = turn % 2 == 0 ? 1 : uniform(random, .2, 5);
      c.weight_y[k] = 1;
    }
    kernels.lines(Method::mof, false, c, {mx, my, t});
    for (int k = 0; k < block; ++k) {
      const auto distance = [&](double x, double y) {
        const double at = mirhydro::geometry::plane_constant(x, y, c.a[k], c.b[k]);
        const Pt m = first_moments(below(box(-.5L, .5L, -.5L, .5L), x, y, at));
        const double size = 2 * std::min(c.a[k], c.b[k]);
        const double ex = (2 * double(m[0]) - c.moment_x[k]) / size, ey = (2 * double(m[1]) - c.moment_y[k]) / size;
        return c.weight_x[k] * ex * ex + c.weight_y[k] * ey * ey;
      };
      const double have = distance(mx[k], my[k]);
      if (turn < 3) CHECK(have < 1e-20);
      for (int angle = 0; angle < 720; ++angle) {
        const double phase = double(angle) * 3.14159265358979 / 360;
        const auto [x, y] = Twin::scaled(std::cos(phase), std::sin(phase));
        CHECK(have <= distance(x, y) + 1e-9);
      }
    }
  }
}

void words_are_counted(const Kernels& kernels, Random& random) {
  for (int turn = 0; turn < 500; ++turn) {
    const int nmat = 1 + int(random() % 9), planes = 4;
    std::vector<std::array<double, 64>> f(std::size_t(nmat), std::array<double, 64>{});
    for (int k = 0; k < 64; ++k) {
      double left = 1;
      for (int m = 0; m + 1 < nmat; ++m)
        f[std::size_t(m)][std::size_t(k)] = left * fields::fraction(random), left -= f[std::size_t(m)][std::size_t(k)];
      f.back()[std::size_t(k)] = left;
      if (random() % 50 == 0) f[random() % std::size_t(nmat)][std::size_t(k)] += random() % 2 == 0 ? 1e-3 : -2.;
      if (random() % 90 == 0) f[random() % std::size_t(nmat)][std::size_t(k)] = NAN;
    }
    mirhydro::plic::Word word{};
    for (int m = 0; m < nmat; ++m) kernels.accumulate(f[std::size_t(m)].data(), m, planes, 1e-8, word);
    kernels.classify(1e-12, 1e-8, word);
    for (int k = 0; k < 64; ++k) {
      int count = 0, owner = 0;
      const bool has_nan =
          std::any_of(f.begin(), f.end(), [&](const auto& v) { return std::isnan(v[std::size_t(k)]); });
      if (has_nan) { // here no comparison may see it: it would be the trap's own
        CHECK((word.bad >> k & 1) == 1);
        continue;
      }
      double sum = 0;
      bool bad = false;
      for (int m = 0; m < nmat; ++m) {
        const double v = f[std::size_t(m)][std::size_t(k)];
        count += v > 1e-12, sum += v, bad = bad || !(v >= -1e-8 && v <= 1 + 1e-8);
        if (v > f[std::size_t(owner)][std::size_t(k)]) owner = m;
      }
      bad = bad || !(std::abs(sum - 1) <= 1e-8);
      CHECK((word.bad >> k & 1) == (bad ? 1u : 0u));
      if (bad) continue;
      CHECK((word.mixed >> k & 1) == (count > 1 ? 1u : 0u));
      int stored = 0;
      for (int p = 0; p < planes; ++p) stored |= int(word.owner[p] >> k & 1) << p;
      if (count == 1) CHECK(stored == owner);
    }
  }
}

void rows_of_pure_cells(const Kernels& kernels, Random& random) {
  for (std::ptrdiff_t n = 0; n < 70; ++n) {
    std::vector<double> d(std::size_t(n + 1)), low(d.size()), high(d.size()), out(d.size(), 7);
    double largest = 0;
    for (std::ptrdiff_t i = 0; i < n; ++i) {
      const auto k = std::size_t(i);
      d[k] = uniform(random, -1, 1) * double(random() % 3), low[k] = double(random() % 3) - 1,
      high[k] = double(random() % 3) - 1;
      largest = std::max(largest, std::abs(d[k]));
    }
    kernels.pure_row(d.data(), low.data(), high.data(), 1, out.data(), n);
    for (std::ptrdiff_t i = 0; i < n; ++i) {
      const auto k = std::size_t(i);
      CHECK(out[k] == ((d[k] > 0 ? low[k] : high[k]) == 1 ? d[k] : 0));
    }
    CHECK(out[std::size_t(n)] == 7); // not a number further
    CHECK(kernels.largest(d.data(), n) == largest);
    if (n > 0) {
      d[random() % std::size_t(n)] = NAN;
      CHECK(kernels.largest(d.data(), n) >= 2);
    }
  }
}

} // namespace

int main() try {
  trap_floating_point();
  const Kernels& kernels = mirhydro::plic::kernels();
  Random random(1);
  lines_leave_the_area_that_was_asked(random);
  slabs_and_areas_are_cut_areas(kernels, random);
  normals_are_those_of_the_papers(kernels, random, false);
  normals_are_those_of_the_papers(kernels, random, true);
  for (const bool stretched : {false, true}) lvira_ends_in_a_valley(kernels, random, stretched);
  moments_of_fluid_are_nearest(kernels, random);
  words_are_counted(kernels, random);
  rows_of_pure_cells(kernels, random);
  return report("kernels");
} catch (const std::exception& error) {
  return report(error);
}
