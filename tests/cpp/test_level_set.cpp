// Level sets on the nodes of a cell: areas and slabs against clipped triangles, volumes matched, symmetries to the bit.
#include <array>
#include <cmath>
#include <random>

#include "check.hpp"
#include "geometry/level_set.hpp"
#include "geometry/polygon.hpp"

namespace {

using mirhydro::geometry::LevelSet;
using mirhydro::geometry::Point;
using mirhydro::geometry::SmallPolygon;
using Random = std::mt19937_64;

template <int K> LevelSet<double, K> random_level_set(Random& random) {
  std::uniform_real_distribution<double> uniform(-1, 1);
  LevelSet<double, K> s;
  const double a = uniform(random), b = uniform(random), c = uniform(random), rough = random() % 3 == 0 ? 1 : .1;
  for (int n = 0; n < s.count; ++n)
    s.phi[n] = a + b * (n % s.side) / K + c * (n / s.side) / double(K) + rough * uniform(random);
  if (random() % 4 == 0) s.phi[random() % std::size_t(s.count)] = 0; // a line through a node
  return s;
}

/// (positive) - (negative) area of a level set in the slab from x0 to x1, by clipping every triangle.
template <int K> double clipped(const LevelSet<double, K>& s, double x0, double x1) {
  double sum = 0;
  for (int j = 0; j < K; ++j)
    for (int i = 0; i < K; ++i) {
      const auto c = s.sub_cell(j, i);
      const Point corner[4] = {{i / double(K), j / double(K)},
                               {(i + 1) / double(K), j / double(K)},
                               {(i + 1) / double(K), (j + 1) / double(K)},
                               {i / double(K), (j + 1) / double(K)}};
      const double value[4] = {c.sw, c.se, c.ne, c.nw};
      const Point middle{(i + .5) / K, (j + .5) / K};
      for (int q = 0; q < 4; ++q) {
        const Point p[3] = {corner[q], corner[(q + 1) % 4], middle};
        const double v[3] = {value[q], value[(q + 1) % 4], c.centre()};
        const double ux = p[1].x - p[0].x, uy = p[1].y - p[0].y, wx = p[2].x - p[0].x, wy = p[2].y - p[0].y;
        const double det = ux * wy - wx * uy;
        const double gx = ((v[1] - v[0]) * wy - (v[2] - v[0]) * uy) / det;
        const double gy = ((v[2] - v[0]) * ux - (v[1] - v[0]) * wx) / det;
        SmallPolygon triangle, left, inside, side;
        for (const Point& corner_ : p) triangle.push_back(corner_);
        mirhydro::geometry::clip(triangle, 1, 0, x1, 1., left);
        mirhydro::geometry::clip(left, 1, 0, x0, -1., inside);
        for (const double sign : {1., -1.}) {
          mirhydro::geometry::clip(inside, -gx, -gy, v[0] - (gx * p[0].x + gy * p[0].y), sign, side);
          sum += sign * mirhydro::geometry::moments(side).area;
        }
      }
    }
  return sum;
}

template <int K> LevelSet<double, K> turned(const LevelSet<double, K>& s, int symmetry) {
  LevelSet<double, K> t;
  for (int l = 0; l <= K; ++l)
    for (int k = 0; k <= K; ++k) {
      int j = l, i = k;
      if ((symmetry & 1) != 0) i = K - i;
      if ((symmetry & 2) != 0) j = K - j;
      if ((symmetry & 4) != 0) std::swap(i, j);
      t.phi[l * s.side + k] = s.phi[j * s.side + i];
    }
  return t;
}

template <int K> void areas_are_clipped_areas(Random& random) {
  std::uniform_real_distribution<double> uniform(0, 1);
  for (int turn = 0; turn < 3000; ++turn) {
    const LevelSet<double, K> s = random_level_set<K>(random);
    CHECK(std::abs(s.difference(0).value - clipped(s, 0, 1)) <= 2e-14);
    const double widths[] = {0, 1, .5, 1e-9, 1. / K, uniform(random), uniform(random)};
    const double w = widths[random() % 7];
    CHECK(std::abs(s.template slab<false>(w) - clipped(s, 0, w)) <= 2e-14);
    CHECK(std::abs(s.template slab<true>(w) - clipped(s, 1 - w, 1)) <= 2e-14);
  }
}

template <int K> void symmetries_keep_every_bit(Random& random) {
  for (int turn = 0; turn < 500; ++turn) {
    LevelSet<double, K> s = random_level_set<K>(random), negative = s;
    for (double& phi : negative.phi) phi = -phi;
    const double area = s.difference(0).value, low = s.template slab<false>(.3), high = s.template slab<true>(.3);
    CHECK(negative.difference(0).value == -area && negative.template slab<false>(.3) == -low);
    for (int symmetry = 0; symmetry < 8; ++symmetry) CHECK(turned(s, symmetry).difference(0).value == area);
    CHECK(turned(s, 1).template slab<true>(.3) == low && turned(s, 1).template slab<false>(.3) == high);
    CHECK(turned(s, 2).template slab<true>(.3) == high);
  }
}

/// Sorted once or sorted each time: the same areas, slopes and curvatures, at corner values too, negated to the bit.
template <int K> void prepared_areas_are_areas(Random& random) {
  for (int turn = 0; turn < 1000; ++turn) {
    LevelSet<double, K> s = random_level_set<K>(random), negative = s;
    for (double& phi : negative.phi) phi = -phi;
    const mirhydro::geometry::Differences<double, K> prepared(s), exchanged(negative);
    for (const double offset : {0., .1, -s.phi[0], -s.phi[s.count - 1], -s.sub_cell(0, 0).centre(), 3., -3.}) {
      const auto once = s.difference(offset), now = prepared(offset), other = exchanged(-offset);
      CHECK(std::abs(once.value - now.value) <= 4e-15);
      CHECK(now.value == -other.value && now.slope == other.slope && now.curvature == -other.curvature);
      CHECK(std::abs(once.slope - now.slope) <= 1e-11 * (1 + once.slope));
    }
    for (int symmetry = 0; symmetry < 8; ++symmetry) {
      const mirhydro::geometry::Differences<double, K> image(turned(s, symmetry));
      CHECK(image(.1).value == prepared(.1).value && image(.1).slope == prepared(.1).slope);
    }
  }
  LevelSet<double, K> flat;
  for (double& phi : flat.phi) phi = .25;
  const mirhydro::geometry::Differences<double, K> prepared(flat);
  CHECK(prepared(0).value == 1 && prepared(-.25).value == 0 && prepared(-.5).value == -1);
}

template <int K> void volumes_are_matched(Random& random) {
  for (int turn = 0; turn < 3000; ++turn) {
    const LevelSet<double, K> s = random_level_set<K>(random);
    const double fractions[] = {1e-12, 1e-6, .1, .5, .9, 1 - 1e-6, 1 - 1e-12};
    const double wanted = 2 * fractions[random() % 7] - 1;
    const auto found = mirhydro::geometry::match<double, K>(s, wanted, 1e-15, 60);
    // where phi is nearly flat, the next offset that a double can hold is already further off
    const auto reached = s.difference(found.offset);
    CHECK(std::abs(reached.value - wanted) <= 6e-15 + reached.slope * std::abs(found.offset) * 0x1p-52);
    CHECK(found.rounds < 60);
  }
  LevelSet<double, K> flat;
  for (double& phi : flat.phi) phi = -.25;
  const auto found = mirhydro::geometry::match<double, K>(flat, -.5, 1e-15, 60);
  CHECK(found.offset == .25 && found.misfit == .5); // half of what is flat counts for each
}

template <int K> void all(Random& random) {
  areas_are_clipped_areas<K>(random);
  symmetries_keep_every_bit<K>(random);
  prepared_areas_are_areas<K>(random);
  volumes_are_matched<K>(random);
}

} // namespace

int main() {
  trap_floating_point();
  Random random(1);
  all<1>(random);
  all<2>(random);
  all<3>(random);
  all<4>(random);
  all<8>(random);
  return report("level_set");
}
