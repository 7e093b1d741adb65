#include "geometry/crossings.hpp"

namespace mirhydro::outline {
namespace {

using Quadratic = std::array<double, 3>; // Bernstein coefficients
using Quartic = std::array<double, 5>;

Quartic product(const Quadratic& f, const Quadratic& g) {
  return {f[0] * g[0], .5 * (f[0] * g[1] + f[1] * g[0]), (f[0] * g[2] + 4 * f[1] * g[1] + f[2] * g[0]) / 6,
          .5 * (f[1] * g[2] + f[2] * g[1]), f[2] * g[2]};
}

double value(const Quadratic& f, double u) {
  const double v = 1 - u;
  return v * (v * f[0] + 2 * u * f[1]) + u * u * f[2];
}

double value(Quartic f, double u) {
  for (std::size_t n = 4; n > 0; --n)
    for (std::size_t k = 0; k < n; ++k) f[k] = (1 - u) * f[k] + u * f[k + 1];
  return f[0];
}

/// x, y and weight of the arc in homogeneous coordinates.
struct Bezier {
  Quadratic x, y, w;
};

Bezier bezier(const Curve& c, double low, double high, bool upper) {
  const double y0 = c.height(low, upper), y1 = c.height(high, upper);
  double x = .5 * (low + high), y = .5 * (y0 + y1), w = 1;
  if (!c.is_line) {
    const double ds = high - low, dt = y1 - y0;
    const double m0 = c.mu[0] * ds + c.mv[0] * dt, m1 = c.mu[1] * ds + c.mv[1] * dt;
    const double half = .5 * std::hypot(m0, m1); // sine of half the angle
    w = std::sqrt(std::max(.25, (1 - half) * (1 + half)));
    // From the chord's middle to where the tangents meet, on the unit circle's plane and back; outwards is where w
    // points.
    const double reach = half / (2 * w);
    double n0 = -m1 * reach, n1 = m0 * reach;
    if (n0 * (c.w[0] + x * c.mu[0] + y * c.mv[0]) + n1 * (c.w[1] + x * c.mu[1] + y * c.mv[1]) < 0) n0 = -n0, n1 = -n1;
    const double area = c.mu[0] * c.mv[1] - c.mu[1] * c.mv[0];
    if (area != 0) {
      x += (n0 * c.mv[1] - n1 * c.mv[0]) / area;
      y += (n1 * c.mu[0] - n0 * c.mu[1]) / area;
    }
  }
  return {{low, w * x, high}, {y0, w * y, y1}, {1, w, 1}};
}

class Roots {
public:
  Roots(double tolerance, std::vector<double>& out) : tolerance_(tolerance), out_(out) {}

  void find(const Quartic& f, double low, double high, int depth) {
    if (out_.size() >= 16) return;
    int changes = 0;
    double largest = 0;
    for (std::size_t k = 0; k < 5; ++k) {
      largest = std::max(largest, std::abs(f[k]));
      if (k > 0 && (f[k - 1] < 0) != (f[k] < 0)) ++changes;
    }
    if (changes == 0) return;
    if (largest <= tolerance_ || depth > 45) {
      out_.push_back(.5 * (low + high));
      return;
    }
    if (changes == 1 && (f[0] < 0) != (f[4] < 0)) {
      out_.push_back(low + (high - low) * bracketed(f));
      return;
    }
    Quartic left{}, right = f; // de Casteljau at one half
    for (std::size_t n = 0; n < 5; ++n) {
      left[n] = right[0];
      for (std::size_t k = 0; k + 1 < 5 - n; ++k) right[k] = .5 * (right[k] + right[k + 1]);
    }
    const double middle = .5 * (low + high);
    find(left, low, middle, depth + 1);
    find(right, middle, high, depth + 1);
  }

private:
  /// The only root in (0, 1); bisection, helped by secants unless an end is a root as well and would draw them.
  static double bracketed(const Quartic& f) {
    double a = 0, b = 1, fa = f[0], fb = f[4];
    for (int step = 0; step < 100 && b - a > 1e-17 && fa != fb; ++step) {
      const double u =
          step % 3 == 2 || fa == 0 || fb == 0 ? .5 * (a + b) : std::clamp(a - fa * (b - a) / (fb - fa), a, b);
      const double fu = value(f, u);
      if (u == a || u == b) return u;
      if (fu == 0) return u;
      if ((fu < 0) == (fa < 0))
        a = u, fa = fu;
      else
        b = u, fb = fu;
    }
    return .5 * (a + b);
  }

  double tolerance_;
  std::vector<double>& out_;
};

} // namespace

void crossings(const Curve& curve, const Arc& arc, const Curve& other, std::vector<double>& abscissae) {
  const Bezier b = bezier(curve, arc.low, arc.high, arc.upper);
  const Quartic ww = product(b.w, b.w), xw = product(b.x, b.w), yw = product(b.y, b.w);
  const Quartic xx = product(b.x, b.x), xy = product(b.x, b.y), yy = product(b.y, b.y);
  Quartic f{};
  for (std::size_t k = 0; k < 5; ++k)
    f[k] = other.c0 * ww[k] + other.c1 * xw[k] + other.c2 * yw[k] + other.c11 * xx[k] + other.c12 * xy[k] +
           other.c22 * yy[k];
  std::vector<double> roots;
  Roots(1e-17 * other.slope(), roots).find(f, 0, 1, 0);
  for (const double u : roots) abscissae.push_back(value(b.x, u) / value(b.w, u));
}

} // namespace mirhydro::outline
