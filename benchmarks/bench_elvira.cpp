// How many mixed cells a second does one core take from stencil to placed line, against a scalar ELVIRA written down as
// in the paper? Both see the same stencils (random circles), in turn, and must find the same lines. One line of JSON.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <random>
#include <vector>

#include "lane/instruction_set.hpp"
#include "plic/kernels.hpp"

namespace {

using mirhydro::plic::Block;

struct Line {
  double mx, my, t;
};

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return double(now.tv_sec) + 1e-9 * double(now.tv_nsec);
}

/// Area below m1*x + m2*y = alpha in the unit square, m1, m2 >= 0, m1 + m2 = 1.
double area(double m1, double m2, double alpha) {
  const double a = std::min(m1, m2), b = std::max(m1, m2);
  if (alpha <= 0) return 0;
  if (alpha >= 1) return 1;
  const double z = std::min(alpha, 1 - alpha);
  const double part = z < a ? z * z / (2 * a * b) : (z - .5 * a) / b;
  return alpha > .5 ? 1 - part : part;
}

double constant(double m1, double m2, double vf) {
  const double a = std::min(m1, m2), b = std::max(m1, m2), part = std::min(vf, 1 - vf);
  const double alpha = 2 * part * b < a ? std::sqrt(2 * a * b * part) : part * b + .5 * a;
  return vf > .5 ? 1 - alpha : alpha;
}

/// ELVIRA as Pilliod & Puckett (2004) write it: six candidates, the least squares misfit wins.
Line scalar_elvira(const double (&f)[3][3]) {
  double row[3], column[3];
  for (int k = 0; k < 3; ++k) {
    row[k] = f[k][0] + f[k][1] + f[k][2];
    column[k] = f[0][k] + f[1][k] + f[2][k];
  }
  const double up = row[0] > row[2] ? 1 : -1, right = column[0] > column[2] ? 1 : -1;
  const double candidates[6][2] = {{column[0] - column[1], up},     {.5 * (column[0] - column[2]), up},
                                   {column[1] - column[2], up},     {right, row[0] - row[1]},
                                   {right, .5 * (row[0] - row[2])}, {right, row[1] - row[2]}};
  double least = 1e30;
  Line best{};
  for (const auto& c : candidates) {
    const double size = std::abs(c[0]) + std::abs(c[1]), mx = c[0] / size, my = c[1] / size;
    const double m1 = std::abs(mx), m2 = std::abs(my), alpha = constant(m1, m2, f[1][1]);
    double misfit = 0;
    for (int j = -1; j <= 1; ++j)
      for (int i = -1; i <= 1; ++i) {
        const double e = area(m1, m2, alpha - (mx * i + my * j)) - f[1 + j][1 + i];
        misfit += e * e;
      }
    if (misfit < least) least = misfit, best = {mx, my, alpha - .5};
  }
  return best;
}

/// Fractions of a circle by 64 strips: good to 1e-4, enough to be a circle for both.
double circle_fraction(double x, double y, double r, int i, int j) {
  double sum = 0;
  for (int k = 0; k < 64; ++k) {
    const double v = j - .5 + (k + .5) / 64 - y, half2 = r * r - v * v;
    if (half2 <= 0) continue;
    const double half = std::sqrt(half2);
    sum += std::max(0., std::min(i + .5, x + half) - std::max(i - .5, x - half));
  }
  return std::min(sum / 64, 1.);
}

} // namespace

int main() {
  constexpr int blocks = 512, rounds = 41;
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> uniform(0, 1);
  std::vector<Block> block(blocks);
  std::vector<double> stencils(std::size_t(blocks) * 64 * 9);
  auto stencil = [&](int b, int k) {
    return reinterpret_cast<double (*)[3]>(&stencils[std::size_t((b * 64 + k) * 9)]);
  };
  for (int b = 0; b < blocks; ++b)
    for (int k = 0; k < 64;) {
      const double r = 3 * std::pow(20, uniform(random)), angle = 6.283185307179586 * uniform(random);
      const double x = uniform(random) - .5 - r * std::cos(angle), y = uniform(random) - .5 - r * std::sin(angle);
      auto* f = stencil(b, k);
      for (int n = 0; n < 9; ++n) f[n / 3][n % 3] = circle_fraction(x, y, r, n % 3 - 1, n / 3 - 1);
      if (f[1][1] < 1e-3 || f[1][1] > 1 - 1e-3) continue;
      for (int n = 0; n < 9; ++n) block[std::size_t(b)].d[n][k] = f[n / 3][n % 3] - (1 - f[n / 3][n % 3]);
      block[std::size_t(b)].a[k] = f[1][1];
      block[std::size_t(b)].b[k] = 1 - f[1][1];
      ++k;
    }
  std::vector<double> mx(blocks * 64), my(mx), t(mx);
  std::vector<Line> scalar(mx.size());
  std::vector<double> ours, theirs;
  for (int round = 0; round < rounds; ++round) {
    const double start = cpu_seconds();
    for (int b = 0; b < blocks; ++b)
      mirhydro::plic::kernels().lines(mirhydro::plic::Method::elvira, false, block[std::size_t(b)],
                                      {&mx[std::size_t(b) * 64], &my[std::size_t(b) * 64], &t[std::size_t(b) * 64]});
    const double middle = cpu_seconds();
    for (int b = 0; b < blocks; ++b)
      for (int k = 0; k < 64; ++k)
        scalar[std::size_t(b * 64 + k)] = scalar_elvira(*reinterpret_cast<const double (*)[3][3]>(stencil(b, k)));
    const double end = cpu_seconds();
    ours.push_back(middle - start), theirs.push_back(end - middle);
  }
  int different = 0;
  for (std::size_t k = 0; k < mx.size(); ++k)
    different += std::abs(mx[k] - scalar[k].mx) + std::abs(my[k] - scalar[k].my) > 1e-9;
  const auto median = [](std::vector<double> v) {
    std::nth_element(v.begin(), v.begin() + std::ptrdiff_t(v.size() / 2), v.end());
    return v[v.size() / 2];
  };
  const double cells = blocks * 64., fast = cells / median(ours), slow = cells / median(theirs);
  std::printf("{\"instruction_set\": \"%s\", \"cells_per_second\": %.3e, \"scalar_cells_per_second\": %.3e, "
              "\"ratio\": %.2f, \"cells\": %.0f, \"other_lines\": %d}\n",
              mirhydro::lane::name(mirhydro::lane::instruction_set()), fast, slow, fast / slow, cells, different);
  return 0;
}
