// Shapes in C++: areas, laws, extremes, refusals. Traps invalid operations, divisions by zero and overflows throughout.
#include <cfenv>
#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <mirhydro/error.hpp>
#include <mirhydro/shapes.hpp>

using mirhydro::Extent;
using mirhydro::Shape;
using mirhydro::View;

namespace {

int failures = 0;

void check(bool holds, const char* text, int line) {
  if (holds) return;
  ++failures;
  std::printf("line %d: %s\n", line, text);
}
#define CHECK(condition) check(condition, #condition, __LINE__)

constexpr double pi = 3.14159265358979323846;

struct Field {
  std::ptrdiff_t nmat, ny, nx;
  std::vector<double> data;
  double operator()(std::ptrdiff_t m, std::ptrdiff_t j, std::ptrdiff_t i) const {
    return data[static_cast<std::size_t>((m * ny + j) * nx + i)];
  }
};

Field fractions(const std::vector<Shape>& shapes, std::ptrdiff_t ny, std::ptrdiff_t nx, Extent extent = {}) {
  const auto nmat = static_cast<std::ptrdiff_t>(shapes.size()) + 1;
  Field field{nmat, ny, nx, std::vector<double>(static_cast<std::size_t>(nmat * ny * nx), -1.0)};
  mirhydro::volume_fractions(shapes, extent, View<double, 3>(field.data.data(), {nmat, ny, nx}));
  return field;
}

double mean(const Field& field, std::ptrdiff_t m) {
  double sum = 0, lost = 0; // compensated
  for (std::ptrdiff_t j = 0; j < field.ny; ++j)
    for (std::ptrdiff_t i = 0; i < field.nx; ++i) {
      const double add = field(m, j, i) - lost, next = sum + add;
      lost = (next - sum) - add;
      sum = next;
    }
  return sum / static_cast<double>(field.ny * field.nx);
}

Shape polygon(const std::vector<double>& points) {
  return Shape::polygon(View<const double, 2>(points.data(), {static_cast<std::ptrdiff_t>(points.size()) / 2, 2}));
}

Shape implicit_circle(double x, double y, double r) {
  return Shape::implicit([=](const double* px, const double* py, double* values, std::size_t n) {
    for (std::size_t k = 0; k < n; ++k)
      values[k] = std::sqrt((px[k] - x) * (px[k] - x) + (py[k] - y) * (py[k] - y)) - r;
  });
}

template <class Call> std::string refusal(Call&& call) {
  try {
    call();
  } catch (const mirhydro::Error& error) {
    return error.status() == mirhydro::Status::bad_argument ? error.what() : "another status";
  }
  return "";
}

void areas() {
  for (const std::ptrdiff_t n : {1, 2, 3, 10, 64, 500}) {
    CHECK(std::abs(mean(fractions({Shape::circle(.5, .5, .3)}, n, n), 0) - pi * .09) < 3e-15);
    CHECK(std::abs(mean(fractions({Shape::ellipse(.5, .5, .4, .01, .7)}, n, n + 3), 0) - pi * .004) < 1e-15);
    const Field cut = fractions({Shape::circle(.5, .5, .3) - polygon({.45, .5, .55, .5, .55, 1, .45, 1})}, n, n);
    const Field parts = fractions({polygon({.45, .5, .55, .5, .55, 1, .45, 1}), Shape::circle(.5, .5, .3)}, n, n);
    CHECK(std::abs(mean(cut, 0) - mean(parts, 1)) < 3e-15);
    CHECK(std::abs(mean(fractions({implicit_circle(.5, .5, .3)}, n, n), 0) - pi * .09) < 1e-12);
  }
}

void refinement() {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> unit(0, 1);
  const auto place = [&] { return random() % 2 == 0 ? unit(random) : static_cast<double>(random() % 11) / 10; };
  const auto length = [&] {
    return random() % 2 == 0 ? std::pow(10, -3 * unit(random)) : .1 + static_cast<double>(random() % 8) / 10;
  };
  const auto shape = [&]() -> Shape {
    const double x = place(), y = place(), r = length();
    switch (random() % 5) {
    case 0: return Shape::circle(x, y, r);
    case 1: return Shape::ellipse(x, y, r, length(), 6 * unit(random));
    case 2: return Shape::half_plane(x, y, unit(random) - .5, static_cast<double>(random() % 3) - 1);
    case 3: return polygon({x, y, x + r, y, x + r, y + length()});
    default: return polygon({x, y, x - r, y + r, x - .1 * r, y, x - r, y - r}) - Shape::circle(x, y, .5 * r);
    }
  };
  double worst = 0, sum_error = 0;
  for (int trial = 0; trial < 1500; ++trial) {
    std::vector<Shape> shapes;
    for (unsigned k = 0; k <= random() % 4; ++k) shapes.push_back(shape());
    const std::ptrdiff_t ny = 1 + static_cast<std::ptrdiff_t>(random() % 10),
                         nx = 1 + static_cast<std::ptrdiff_t>(random() % 10);
    const Field coarse = fractions(shapes, ny, nx), fine = fractions(shapes, 2 * ny, 2 * nx);
    for (std::ptrdiff_t j = 0; j < ny; ++j)
      for (std::ptrdiff_t i = 0; i < nx; ++i) {
        double sum = 0;
        for (std::ptrdiff_t m = 0; m < coarse.nmat; ++m) {
          const double f = coarse(m, j, i);
          CHECK(f >= 0 && f <= 1);
          sum += f;
          const double parts = (fine(m, 2 * j, 2 * i) + fine(m, 2 * j + 1, 2 * i + 1)) +
                               (fine(m, 2 * j + 1, 2 * i) + fine(m, 2 * j, 2 * i + 1));
          worst = std::max(worst, std::abs(f - .25 * parts));
        }
        sum_error = std::max(sum_error, std::abs(sum - 1));
      }
  }
  CHECK(worst < 2e-15);
  CHECK(sum_error <= 4.5e-16);
  std::printf("refinement: %.2g, sums: %.2g\n", worst, sum_error);
}

void implicit_shapes() {
  double worst = 0;
  for (const std::ptrdiff_t n : {1, 2, 5, 8, 33})
    for (const double x : {.41, .5, .625 + 1e-10, .0}) {
      const std::vector<Shape> others{Shape::ellipse(.4, .6, .3, .05, 1), Shape::half_plane(.5, .5, 1, 2)};
      const Field got = fractions({others[0], implicit_circle(x, .37, .31), others[1]}, n, n);
      const Field exact = fractions({others[0], Shape::circle(x, .37, .31), others[1]}, n, n);
      for (std::size_t k = 0; k < got.data.size(); ++k) worst = std::max(worst, std::abs(got.data[k] - exact.data[k]));
    }
  CHECK(worst < 1e-12);
  std::printf("implicit: %.2g\n", worst);
  const Shape steep = Shape::implicit([](const double* x, const double*, double* values, std::size_t n) {
    for (std::size_t k = 0; k < n; ++k)
      values[k] = x[k] < .3 ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::max();
  });
  CHECK(std::abs(mean(fractions({steep}, 3, 4), 0) - .3) < 1e-12);
}

void overlaps() {
  const std::vector<double> points{0, 0, 1, 0, 1, 1, 0, 1, .5, .5, .9, .5, .5, .9, .2, .2, .4, .4};
  const std::vector<std::int64_t> offsets{0, 4, 7, 9, 9};
  std::vector<double> area(4, -1.0);
  const View<const double, 2> p(points.data(), {9, 2});
  const View<const std::int64_t, 1> o(offsets.data(), {5});
  mirhydro::overlap(Shape::circle(.5, .5, .3), p, o, View<double, 1>(area.data(), {4}));
  CHECK(std::abs(area[0] - pi * .09) < 1e-15);
  CHECK(area[1] > 0 && area[1] < pi * .09 / 4 + 1e-15);
  CHECK(area[2] == 0 && area[3] == 0);
  mirhydro::overlap(implicit_circle(.5, .5, .3), p, o, View<double, 1>(area.data(), {4}));
  CHECK(std::abs(area[0] - pi * .09) < 1e-12);
  mirhydro::overlap(~Shape::circle(.5, .5, .3), p, o, View<double, 1>(area.data(), {4}));
  CHECK(std::abs(area[0] - (1 - pi * .09)) < 1e-15);
}

void extremes() {
  for (const double size : {1e-50, 1e-20, 1e-8, 1.0, 1e8, 1e20, 1e50})
    for (const double step : {1e-50, 1e-8, 1.0, 1e8, 1e50})
      for (const double at : {0.0, .3, 1.0}) {
        const Extent box{0, step, -step, step};
        const std::vector<Shape> shapes{Shape::circle(at * step, 0, size), Shape::ellipse(at * step, 0, size, step, .3),
                                        Shape::half_plane(at * step, 0, size, 1), polygon({0, 0, size, 0, 0, step})};
        for (const Shape& shape : shapes) {
          const Field field = fractions({shape}, 3, 4, box);
          for (const double f : field.data) CHECK(f >= 0 && f <= 1);
        }
        for (const double f : fractions(shapes, 2, 2, box).data) CHECK(f >= 0 && f <= 1);
      }
  CHECK(fractions({Shape::half_plane(0, .5, 0, 1e-200)}, 1, 1)(0, 0, 0) == .5);
  CHECK(fractions({Shape::half_plane(0, .5, 1e-300, 1)}, 1, 1)(0, 0, 0) == .5);
}

void strides() {
  std::vector<double> memory(2 * 6 * 8, -1.0);
  View<double, 3> out;
  out.data = memory.data() + 47; // the first material from the last element backwards, every other column
  out.extent = {2, 3, 4};
  out.stride = {48, -16, -2};
  mirhydro::volume_fractions({Shape::circle(.2, .7, .4)}, {}, out);
  const Field dense = fractions({Shape::circle(.2, .7, .4)}, 3, 4);
  int written = 0;
  for (std::ptrdiff_t m = 0; m < 2; ++m)
    for (std::ptrdiff_t j = 0; j < 3; ++j)
      for (std::ptrdiff_t i = 0; i < 4; ++i) CHECK(out(m, j, i) == dense(m, j, i));
  for (const double f : memory) written += f >= 0;
  CHECK(written == 24);
}

void refusals() {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(refusal([] { Shape::circle(0, 0, -1); }).find("radius = -1") == 0);
  CHECK(refusal([&] { Shape::circle(nan, 0, 1); }).find("center[0] = nan") == 0);
  CHECK(refusal([] { Shape::ellipse(0, 0, 1, 0, 0); }).find("semi_axes[1] = 0") == 0);
  CHECK(refusal([] { Shape::half_plane(0, 0, 0, 0); }).find("normal = 0") == 0);
  CHECK(refusal([] { Shape::implicit({}); }).find("f is empty") == 0);
  CHECK(refusal([] { polygon({0, 0, 1, 1}); }).find("points: 2 different") == 0);
  CHECK(refusal([] { polygon({0, 0, 1, 1, 1, 0, 0, 1}); }).find("points: edge 0 crosses edge 2") == 0);
  CHECK(refusal([] { fractions({}, 0, 1); }).find("ny = 0") == 0);
  CHECK(refusal([] { fractions({}, 1, 1, {1, 0, 0, 1}); }).find("extent[1] = 0") == 0);
  CHECK(refusal([&] { fractions({}, 1, 1, {0, 1, nan, 1}); }).find("extent[2] = nan") == 0);
  CHECK(refusal([] {
          double one = 0;
          mirhydro::volume_fractions({Shape::circle(0, 0, 1)}, {}, View<double, 3>(&one, {1, 1, 1}));
        }).find("out.shape[0] = 1") == 0);
  CHECK(fractions({}, 2, 2).data == std::vector<double>(4, 1.0));
}

} // namespace

int main() {
#ifdef __GLIBC__
  feenableexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW);
#endif
  areas();
  refinement();
  implicit_shapes();
  overlaps();
  extremes();
  strides();
  refusals();
  std::printf(failures == 0 ? "passed\n" : "%d failures\n", failures);
  return failures == 0 ? 0 : 1;
}
