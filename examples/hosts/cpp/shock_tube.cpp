// A shock tube of two materials in a Lagrange-remap code, one row of cells as a thin 2D mesh, against the exact
// solution.
//   shock_tube METHOD [N [gas | water]]
// First order, to be short: an acoustic Riemann solver moves the faces, mirhydro says what they sweep out on the way
// back. Materials of a mixed cell are strained alike and keep densities and energies of their own.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <mirhydro/mirhydro.hpp>

#include "exact_riemann.hpp"

using mirhydro::View;
using Size = std::ptrdiff_t;
constexpr Size ny = 4; // rows, all alike

struct Tube {
  Size n;
  double h, end;
  Side side[2];
};

Tube tube(const std::string& name, Size n) {
  if (name == "water") // high-pressure water drives air; unit of pressure 1e9
    return {n, 1. / double(n), .15, {{1, 0, 1, {4.4, .6}}, {.05, 0, 1e-4, {1.4, 0}}}};
  return {n, 1. / double(n), .2, {{1, 0, 1, {1.4, 0}}, {.125, 0, .1, {1.6, 0}}}};
}

struct Cell { // per volume of the undeformed cell
  double mass[2], energy[2], momentum;
};
struct Face {
  double u, p;
};

class LagrangeRemap {
public:
  LagrangeRemap(const Tube& t, const std::string& method)
      : tube_(t), n_(t.n), vf_(std::size_t(2 * ny * n_)), cells_(std::size_t(ny * n_)), moved_(cells_),
        faces_(std::size_t(ny * (n_ + 1))), stretch_(std::size_t(ny * n_)), displacement_(faces_.size()),
        swept_(2 * faces_.size()), rec_(method, options()) {
    mirhydro::volume_fractions({mirhydro::Shape::half_plane(.5, 0, 1, 0)}, {0, 1, 0, ny * t.h},
                               {vf_.data(), {2, ny, n_}});
    for (Size k = 0; k < ny * n_; ++k)
      for (Size m = 0; m < 2; ++m) {
        const Side& s = t.side[m];
        cells_[std::size_t(k)].mass[m] = vf(m, k) * s.rho;
        cells_[std::size_t(k)].energy[m] = vf(m, k) * s.rho * s.gas.energy(s.rho, s.p);
      }
  }

  double step(double left) {
    double fastest = 0;
    for (Size k = 0; k < ny * n_; ++k) fastest = std::max(fastest, state(k).c + std::abs(state(k).u));
    const double dt = std::min(left, .4 * tube_.h / fastest);
    lagrange(dt);
    rec_(View<const double, 3>(vf_.data(), {2, ny, n_}), r_);
    r_.swept(mirhydro::Axis::x, View<const double, 2>(displacement_.data(), {ny, n_ + 1}),
             View<double, 3>(swept_.data(), {2, ny, n_ + 1}), 1e-10, &flushed_);
    remap();
    return dt;
  }
  double density(Size k) const { return cells_[std::size_t(k)].mass[0] + cells_[std::size_t(k)].mass[1]; }
  double volume(Size m) const {
    double sum = 0;
    for (Size k = 0; k < n_; ++k) sum += vf(m, k) * tube_.h;
    return sum;
  }
  double total_energy() const {
    double sum = 0;
    for (const Cell& c : cells_)
      sum += c.energy[0] + c.energy[1] + .5 * c.momentum * c.momentum / (c.mass[0] + c.mass[1]);
    return sum / double(ny * n_);
  }

private:
  struct State {
    double rho, u, p, c;
  };
  static mirhydro::Options options() {
    mirhydro::Options o;
    o.boundary.fill(mirhydro::Boundary::replicate);
    return o;
  }
  double vf(Size m, Size k) const { return vf_[std::size_t(m * ny * n_ + k)]; }
  double pressure(Size m, Size k) const {
    const Cell& c = cells_[std::size_t(k)];
    return tube_.side[m].gas.pressure(c.mass[m] / vf(m, k), c.energy[m] / c.mass[m]);
  }
  /// Mean state of a cell; the stiffness rho c^2 is the harmonic mean of its materials'.
  State state(Size k) const {
    const Cell& c = cells_[std::size_t(k)];
    State s{c.mass[0] + c.mass[1], 0, 0, 0};
    s.u = c.momentum / s.rho;
    double compliance = 0;
    for (Size m = 0; m < 2; ++m) {
      if (!(vf(m, k) > 0)) continue;
      const Gas& gas = tube_.side[m].gas;
      const double p = pressure(m, k);
      s.p += vf(m, k) * p;
      compliance += vf(m, k) / std::max(gas.gamma * (p + gas.pinf), 1e-12);
    }
    s.c = std::sqrt(1 / (compliance * s.rho));
    return s;
  }

  void lagrange(double dt) {
    const double step = dt / tube_.h;
    for (Size j = 0; j < ny; ++j)
      for (Size i = 0; i <= n_; ++i) {
        const State a = state(j * n_ + std::max<Size>(i - 1, 0)), b = state(j * n_ + std::min(i, n_ - 1));
        const double za = a.rho * a.c, zb = b.rho * b.c;
        faces_[std::size_t(j * (n_ + 1) + i)] = {(za * a.u + zb * b.u + a.p - b.p) / (za + zb),
                                                 (zb * a.p + za * b.p + za * zb * (a.u - b.u)) / (za + zb)};
      }
    for (Size k = 0; k < ny * n_; ++k) {
      const Face low = faces_[std::size_t(k + k / n_)], high = faces_[std::size_t(k + k / n_ + 1)];
      const Cell& old = cells_[std::size_t(k)];
      Cell& c = moved_[std::size_t(k)] = old;
      const double rho = old.mass[0] + old.mass[1], opened = step * (high.u - low.u);
      c.momentum -= step * (high.p - low.p);
      // total energy is conserved: what pressure work does not explain is heat of shocks, shared by volume
      double heat =
          .5 * (old.momentum * old.momentum - c.momentum * c.momentum) / rho - step * (high.p * high.u - low.p * low.u);
      for (Size m = 0; m < 2; ++m)
        if (vf(m, k) > 0) heat += vf(m, k) * pressure(m, k) * opened;
      for (Size m = 0; m < 2; ++m)
        if (vf(m, k) > 0) c.energy[m] += vf(m, k) * (heat - pressure(m, k) * opened);
      stretch_[std::size_t(k)] = 1 + opened;
    }
    for (Size k = 0; k < ny * (n_ + 1); ++k)
      displacement_[std::size_t(k)] = faces_[std::size_t(k)].u * step / stretch_[std::size_t(donor(k))];
  }
  /// The cell that a face takes from; the edge takes from the cell inside.
  Size donor(Size face) const {
    const Size j = face / (n_ + 1), i = face % (n_ + 1), from = faces_[std::size_t(face)].u > 0 ? i - 1 : i;
    return j * n_ + std::min(std::max<Size>(from, 0), n_ - 1);
  }

  void remap() {
    std::vector<double> old_vf = vf_; // of the moved cells
    for (std::size_t k = 0; k < cells_.size(); ++k) {
      for (std::size_t m = 0; m < 2; ++m) vf_[m * cells_.size() + k] *= stretch_[k];
      cells_[k] = moved_[k];
      kinetic(k) = .5 * moved_[k].momentum * moved_[k].momentum / (moved_[k].mass[0] + moved_[k].mass[1]);
    }
    for (Size j = 0; j < ny; ++j)
      for (Size i = 0; i <= n_; ++i) flux(j, i, old_vf);
    for (std::size_t k = 0; k < flushed_.material.size(); ++k)
      empty(flushed_.material[k], flushed_.cells[2 * k] * n_ + flushed_.cells[2 * k + 1]);
    for (std::size_t k = 0; k < cells_.size(); ++k) settle(k);
  }
  void flux(Size j, Size i, const std::vector<double>& old_vf) {
    const Size face = j * (n_ + 1) + i, from = donor(face);
    const Cell& gives = moved_[std::size_t(from)];
    const double speed = gives.momentum / (gives.mass[0] + gives.mass[1]);
    for (Size m = 0; m < 2; ++m) {
      const double share = swept_[std::size_t(m) * faces_.size() + std::size_t(face)]; // of the donor's moved volume
      const double content = old_vf[std::size_t(m * ny * n_ + from)];
      if (share == 0 || !(content > 0)) continue;
      const double part = share / content, mass = part * gives.mass[m], volume = share * stretch_[std::size_t(from)];
      for (const Size k : {i - 1, i}) {
        if (k < 0 || k >= n_) continue;
        const double sign = k == i ? 1 : -1;
        const auto at = std::size_t(j * n_ + k);
        Cell& c = cells_[at];
        vf_[std::size_t(m) * cells_.size() + at] += sign * volume;
        c.mass[m] += sign * mass;
        c.energy[m] += sign * part * gives.energy[m];
        c.momentum += sign * mass * speed;
        kinetic(at) += sign * .5 * mass * speed * speed;
      }
    }
  }
  /// A material that left entirely takes its round-off with it, unless some came in on the other side.
  void empty(Size m, Size k) {
    double& f = vf_[std::size_t(m * ny * n_ + k)];
    if (std::abs(f) > 1e-12) return;
    f = cells_[std::size_t(k)].mass[m] = cells_[std::size_t(k)].energy[m] = 0;
  }
  /// Fractions to a sum of 1; the kinetic energy that mixing of velocities loses becomes heat.
  void settle(std::size_t k) {
    Cell& c = cells_[k];
    double &f0 = vf_[k], &f1 = vf_[cells_.size() + k];
    f0 = f0 > 0 && c.mass[0] > 0 ? f0 : 0, f1 = f1 > 0 && c.mass[1] > 0 ? f1 : 0;
    const double sum = f0 + f1, mass = c.mass[0] + c.mass[1];
    f0 /= sum, f1 /= sum;
    const double heat = kinetic(k) - .5 * c.momentum * c.momentum / mass;
    for (std::size_t m = 0; m < 2; ++m) c.energy[m] += heat * c.mass[m] / mass;
  }
  double& kinetic(std::size_t k) {
    kinetic_.resize(cells_.size());
    return kinetic_[k];
  }

  Tube tube_;
  Size n_;
  std::vector<double> vf_, kinetic_;
  std::vector<Cell> cells_, moved_;
  std::vector<Face> faces_;
  std::vector<double> stretch_, displacement_, swept_;
  mirhydro::Reconstructor rec_;
  mirhydro::Reconstruction r_;
  mirhydro::Flushed flushed_;
};

int main(int argc, char** argv) try {
  const Size n = argc > 2 ? std::atoi(argv[2]) : 200;
  if (argc < 2 || n < 8) {
    std::fprintf(stderr, "shock_tube METHOD [N [gas | water]], N >= 8\n");
    return 2;
  }
  const Tube t = tube(argc > 3 ? argv[3] : "gas", n);
  LagrangeRemap run(t, argv[1]);
  const double energy = run.total_energy();
  double time = 0;
  int steps = 0;
  for (; time < t.end; ++steps) time += run.step(t.end - time);

  const ExactRiemann exact(t.side[0], t.side[1]);
  double error = 0;
  bool alike = true;
  for (Size i = 0; i < n; ++i) {
    error += std::abs(run.density(i) - exact.density(((double(i) + .5) * t.h - .5) / t.end)) * t.h;
    for (Size j = 1; j < ny; ++j) alike = alike && run.density(j * n + i) == run.density(i);
  }
  const double contact = .5 + exact.contact_speed() * t.end;
  std::printf("steps %d\n", steps);
  std::printf("mean error of density  %.6e\n", error);
  std::printf("contact at             %.6f, exactly %.6f\n", run.volume(0), contact);
  std::printf("energy changed by      %.1e of it\n", std::abs(run.total_energy() - energy) / energy);
  std::printf("rows are %s\n", alike ? "alike to the bit" : "NOT alike");
  return alike ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
