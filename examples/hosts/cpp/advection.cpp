// Three materials in the single vortex that winds them up and back: a whole host code in C++17.
//   advection METHOD [N [MODEL [STEPS [FILE]]]]    MODEL -: the method's own; STEPS 0: the whole period
// Prints each material's area and misplaced area, and a hash of the fields. The hosts in C and Fortran beside this one
// do the same arithmetic in the same order and end with the same bits. Split sweeps: Weymouth & Yue, J. Comput. Phys.
// 229 (2010) 2853. Flow: Rider & Kothe, J. Comput. Phys. 141 (1998) 112.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <mirhydro/mirhydro.hpp>

using mirhydro::Axis;
using mirhydro::View;
using Size = std::ptrdiff_t;

constexpr Size nmat = 3;
constexpr double pi = 3.14159265358979323846, period = 2, cfl = .5;
constexpr double flush = 1e-10; // smaller volumes never travel alone

struct Host {
  Size n;
  double h;
  std::vector<double> vf, fills, speed_x, speed_y, displacement, swept;
  mirhydro::Reconstructor rec; // made once: it plans, reads the model and warms up
  mirhydro::Reconstruction r;
  mirhydro::Flushed flushed;

  Host(const std::string& method, const mirhydro::Options& options, Size n_)
      : n(n_), h(1. / double(n_)), vf(std::size_t(nmat * n * n)), fills(vf.size()), speed_x(std::size_t(n * (n + 1))),
        speed_y(speed_x.size()), displacement(speed_x.size()), swept(std::size_t(nmat * n * (n + 1))),
        rec(method, options) {
    using mirhydro::Shape;
    const Shape disc = Shape::circle(.5, .75, .15), left = Shape::half_plane(.5, 0, 1, 0);
    mirhydro::volume_fractions({disc & left, disc}, {}, {vf.data(), {nmat, n, n}});
    set_speeds();
  }
  double& f(Size m, Size j, Size i) { return vf[std::size_t((m * n + j) * n + i)]; }
  double& fill(Size m, Size j, Size i) { return fills[std::size_t((m * n + j) * n + i)]; }

  /// Mean normal velocity of every face from the stream function at its ends: free of divergence to round-off.
  void set_speeds() {
    const auto psi = [&](Size j, Size i) {
      const double sx = std::sin(pi * (double(i) * h)), sy = std::sin(pi * (double(j) * h));
      return ((sx * sx) * (sy * sy)) / pi;
    };
    for (Size j = 0; j < n; ++j)
      for (Size i = 0; i <= n; ++i) {
        speed_x[std::size_t(j * (n + 1) + i)] = -((psi(j + 1, i) - psi(j, i)) / h);
        speed_y[std::size_t(i * n + j)] = (psi(i, j + 1) - psi(i, j)) / h;
      }
  }

  /// The material that fills most of a cell when the step begins takes the dilatation of both sweeps.
  void set_fills() {
    for (Size j = 0; j < n; ++j)
      for (Size i = 0; i < n; ++i) {
        Size most = 0;
        for (Size m = 1; m < nmat; ++m)
          if (f(m, j, i) > f(most, j, i)) most = m;
        for (Size m = 0; m < nmat; ++m) fill(m, j, i) = m == most ? 1 : 0;
      }
  }

  void sweep(Axis axis, double cells_per_speed) {
    const bool x = axis == Axis::x;
    const Size rows = x ? n : n + 1, columns = x ? n + 1 : n, next = x ? 1 : columns;
    const std::vector<double>& speed = x ? speed_x : speed_y;
    for (std::size_t k = 0; k < displacement.size(); ++k) displacement[k] = speed[k] * cells_per_speed;
    rec(View<const double, 3>(vf.data(), {nmat, n, n}), r);
    r.swept(axis, View<const double, 2>(displacement.data(), {rows, columns}),
            View<double, 3>(swept.data(), {nmat, rows, columns}), flush, &flushed);
    for (Size m = 0; m < nmat; ++m)
      for (Size j = 0; j < n; ++j)
        for (Size i = 0; i < n; ++i) {
          const double* low = &swept[std::size_t((m * rows + j) * columns + i)];
          f(m, j, i) = f(m, j, i) - (low[next] - low[0]);
        }
    for (std::size_t k = 0; k < flushed.material.size(); ++k) { // what left entirely leaves no round-off behind
      const Size m = flushed.material[k], j = flushed.cells[2 * k], i = flushed.cells[2 * k + 1];
      const double* low = &swept[std::size_t((m * rows + j) * columns + i)];
      f(m, j, i) = (low[0] > 0 ? low[0] : 0) - (low[next] < 0 ? low[next] : 0);
    }
    for (Size j = 0; j < n; ++j)
      for (Size i = 0; i < n; ++i) {
        const double* low = &displacement[std::size_t(j * columns + i)];
        const double stretch = low[next] - low[0];
        double sum = 0;
        for (Size m = 0; m < nmat; ++m) {
          const double moved = f(m, j, i) + fill(m, j, i) * stretch;
          f(m, j, i) = moved > 0 ? moved : 0;
          sum = sum + f(m, j, i);
        }
        for (Size m = 0; m < nmat; ++m) f(m, j, i) = f(m, j, i) / sum;
      }
  }

  void step(int k, double dt) {
    const double factor = std::cos(pi * ((double(k) + .5) * dt) / period), cells_per_speed = factor * dt / h;
    set_fills();
    sweep(k % 2 == 0 ? Axis::x : Axis::y, cells_per_speed);
    sweep(k % 2 == 0 ? Axis::y : Axis::x, cells_per_speed);
  }
};

std::uint64_t hash(const std::vector<double>& values) {
  std::uint64_t h = 0x12345678;
  for (const double value : values) {
    std::uint64_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    h ^= bits;
    h ^= h << 13, h ^= h >> 7, h ^= h << 17;
  }
  return h;
}

int main(int argc, char** argv) try {
  const Size n = argc > 2 ? std::atoi(argv[2]) : 64;
  if (argc < 2 || n < 4) {
    std::fprintf(stderr, "advection METHOD [N [MODEL [STEPS [FILE]]]], N >= 4\n");
    return 2;
  }
  mirhydro::Options options;
  if (argc > 3 && std::strcmp(argv[3], "-") != 0) options.model = argv[3];
  Host host(argv[1], options, n);
  const std::vector<double> start = host.vf;
  const int all = int(std::ceil(period / (cfl * host.h) * (1 - 1e-12))), asked = argc > 4 ? std::atoi(argv[4]) : 0;
  for (int k = 0; k < (asked > 0 ? asked : all); ++k) host.step(k, period / all);

  std::printf("material  area                    misplaced\n");
  for (Size m = 0; m < nmat; ++m) {
    double area = 0, misplaced = 0;
    for (Size k = m * n * n; k < (m + 1) * n * n; ++k) {
      area = area + host.vf[std::size_t(k)];
      misplaced = misplaced + std::abs(host.vf[std::size_t(k)] - start[std::size_t(k)]);
    }
    std::printf("%8td  %.16e  %.16e\n", m + 1, area * host.h * host.h, misplaced * host.h * host.h);
  }
  std::printf("hash %016llx\n", static_cast<unsigned long long>(hash(host.vf)));
  if (argc > 5) {
    std::FILE* file = std::fopen(argv[5], "wb");
    const bool whole =
        file != nullptr && std::fwrite(host.vf.data(), sizeof(double), host.vf.size(), file) == host.vf.size();
    if (file == nullptr || std::fclose(file) != 0 || !whole) {
      std::fprintf(stderr, "%s cannot be written\n", argv[5]);
      return 1;
    }
  }
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
