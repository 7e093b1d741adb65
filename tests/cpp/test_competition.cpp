// Several level sets in a cell: areas and slabs against clipped triangles, volumes settled, symmetries to the bit.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

#include "check.hpp"
#include "geometry/competition.hpp"
#include "geometry/polygon.hpp"

namespace {

using mirhydro::geometry::Competition;
using mirhydro::geometry::Point;
using mirhydro::geometry::SmallPolygon;
using Random = std::mt19937_64;
using Numbers = std::vector<double>;

struct Cell {
  int K;
  std::size_t n;
  Numbers phi;
  std::size_t per() const { return std::size_t((K + 1) * (K + 1)); }
};

/// Lines of random directions, some rough, some with equal or parallel level sets, some absent from the cell.
Cell random_cell(Random& random, int K, std::size_t n) {
  std::uniform_real_distribution<double> uniform(-1, 1);
  Cell c{K, n, {}};
  const double rough = random() % 3 == 0 ? .5 : random() % 2 == 0 ? 0 : .05;
  for (std::size_t m = 0; m < n; ++m) {
    const double angle = 3.2 * uniform(random), t = .4 * uniform(random);
    for (int l = 0; l <= K; ++l)
      for (int k = 0; k <= K; ++k)
        c.phi.push_back(t + std::cos(angle) * (double(k) / K - .5) + std::sin(angle) * (double(l) / K - .5) +
                        rough * uniform(random));
  }
  const auto level_set = [&](std::size_t m) { return c.phi.begin() + std::ptrdiff_t(m * c.per()); };
  if (random() % 8 == 0) std::copy_n(level_set(0), c.per(), level_set(1));
  return c;
}

/// Areas in the rectangle by clipping every triangle by every pair of materials; a tie goes to the first.
Numbers clipped(const Cell& c, double x0, double x1, double y0, double y1) {
  Numbers area(c.n, 0.);
  const auto K = std::size_t(c.K), side = K + 1;
  for (std::size_t j = 0; j < K; ++j)
    for (std::size_t i = 0; i < K; ++i)
      for (std::size_t q = 0; q < 4; ++q) {
        const std::size_t di[4] = {0, 1, 1, 0}, dj[4] = {0, 0, 1, 1}, r = (q + 1) % 4;
        const double w = 1 / double(K);
        const Point p[3] = {{double(i + di[q]) * w, double(j + dj[q]) * w},
                            {double(i + di[r]) * w, double(j + dj[r]) * w},
                            {(double(i) + .5) * w, (double(j) + .5) * w}};
        const auto plane = [&](std::size_t m) { // g, gx, gy about p[0]
          const double* phi = &c.phi[m * c.per()];
          double corner[4];
          for (std::size_t k = 0; k < 4; ++k) corner[k] = phi[(j + dj[k]) * side + i + di[k]];
          const double v0 = corner[q], v1 = corner[r] - v0,
                       v2 = .25 * ((corner[0] + corner[2]) + (corner[1] + corner[3])) - v0;
          const double ux = p[1].x - p[0].x, uy = p[1].y - p[0].y, wx = p[2].x - p[0].x, wy = p[2].y - p[0].y;
          const double det = ux * wy - wx * uy;
          return std::array{v0, (v1 * wy - v2 * uy) / det, (v2 * ux - v1 * wx) / det};
        };
        for (std::size_t m = 0; m < c.n; ++m) {
          SmallPolygon left, next;
          for (const Point& corner : p) left.push_back(corner);
          const auto cut = [&](double mx, double my, double t) {
            mirhydro::geometry::clip(left, mx, my, t, 1., next);
            left = next;
          };
          cut(-1, 0, -x0), cut(1, 0, x1), cut(0, -1, -y0), cut(0, 1, y1);
          const auto a = plane(m);
          bool out = false;
          for (std::size_t k = 0; k < c.n; ++k) {
            if (k == m) continue;
            const auto b = plane(k);
            const double gx = b[1] - a[1], gy = b[2] - a[2];
            out = out || (gx == 0 && gy == 0 && b[0] == a[0] && k < m);
            cut(gx, gy, (a[0] - b[0]) + gx * p[0].x + gy * p[0].y);
          }
          if (!out) area[m] += mirhydro::geometry::moments(left).area;
        }
      }
  return area;
}

bool has_twins(const Cell& c) {
  return std::equal(c.phi.begin(), c.phi.begin() + std::ptrdiff_t(c.per()), c.phi.begin() + std::ptrdiff_t(c.per()));
}

double largest_difference(const Numbers& a, const Numbers& b) {
  double worst = 0;
  for (std::size_t k = 0; k < a.size(); ++k) worst = std::max(worst, std::abs(a[k] - b[k]));
  return worst;
}

Numbers areas(Competition& competition, const Cell& c) {
  Numbers area(c.n);
  competition.of(c.K, c.n).areas(c.phi.data(), area.data());
  return area;
}

Numbers slab(Competition& competition, const Cell& c, bool along_y, bool high, double width) {
  Numbers area(c.n);
  competition.of(c.K, c.n).slab(c.phi.data(), along_y, high, width, area.data());
  return area;
}

void areas_are_clipped_areas(Random& random, Competition& competition, int K) {
  std::uniform_real_distribution<double> uniform(0, 1);
  for (int turn = 0; turn < 600; ++turn) {
    const Cell c = random_cell(random, K, 2 + random() % 5);
    Numbers here = areas(competition, c), there = clipped(c, 0, 1, 0, 1);
    const double widths[] = {1, .5, 1e-9, 1. / K, uniform(random)}, w = widths[random() % 5];
    Numbers low = slab(competition, c, false, false, w), low_there = clipped(c, 0, w, 0, 1);
    Numbers high = slab(competition, c, true, true, w), high_there = clipped(c, 0, 1, 1 - w, 1);
    if (has_twins(c)) {
      CHECK(here[0] == here[1] && low[0] == low[1] && high[0] == high[1]);
      for (Numbers* area : {&here, &low, &high, &there, &low_there, &high_there})
        (*area)[0] += (*area)[1], (*area)[1] = 0;
    }
    CHECK(largest_difference(here, there) <= 1e-13);
    CHECK(largest_difference(low, low_there) <= 1e-13);
    CHECK(largest_difference(high, high_there) <= 1e-13);
  }
}

Cell image(const Cell& c, int symmetry, const std::vector<std::size_t>& order) {
  Cell t = c;
  for (std::size_t m = 0; m < c.n; ++m)
    for (int l = 0; l <= c.K; ++l)
      for (int k = 0; k <= c.K; ++k) {
        int j = l, i = k;
        if ((symmetry & 1) != 0) i = c.K - i;
        if ((symmetry & 2) != 0) j = c.K - j;
        if ((symmetry & 4) != 0) std::swap(i, j);
        t.phi[m * c.per() + std::size_t(l * (c.K + 1) + k)] =
            c.phi[order[m] * c.per() + std::size_t(j * (c.K + 1) + i)];
      }
  return t;
}

void symmetries_keep_every_bit(Random& random, Competition& competition, int K) {
  for (int turn = 0; turn < 100; ++turn) {
    Cell c = random_cell(random, K, 3 + random() % 4);
    if (turn % 2 == 0) // few values: ties of every kind
      for (double& phi : c.phi) phi = double(random() % 3);
    Numbers vf(c.n);
    double sum = 0;
    for (double& f : vf) f = double(1 + random() % 4), sum += f;
    for (double& f : vf) f /= sum;
    std::vector<std::size_t> order(c.n);
    std::iota(order.begin(), order.end(), std::size_t(0));
    Cell settled = c;
    competition.of(K, c.n).settle(settled.phi.data(), vf.data());
    for (int symmetry = 0; symmetry < 8; ++symmetry) {
      std::shuffle(order.begin(), order.end(), random);
      const auto renumbered = [&](const Numbers& v) {
        Numbers w(v.size());
        for (std::size_t m = 0; m < v.size(); ++m) w[m] = v[order[m]];
        return w;
      };
      Cell t = image(c, symmetry, order);
      CHECK(areas(competition, t) == renumbered(areas(competition, c)));
      const bool turned = (symmetry & 4) != 0, mirrored = (symmetry & (turned ? 2 : 1)) != 0;
      CHECK(slab(competition, t, turned, mirrored, .3) == renumbered(slab(competition, c, false, false, .3)));
      CHECK(slab(competition, t, turned, mirrored, .8) == renumbered(slab(competition, c, false, false, .8)));
      competition.of(K, c.n).settle(t.phi.data(), renumbered(vf).data());
      CHECK(t.phi == image(settled, symmetry, order).phi);
    }
  }
}

// ---- level sets that are linear in the whole cell: one square instead of four triangles

struct Plane {
  double centre, x, y;
};

Cell linear_cell(const std::vector<Plane>& planes) {
  Cell c{1, planes.size(), {}};
  for (const Plane& p : planes)
    for (const double y : {-.5, .5})
      for (const double x : {-.5, .5}) c.phi.push_back(p.centre + (p.x * x + p.y * y));
  return c;
}

/// Some along an axis, some equal, some of few values.
std::vector<Plane> random_planes(Random& random, std::size_t n) {
  std::uniform_real_distribution<double> uniform(-1, 1);
  const bool few = random() % 3 == 0;
  const auto number = [&] { return few ? .5 * (double(random() % 5) - 2) : uniform(random); };
  std::vector<Plane> planes;
  for (std::size_t m = 0; m < n; ++m) planes.push_back({.3 * number(), number(), number()});
  if (random() % 8 == 0) planes[1] = planes[0];
  return planes;
}

Numbers linear_areas(Competition& competition, const Cell& c) {
  Numbers area(c.n);
  competition.of_linear(c.n).areas(c.phi.data(), area.data());
  return area;
}

void squares_are_their_triangles(Random& random, Competition& competition) {
  for (int turn = 0; turn < 3000; ++turn) {
    const std::size_t n = 2 + random() % 5;
    const Cell c = linear_cell(random_planes(random, n));
    CHECK(largest_difference(linear_areas(competition, c), areas(competition, c)) <= 1e-13);
    if (has_twins(c)) continue; // no constant separates them but for round-off
    Numbers vf(n);
    double sum = 0;
    for (double& f : vf) f = 1 + double(random() % 7), sum += f;
    for (double& f : vf) f /= sum;
    Cell one = c, four = c;
    competition.of_linear(n).settle(one.phi.data(), vf.data(), 1e-12);
    competition.of(1, n).settle(four.phi.data(), vf.data(), 1e-12);
    const double off = largest_difference(areas(competition, four), vf); // much where no constants separate two
    CHECK(off > 1e-11 || largest_difference(linear_areas(competition, one), vf) <= 1e-11);
  }
}

void symmetries_of_squares_keep_every_bit(Random& random, Competition& competition) {
  for (int turn = 0; turn < 2000; ++turn) {
    const std::size_t n = 2 + random() % 4;
    const std::vector<Plane> planes = random_planes(random, n);
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t(0));
    std::shuffle(order.begin(), order.end(), random);
    const int symmetry = int(random() % 8);
    const auto turned = [&](double x, double y) {
      if ((symmetry & 1) != 0) x = -x;
      if ((symmetry & 2) != 0) y = -y;
      return (symmetry & 4) != 0 ? std::array{y, x} : std::array{x, y};
    };
    std::vector<Plane> image;
    for (const std::size_t m : order) {
      const auto [x, y] = turned(planes[m].x, planes[m].y);
      image.push_back({planes[m].centre, x, y});
    }
    const auto derivatives = [&](const Cell& c, Numbers& rates, Numbers& moments) {
      rates.resize(n * n), moments.resize(2 * n * n);
      competition.of_linear(n).derivatives(c.phi.data(), rates.data(), moments.data());
    };
    const Cell here = linear_cell(planes), there = linear_cell(image);
    const Numbers area = linear_areas(competition, here), area_there = linear_areas(competition, there);
    Numbers rates, moments, rates_there, moments_there;
    derivatives(here, rates, moments), derivatives(there, rates_there, moments_there);
    // a change, and its opposite in another numbering
    Numbers change(n), opposite(n), raises(n), raises_there(n);
    for (double& c : change) c = double(random() % 1000) - 500;
    for (std::size_t m = 0; m < n; ++m) opposite[m] = -change[order[m]];
    competition.undo(rates.data(), change.data(), raises.data());
    competition.undo(rates_there.data(), opposite.data(), raises_there.data());
    for (std::size_t m = 0; m < n; ++m) {
      CHECK(raises_there[m] == -raises[order[m]]);
      CHECK(area_there[m] == area[order[m]]);
      for (std::size_t k = 0; k < n; ++k) {
        const std::size_t from = order[m] * n + order[k], to = m * n + k;
        CHECK(rates_there[to] == rates[from]);
        const auto [x, y] = turned(moments[2 * from], moments[2 * from + 1]);
        CHECK(moments_there[2 * to] == x && moments_there[2 * to + 1] == y);
      }
    }
  }
}

/// Raises and tilts, against differences of areas; not where a line passes so near a corner, or a third one, that these
/// have a kink.
void derivatives_are_those_of_areas(Random& random, Competition& competition) {
  std::uniform_real_distribution<double> uniform(-1, 1);
  constexpr double by = 1e-6;
  int compared = 0;
  for (int turn = 0; turn < 2000; ++turn) {
    const std::size_t n = 2 + random() % 4;
    std::vector<Plane> planes;
    for (std::size_t m = 0; m < n; ++m) planes.push_back({.3 * uniform(random), uniform(random), uniform(random)});
    Numbers rates(n * n), moments(2 * n * n);
    competition.of_linear(n).derivatives(linear_cell(planes).phi.data(), rates.data(), moments.data());
    for (std::size_t m = 0; m < n; ++m)
      for (std::size_t component = 0; component < 3; ++component) {
        const auto moved = [&](double step) {
          std::vector<Plane> p = planes;
          (component == 0 ? p[m].centre : component == 1 ? p[m].x : p[m].y) += step;
          return linear_areas(competition, linear_cell(p));
        };
        const Numbers low = moved(-by), here = moved(0), high = moved(by);
        Numbers change(n, 0.);
        for (std::size_t k = 0; k < n; ++k) {
          const double rate = component == 0 ? rates[m * n + k] : moments[2 * (m * n + k) + component - 1];
          if (k != m) change[k] -= rate, change[m] += rate;
        }
        bool smooth = true;
        Numbers difference(n);
        for (std::size_t k = 0; k < n; ++k) {
          smooth = smooth && std::abs(high[k] - 2 * here[k] + low[k]) < 1e-4 * by;
          difference[k] = (high[k] - low[k]) / (2 * by);
        }
        if (!smooth) continue;
        ++compared;
        CHECK(largest_difference(change, difference) < 1e-4);
      }
  }
  CHECK(compared > 15000);
}

/// Areas that changed a little come back by the raises.
void small_changes_are_undone(Random& random, Competition& competition) {
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (int turn = 0; turn < 500; ++turn) {
    const std::size_t n = 3;
    std::vector<Plane> planes;
    for (std::size_t m = 0; m < n; ++m) {
      const double angle = 2.1 * double(m) + .3 * uniform(random);
      planes.push_back({.05 * uniform(random), std::cos(angle), std::sin(angle)});
    }
    const Numbers before = linear_areas(competition, linear_cell(planes));
    Numbers rates(n * n), moments(2 * n * n), raises(n), change(n);
    competition.derivatives(linear_cell(planes).phi.data(), rates.data(), moments.data());
    std::vector<Plane> moved = planes;
    moved[0].x += 1e-5;
    const Numbers after = linear_areas(competition, linear_cell(moved));
    for (std::size_t m = 0; m < n; ++m) change[m] = after[m] - before[m];
    competition.undo(rates.data(), change.data(), raises.data());
    for (std::size_t m = 0; m < n; ++m) moved[m].centre += raises[m];
    CHECK(largest_difference(linear_areas(competition, linear_cell(moved)), before) <= 1e-8);
  }
}

int most_rounds = 0;

void volumes_are_settled(Random& random, Competition& competition, int K) {
  std::uniform_real_distribution<double> uniform(0, 1);
  for (int turn = 0; turn < 300; ++turn) {
    Cell c = random_cell(random, K, 2 + random() % 9);
    if (has_twins(c)) continue;
    Numbers vf(c.n);
    double sum = 0;
    for (double& f : vf) f = std::pow(uniform(random), random() % 2 == 0 ? 1 : 20) + 1e-12, sum += f;
    for (double& f : vf) f /= sum;
    most_rounds = std::max(most_rounds, competition.of(K, c.n).settle(c.phi.data(), vf.data()));
    const double off = largest_difference(areas(competition, c), vf);
    CHECK(off <= 1e-14);
    if (off > 1e-14) std::printf("K %d n %zu off %g\n", K, c.n, off);
  }
}

} // namespace

int main() {
  trap_floating_point();
  Random random(1);
  Competition competition;
  for (const int K : {1, 2, 3, 4}) {
    areas_are_clipped_areas(random, competition, K);
    symmetries_keep_every_bit(random, competition, K);
    volumes_are_settled(random, competition, K);
  }
  squares_are_their_triangles(random, competition);
  symmetries_of_squares_keep_every_bit(random, competition);
  derivatives_are_those_of_areas(random, competition);
  small_changes_are_undone(random, competition);
  std::printf("most rounds %d\n", most_rounds);
  return report("competition");
}
