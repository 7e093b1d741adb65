// The vortex of ../cpp/advection.cpp on any number of ranks, to the same bits: ghost cells before every sweep.
//   mpiexec -n 4 advection METHOD [N [MODEL [STEPS [FILE [WEIGHT]]]]]
// WEIGHT: as much as how many cells a mixed one costs more than another; every few steps blocks are cut anew so that
// all cost the same. Without it they have the same size. Rank 0 prints the table and the hash of the serial code, and
// what the ranks shared.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <optional>
#include <stdexcept>
#include <string>

#include <mirhydro/mirhydro.hpp>

#include "block.hpp"

using mirhydro::Axis;
using mirhydro::View;

constexpr Size nmat = 3;
constexpr double pi = 3.14159265358979323846, period = 2, cfl = .5;
constexpr double flush = 1e-10;        // smaller volumes never travel alone
constexpr int steps_between_cuts = 16; // in which nothing moves further than 8 cells

mirhydro::Options with_ghosts(mirhydro::Options options, int ghost) {
  options.ghost = ghost;
  return options;
}

/// Every rank makes the whole field and keeps its part: a few microseconds a cell, once.
std::vector<double> first_field(Size n) {
  using mirhydro::Shape;
  std::vector<double> whole(std::size_t(nmat * n * n));
  const Shape disc = Shape::circle(.5, .75, .15), left = Shape::half_plane(.5, 0, 1, 0);
  mirhydro::volume_fractions({disc & left, disc}, {}, {whole.data(), {nmat, n, n}});
  return whole;
}

/// Rows and columns cut so that each has as much work.
void cut(RankGrid& grid, const std::vector<double>& whole, Size n, double weight, Size least) {
  const auto size = std::size_t(n);
  std::vector<double> rows(size, double(n)), columns = rows;
  for (Size j = 0; j < n; ++j)
    for (Size i = 0; i < n; ++i) {
      double most = 0;
      for (Size m = 0; m < nmat; ++m) most = std::max(most, whole[std::size_t((m * n + j) * n + i)]);
      if (most < 1) rows[std::size_t(j)] += weight, columns[std::size_t(i)] += weight;
    }
  grid.cuts[0] = equal_parts(rows, grid.count[0], least);
  grid.cuts[1] = equal_parts(columns, grid.count[1], least);
}

struct Host {
  Size n, ghost;
  double h;
  Block b;
  std::optional<GhostExchange> exchange;
  std::vector<double> vf, fills, speed_x, speed_y, displacement, swept;
  mirhydro::Reconstructor rec; // once, whatever becomes of the blocks
  mirhydro::Reconstruction r;
  mirhydro::Flushed flushed;
  double mixed = 0, cells = 0, exchanging = 0; // processor time, which a busy machine does not spoil

  Host(const std::string& method, const mirhydro::Options& options, Size n_, int ghost_)
      : n(n_), ghost(ghost_), h(1. / double(n_)), rec(method, with_ghosts(options, ghost_)) {}

  /// The rank's part of the whole field: at first, and when blocks have been cut anew.
  void take(const RankGrid& grid, const std::vector<double>& whole) {
    b = Block(grid, nmat, ghost);
    exchange.emplace(grid, b);
    vf.assign(std::size_t(nmat * b.cells()), 0);
    fills = vf;
    for (Size m = 0; m < nmat; ++m)
      for (Size j = 0; j < b.rows; ++j)
        std::copy_n(&whole[std::size_t((m * n + b.j0 + j) * n + b.i0)], b.columns, &f(m, ghost + j, ghost));
    set_speeds();
    displacement.resize(std::max(speed_x.size(), speed_y.size()));
    swept.resize(std::size_t(nmat) * displacement.size());
  }
  double& f(Size m, Size j, Size i) { return vf[std::size_t((m * b.all_rows() + j) * b.all_columns() + i)]; }
  double& fill(Size m, Size j, Size i) { return fills[std::size_t((m * b.all_rows() + j) * b.all_columns() + i)]; }

  /// Faces of ghost cells too: what a ghost cell sends the other way limits what it sends us.
  void set_speeds() {
    const Size columns = b.all_columns(), rows = b.all_rows();
    const auto squared_sines = [&](Size first, Size count) {
      std::vector<double> s;
      for (Size k = first; k <= first + count; ++k) s.push_back(std::sin(pi * (double(k) * h))), s.back() *= s.back();
      return s;
    };
    const std::vector<double> x = squared_sines(b.i0 - ghost, columns), y = squared_sines(b.j0 - ghost, rows);
    const auto psi = [&](Size j, Size i) { return (x[std::size_t(i)] * y[std::size_t(j)]) / pi; };
    speed_x.clear(), speed_y.clear();
    for (Size j = 0; j < rows; ++j)
      for (Size i = 0; i <= columns; ++i) speed_x.push_back(-((psi(j + 1, i) - psi(j, i)) / h));
    for (Size j = 0; j <= rows; ++j)
      for (Size i = 0; i < columns; ++i) speed_y.push_back((psi(j, i + 1) - psi(j, i)) / h);
  }

  template <class Work> void own_cells(Work&& work) const {
    for (Size j = b.ghost; j < b.ghost + b.rows; ++j)
      for (Size i = b.ghost; i < b.ghost + b.columns; ++i) work(j, i);
  }

  void set_fills() {
    own_cells([&](Size j, Size i) {
      Size most = 0;
      for (Size m = 1; m < nmat; ++m)
        if (f(m, j, i) > f(most, j, i)) most = m;
      for (Size m = 0; m < nmat; ++m) fill(m, j, i) = m == most ? 1 : 0;
    });
  }

  void sweep(Axis axis, double cells_per_speed) {
    const bool x = axis == Axis::x;
    const Size rows = b.all_rows() + (x ? 0 : 1), columns = b.all_columns() + (x ? 1 : 0), next = x ? 1 : columns;
    const std::vector<double>& speed = x ? speed_x : speed_y;
    for (std::size_t k = 0; k < speed.size(); ++k) displacement[k] = speed[k] * cells_per_speed;
    const std::clock_t begin = std::clock();
    (*exchange)(vf.data());
    exchanging += double(std::clock() - begin) / CLOCKS_PER_SEC;
    rec(View<const double, 3>(vf.data(), {nmat, b.all_rows(), b.all_columns()}), r);
    r.swept(axis, View<const double, 2>(displacement.data(), {rows, columns}),
            View<double, 3>(swept.data(), {nmat, rows, columns}), flush, &flushed);
    mixed += double(r.size());
    for (Size m = 0; m < nmat; ++m)
      own_cells([&](Size j, Size i) {
        const double* low = &swept[std::size_t((m * rows + j) * columns + i)];
        f(m, j, i) = f(m, j, i) - (low[next] - low[0]);
      });
    for (std::size_t k = 0; k < flushed.material.size(); ++k) {
      const Size m = flushed.material[k], j = flushed.cells[2 * k], i = flushed.cells[2 * k + 1];
      const double* low = &swept[std::size_t((m * rows + j) * columns + i)];
      f(m, j, i) = (low[0] > 0 ? low[0] : 0) - (low[next] < 0 ? low[next] : 0); // ghosts: overwritten by their owners
    }
    own_cells([&](Size j, Size i) {
      const double* low = &displacement[std::size_t(j * columns + i)];
      const double stretch = low[next] - low[0];
      double sum = 0;
      for (Size m = 0; m < nmat; ++m) {
        const double moved = f(m, j, i) + fill(m, j, i) * stretch;
        f(m, j, i) = moved > 0 ? moved : 0;
        sum = sum + f(m, j, i);
      }
      for (Size m = 0; m < nmat; ++m) f(m, j, i) = f(m, j, i) / sum;
    });
  }

  void step(int k, double dt) {
    const double factor = std::cos(pi * ((double(k) + .5) * dt) / period), cells_per_speed = factor * dt / h;
    set_fills();
    cells += double(b.rows * b.columns);
    sweep(k % 2 == 0 ? Axis::x : Axis::y, cells_per_speed);
    sweep(k % 2 == 0 ? Axis::y : Axis::x, cells_per_speed);
  }
};

/// The whole field on every rank: a cell's owner says what it holds, the others 0. A code whose mesh is too large for
/// that sends what changes hands.
std::vector<double> gathered(const RankGrid& grid, Host& host) {
  std::vector<double> whole(std::size_t(nmat * host.n * host.n));
  const Block& b = host.b;
  for (Size m = 0; m < nmat; ++m)
    for (Size j = 0; j < b.rows; ++j)
      std::copy_n(&host.f(m, b.ghost + j, b.ghost), b.columns,
                  &whole[std::size_t((m * host.n + b.j0 + j) * host.n + b.i0)]);
  MPI_Allreduce(MPI_IN_PLACE, whole.data(), int(whole.size()), MPI_DOUBLE, MPI_SUM, grid.comm);
  return whole;
}

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

void print(const std::vector<double>& start, const std::vector<double>& end, Size n, double h) {
  std::printf("material  area                    misplaced\n");
  for (Size m = 0; m < nmat; ++m) {
    double area = 0, misplaced = 0;
    for (Size k = m * n * n; k < (m + 1) * n * n; ++k) {
      area = area + end[std::size_t(k)];
      misplaced = misplaced + std::abs(end[std::size_t(k)] - start[std::size_t(k)]);
    }
    std::printf("%8td  %.16e  %.16e\n", m + 1, area * h * h, misplaced * h * h);
  }
}

/// What the ranks did in the mean step: cells that each reconstructs, ghosts among them, its work as that of so many
/// cells, bytes that it sends, and time, which in the exchange is also that of waiting for the fullest rank.
void print_shares(const RankGrid& grid, const Host& host, double weight, int steps, double seconds, double processor) {
  constexpr int lines = 6;
  const char* const names[lines] = {"mixed cells, with ghosts", "work in cells",      "bytes sent", "seconds",
                                    "processor: cells",         "processor: exchange"};
  const double mixed = host.mixed / (2. * steps);
  const double mine[lines] = {
      mixed,           host.cells / steps + weight * mixed,   2. * double(host.exchange->bytes()),
      seconds / steps, (processor - host.exchanging) / steps, host.exchanging / steps};
  double sum[lines], most[lines];
  MPI_Reduce(mine, sum, lines, MPI_DOUBLE, MPI_SUM, 0, grid.comm);
  MPI_Reduce(mine, most, lines, MPI_DOUBLE, MPI_MAX, 0, grid.comm);
  if (grid.rank != 0) return;
  std::printf("%d x %d ranks, %td ghost layers; of one step, mean and most of a rank:\n", grid.count[0], grid.count[1],
              host.b.ghost);
  for (int k = 0; k < lines; ++k)
    std::printf(k < 3 ? "%-24s %10.1f %10.1f\n" : "%-24s %10.3e %10.3e\n", names[k], sum[k] / grid.size, most[k]);
}

int run(int argc, char** argv) {
  RankGrid grid;
  const Size n = argc > 2 ? std::atoi(argv[2]) : 64;
  if (argc < 2 || n < 4) throw std::runtime_error("advection METHOD [N [MODEL [STEPS [FILE [WEIGHT]]]]], N >= 4");
  mirhydro::Options options;
  if (argc > 3 && std::strcmp(argv[3], "-") != 0) options.model = argv[3];
  const int ghost = mirhydro::Reconstructor(argv[1], options).ghost_layers();
  const double weight = argc > 6 ? std::atof(argv[6]) : 0;
  const std::vector<double> start = first_field(n);
  Host host(argv[1], options, n, ghost);
  cut(grid, start, n, weight, ghost);
  host.take(grid, start);
  const int all = int(std::ceil(period / (cfl * host.h) * (1 - 1e-12))), asked = argc > 4 ? std::atoi(argv[4]) : 0;
  const int steps = asked > 0 ? asked : all;
  const double begin = MPI_Wtime();
  const std::clock_t clock_begin = std::clock();
  for (int k = 0; k < steps; ++k) {
    if (weight > 0 && k > 0 && k % steps_between_cuts == 0) {
      const std::clock_t before = std::clock(); // all wait for the last
      const std::vector<double> now = gathered(grid, host);
      host.exchanging += double(std::clock() - before) / CLOCKS_PER_SEC;
      cut(grid, now, n, weight, ghost);
      host.take(grid, now);
    }
    host.step(k, period / all);
  }
  const double seconds = MPI_Wtime() - begin, processor = double(std::clock() - clock_begin) / CLOCKS_PER_SEC;

  const std::vector<double> end = gathered(grid, host);
  if (grid.rank == 0) print(start, end, n, host.h);
  print_shares(grid, host, weight, steps, seconds, processor);
  if (grid.rank != 0) return 0;
  std::printf("hash %016llx\n", static_cast<unsigned long long>(hash(end)));
  if (argc <= 5) return 0;
  std::FILE* file = std::fopen(argv[5], "wb");
  const bool whole = file != nullptr && std::fwrite(end.data(), sizeof(double), end.size(), file) == end.size();
  if (file == nullptr || std::fclose(file) != 0 || !whole)
    throw std::runtime_error(std::string(argv[5]) + " cannot be written");
  return 0;
}

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  try {
    const int code = run(argc, argv);
    MPI_Finalize();
    return code;
  } catch (const std::exception& error) { // one rank that stops would leave the others waiting
    std::fprintf(stderr, "%s\n", error.what());
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
  return 1;
}
