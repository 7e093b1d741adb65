// Random cells by the million, every method, floating-point traps on: volumes met, sums closed, nothing taken twice.
// MIRHYDRO_FUZZ_CELLS sets how many cells each method sees (default 2e5),
// MIRHYDRO_FUZZ_METHOD picks one of them.
#include <cstdlib>
#include <string>

#include "check.hpp"
#include "fields.hpp"

using fields::Field;
using fields::Random;
using mirhydro::Axis;
using mirhydro::View;

namespace {

constexpr double eps = 1e-12, ulp = 2.3e-16;

struct Worst {
  double volume = 0, sum = 0, excess = 0, residual = 0;
  std::int64_t rounds = 0, cells = 0;
};

/// What a material keeps of its cell once what is below eps has been dropped; rounded once.
std::vector<double> kept(Field& f, std::ptrdiff_t j, std::ptrdiff_t i) {
  std::vector<double> vf;
  long double sum = 0;
  for (std::ptrdiff_t m = 0; m < f.nmat; ++m) {
    vf.push_back(f(m, j, i) > eps ? f(m, j, i) : 0);
    sum += vf.back();
  }
  for (double& v : vf) v = double(v / sum);
  return vf;
}

void check_volumes(Field& f, const mirhydro::Reconstruction& r, Worst& worst) {
  std::vector<double> volumes(std::size_t(r.size() * f.nmat));
  std::vector<std::int32_t> cells(std::size_t(2 * r.size()));
  r.volumes(View<double, 2>(volumes.data(), {r.size(), f.nmat}));
  r.cells(View<std::int32_t, 2>(cells.data(), {r.size(), 2}));
  for (std::ptrdiff_t row = 0; row < r.size(); ++row) {
    const std::vector<double> vf = kept(f, cells[std::size_t(2 * row)], cells[std::size_t(2 * row + 1)]);
    for (std::ptrdiff_t m = 0; m < f.nmat; ++m) {
      const double v = volumes[std::size_t(row * f.nmat + m)];
      CHECK(std::isfinite(v));
      worst.volume = std::max(worst.volume, std::abs(v - vf[std::size_t(m)]));
      if (vf[std::size_t(m)] == 0) CHECK(v == 0);
    }
  }
}

void check_swept(Field& f, const mirhydro::Reconstruction& r, Axis axis, Random& random, Worst& worst) {
  const bool along_y = axis == Axis::y;
  const std::ptrdiff_t rows = f.ny + (along_y ? 1 : 0), columns = f.nx + (along_y ? 0 : 1);
  const std::vector<double> d = fields::random_displacement(random, rows, columns, along_y);
  std::vector<double> out(std::size_t(f.nmat * rows * columns), 1e300);
  r.swept(axis, View<const double, 2>(d.data(), {rows, columns}), View<double, 3>(out.data(), {f.nmat, rows, columns}));
  const auto s = [&](std::ptrdiff_t m, std::ptrdiff_t j, std::ptrdiff_t i) {
    return out[std::size_t((m * rows + j) * columns + i)];
  };
  for (std::ptrdiff_t j = 0; j < rows; ++j)
    for (std::ptrdiff_t i = 0; i < columns; ++i) {
      double sum = 0;
      for (std::ptrdiff_t m = 0; m < f.nmat; ++m) sum += s(m, j, i);
      worst.sum = std::max(worst.sum, std::abs(sum - d[std::size_t(j * columns + i)]));
    }
  for (std::ptrdiff_t j = 0; j < f.ny; ++j)
    for (std::ptrdiff_t i = 0; i < f.nx; ++i) {
      const std::vector<double> vf = kept(f, j, i);
      for (std::ptrdiff_t m = 0; m < f.nmat; ++m) {
        const double low = s(m, j, i), high = along_y ? s(m, j + 1, i) : s(m, j, i + 1);
        const double out_of_cell = std::max(-low, 0.) + std::max(high, 0.);
        worst.excess = std::max(worst.excess, out_of_cell - vf[std::size_t(m)]);
        if (vf[std::size_t(m)] == 0) CHECK(out_of_cell == 0);
      }
    }
}

void fuzz(const std::string& method, std::ptrdiff_t nmat, std::int64_t cells, std::ptrdiff_t side = 64) {
  Random random{std::uint64_t(nmat)};
  Worst worst;
  mirhydro::Reconstruction r;
  mirhydro::Options stretched;
  stretched.spacing_x.resize(std::size_t(side)), stretched.spacing_y.resize(std::size_t(side));
  for (std::ptrdiff_t k = 0; k < side; ++k) {
    stretched.spacing_x[std::size_t(k)] = std::pow(10., fields::uniform(random, -3, 3));
    stretched.spacing_y[std::size_t(k)] = std::pow(10., fields::uniform(random, -3, 3));
  }
  const mirhydro::Reconstructor equal(method), unequal(method, stretched);
  for (std::int64_t done = 0, turn = 0; done < cells; done += side * side, ++turn) {
    Field f = fields::random_field(random, nmat, side, side);
    (turn % 4 == 3 ? unequal : equal)(f.view(), r, f.inputs(method));
    check_volumes(f, r, worst);
    check_swept(f, r, Axis::x, random, worst);
    check_swept(f, r, Axis::y, random, worst);
    worst.residual = std::max(worst.residual, r.stats().residual);
    worst.rounds = std::max(worst.rounds, std::int64_t(r.stats().iterations));
    worst.cells += r.size();
  }
  std::printf("%-7s %td materials: %.2g mixed cells, volumes %.1e, residual %.1e, sums %.1e, excess %.1e, %d rounds\n",
              method.c_str(), nmat, double(worst.cells), worst.volume, worst.residual, worst.sum, worst.excess,
              int(worst.rounds));
  CHECK(worst.residual <= 1e-14);
  CHECK(worst.volume <= 1e-14);
  CHECK(worst.sum <= double(nmat) * ulp);
  CHECK(worst.excess <= ulp);
}

/// A third material above and below, in it less of the first than any number worth dividing by: the normal has a
/// component of 1e-310, which no slab may divide by.
void almost_no_gradient(const std::string& method) {
  for (const double tiny : {5e-324, 1e-310, 1e-305, 1e-200, 1e-150, 1e-100}) {
    Field f(3, 3, 3);
    for (std::ptrdiff_t i = 0; i < 3; ++i) {
      f(2, 0, i) = f(2, 2, i) = 1;
      f(0, 1, i) = i == 0 ? 1 : i == 1 ? .3 : 0;
      f(1, 1, i) = 1 - f(0, 1, i);
    }
    f(0, 0, 0) = tiny;
    f.stack();
    mirhydro::Reconstruction r;
    Worst worst;
    Random random(1);
    mirhydro::Reconstructor{method}(f.view(), r, f.inputs(method));
    check_volumes(f, r, worst);
    for (int turn = 0; turn < 20; ++turn) check_swept(f, r, turn % 2 == 0 ? Axis::x : Axis::y, random, worst);
    CHECK(worst.volume <= 1e-14 && worst.sum <= 3 * ulp && worst.excess <= ulp);
  }
}

} // namespace

int main() try {
  trap_floating_point();
  const char* wanted = std::getenv("MIRHYDRO_FUZZ_CELLS");
  const auto cells = wanted != nullptr ? std::int64_t(std::strtod(wanted, nullptr)) : std::int64_t(2e5);
  const char* only = std::getenv("MIRHYDRO_FUZZ_METHOD");
  for (const std::string& method : fields::methods()) {
    if (only != nullptr && method != only) continue;
    almost_no_gradient(method);
    fuzz(method, 2, method == "autoencoder-shrunk" ? cells / 50 : cells);
    if (method == "ppic") { // level sets compete by iteration: a millisecond a cell where ten of them meet
      fuzz(method, 3, cells / 50);
      for (const std::ptrdiff_t nmat : {4, 5, 7, 10}) fuzz(method, nmat, cells / 500, 16);
      continue;
    }
    const bool nested = method == "mof"; // three lines and more by iteration: a thousand times slower
    fuzz(method, 3, nested ? cells / 200 : cells / 4);
    fuzz(method, 5, nested ? cells / 200 : cells / 10);
  }
  return report("fuzz");
} catch (const std::exception& error) {
  return report(error);
}
