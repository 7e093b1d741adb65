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
  std::printf("most rounds %d\n", most_rounds);
  return report("competition");
}
