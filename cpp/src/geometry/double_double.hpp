#pragma once
#include <cmath>

namespace mirhydro::outline {

/// A number as the unevaluated sum of two doubles, about 32 digits. A cell of a fine mesh is 1e-4 of the box, so what
/// happens inside it to 1e-16 has to be set up with 1e-20 of the box.
/// Source: Dekker, Numer. Math. 18 (1971) 224; Joldes, Muller & Popescu, ACM Trans. Math. Softw. 44 (2017) 15.
struct DoubleDouble {
  double high = 0, low = 0;

  DoubleDouble() = default;
  DoubleDouble(double value) : high(value) {}
  DoubleDouble(double high_, double low_) : high(high_), low(low_) {}
  explicit operator double() const { return high + low; }
};

/// a + b without error.
inline DoubleDouble exact_sum(double a, double b) {
  const double sum = a + b, part = sum - a;
  return {sum, (a - (sum - part)) + (b - part)};
}

/// a * b without error.
inline DoubleDouble exact_product(double a, double b) {
  const double product = a * b;
  return {product, std::fma(a, b, -product)};
}

inline DoubleDouble operator-(DoubleDouble a) { return {-a.high, -a.low}; }

inline DoubleDouble operator+(DoubleDouble a, DoubleDouble b) {
  const DoubleDouble high = exact_sum(a.high, b.high), low = exact_sum(a.low, b.low);
  const DoubleDouble sum = exact_sum(high.high, high.low + low.high);
  return exact_sum(sum.high, sum.low + low.low);
}

inline DoubleDouble operator-(DoubleDouble a, DoubleDouble b) { return a + -b; }

inline DoubleDouble operator*(DoubleDouble a, DoubleDouble b) {
  const DoubleDouble product = exact_product(a.high, b.high);
  return exact_sum(product.high, product.low + (a.high * b.low + a.low * b.high));
}

inline DoubleDouble operator/(DoubleDouble a, DoubleDouble b) {
  const double first = a.high / b.high;
  const DoubleDouble rest = a - b * DoubleDouble(first);
  const double second = rest.high / b.high;
  const DoubleDouble left = rest - b * DoubleDouble(second);
  return exact_sum(first, second) + DoubleDouble(left.high / b.high);
}

inline DoubleDouble sqrt(DoubleDouble a) {
  if (!(a.high > 0)) return {};
  const double root = std::sqrt(a.high);
  const DoubleDouble rest = a - exact_product(root, root);
  return exact_sum(root, rest.high / (2 * root));
}

struct Direction {
  DoubleDouble cosine, sine;
};

/// (cos, sin) of an angle to about 30 digits, for abs(angle) up to 1e6.
inline Direction direction(double angle) {
  const DoubleDouble quarter(1.5707963267948966, 6.123233995736766e-17);
  const double turns = std::nearbyint(angle / quarter.high);
  const DoubleDouble rest = DoubleDouble(angle) - quarter * DoubleDouble(turns), square = rest * rest;
  DoubleDouble cosine(1), sine = rest, cosine_term(1), sine_term = rest;
  for (int n = 1; n <= 14; ++n) {
    cosine_term = -(cosine_term * square) / DoubleDouble((2.0 * n - 1) * (2 * n));
    sine_term = -(sine_term * square) / DoubleDouble((2.0 * n) * (2 * n + 1));
    cosine = cosine + cosine_term;
    sine = sine + sine_term;
  }
  const double quadrant = turns - 4 * std::floor(turns / 4);
  if (quadrant == 1) return {-sine, cosine};
  if (quadrant == 2) return {-cosine, -sine};
  if (quadrant == 3) return {sine, -cosine};
  return {cosine, sine};
}

} // namespace mirhydro::outline
