#pragma once
// Exact solution of the Riemann problem between two stiffened gases, for comparison.
// Source: Toro, Riemann Solvers and Numerical Methods for Fluid Dynamics, ch. 4; p + pinf takes the place of p.
#include <algorithm>
#include <cmath>

struct Gas {
  double gamma, pinf;
  double pressure(double rho, double energy) const { return (gamma - 1) * rho * energy - gamma * pinf; }
  double energy(double rho, double p) const { return (p + gamma * pinf) / ((gamma - 1) * rho); }
  double sound(double rho, double p) const { return std::sqrt(gamma * (p + pinf) / rho); }
};
struct Side {
  double rho, u, p;
  Gas gas;
  double c() const { return gas.sound(rho, p); }
};

class ExactRiemann {
public:
  ExactRiemann(const Side& left, const Side& right) : left_(left), right_(right) {
    double low = 1e-10, high = 1e3 * std::max(left.p + left.gas.pinf, right.p + right.gas.pinf);
    low -= std::min(left.gas.pinf, right.gas.pinf);
    for (int k = 0; k < 200; ++k) { // velocity falls as pressure rises: bisection is enough
      const double p = .5 * (low + high);
      (jump(left_, p) + jump(right_, p) + right.u - left.u > 0 ? high : low) = p;
    }
    p_ = .5 * (low + high);
    u_ = .5 * (left.u + right.u) + .5 * (jump(right_, p_) - jump(left_, p_));
  }
  double contact_speed() const { return u_; }
  /// Density at speed = (x - x0) / t.
  double density(double speed) const { return speed < u_ ? density(left_, -1, speed) : density(right_, 1, speed); }

private:
  static double jump(const Side& s, double p) { // velocity change across the wave that leads to p
    const double g = s.gas.gamma, q = s.p + s.gas.pinf, to = p + s.gas.pinf;
    if (p > s.p) return (p - s.p) * std::sqrt(2 / (s.rho * ((g + 1) * to + (g - 1) * q)));
    return 2 * s.c() / (g - 1) * (std::pow(to / q, (g - 1) / (2 * g)) - 1);
  }
  double density(const Side& s, double sign, double speed) const {
    const double g = s.gas.gamma, ratio = (p_ + s.gas.pinf) / (s.p + s.gas.pinf), k = (g - 1) / (g + 1);
    const double outward = sign * speed, u = sign * s.u, c = s.c();
    if (p_ > s.p) {
      const double shock = u + c * std::sqrt((g + 1) / (2 * g) * ratio + (g - 1) / (2 * g));
      return outward > shock ? s.rho : s.rho * (ratio + k) / (k * ratio + 1);
    }
    const double behind = s.rho * std::pow(ratio, 1 / g);
    if (outward > u + c) return s.rho;
    if (outward < sign * u_ + s.gas.sound(behind, p_)) return behind;
    return s.rho * std::pow(2 / (g + 1) + k / c * (outward - u), 2 / (g - 1));
  }

  Side left_, right_;
  double p_, u_;
};
