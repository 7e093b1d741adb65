#pragma once
// A pack of as many cells as a tensor has elements, on the tensor's device: the kernels' formulas, run by LibTorch.
// Constants stay numbers until they meet a tensor, so that nothing is launched for them.
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/copysign.h>
#include <ATen/ops/logical_and.h>
#include <ATen/ops/logical_not.h>
#include <ATen/ops/logical_or.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/sqrt.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>

#include <tuple>
#include <utility>
#include <vector>

namespace mirhydro::lane::inline MIRHYDRO_ISA {

/// Of one element, where it is a constant.
struct Mask {
  at::Tensor m;
  bool all = false; ///< where there is no tensor

  explicit Mask(bool all_) : all(all_) {}
  explicit Mask(at::Tensor m_) : m(std::move(m_)) {}
  bool constant() const { return !m.defined(); }

  friend Mask operator&(const Mask& a, const Mask& b) {
    if (a.constant()) return a.all ? b : a;
    if (b.constant()) return b.all ? a : b;
    return Mask(at::logical_and(a.m, b.m));
  }
  friend Mask operator|(const Mask& a, const Mask& b) {
    if (a.constant()) return a.all ? a : b;
    if (b.constant()) return b.all ? b : a;
    return Mask(at::logical_or(a.m, b.m));
  }
  friend Mask operator!(const Mask& a) { return a.constant() ? Mask(!a.all) : Mask(at::logical_not(a.m)); }
};

/// float64.
struct Wide {
  at::Tensor v;
  double c = 0; ///< where there is no tensor

  Wide() = default;
  Wide(double c_) : c(c_) {}
  Wide(at::Tensor v_) : v(std::move(v_)) {}
  bool constant() const { return !v.defined(); }
  /// As a tensor, of no axis where it is a constant: operators with tensors on any device take it.
  at::Tensor tensor() const { return constant() ? at::scalar_tensor(c, at::kDouble) : v; }

  friend Wide operator+(const Wide& a, const Wide& b) {
    if (a.constant() && b.constant()) return a.c + b.c;
    return a.constant() ? b.v + a.c : b.constant() ? a.v + b.c : a.v + b.v;
  }
  friend Wide operator-(const Wide& a, const Wide& b) {
    if (a.constant() && b.constant()) return a.c - b.c;
    return a.constant() ? a.tensor() - b.v : b.constant() ? a.v - b.c : a.v - b.v;
  }
  friend Wide operator*(const Wide& a, const Wide& b) {
    if (a.constant() && b.constant()) return a.c * b.c;
    if (a.constant() && a.c == 1) return b;
    if (b.constant() && b.c == 1) return a;
    return a.constant() ? b.v * a.c : b.constant() ? a.v * b.c : a.v * b.v;
  }
  friend Wide operator/(const Wide& a, const Wide& b) {
    if (a.constant() && b.constant()) return a.c / b.c;
    return a.tensor() / b.tensor();
  }
  friend Wide operator-(const Wide& a) { return a.constant() ? Wide(-a.c) : Wide(-a.v); }
  friend Mask operator<(const Wide& a, const Wide& b) {
    if (a.constant() && b.constant()) return Mask(a.c < b.c);
    return Mask(a.constant() ? b.v > a.c : b.constant() ? a.v < b.c : a.v < b.v);
  }
  friend Mask operator<=(const Wide& a, const Wide& b) {
    if (a.constant() && b.constant()) return Mask(a.c <= b.c);
    return Mask(a.constant() ? b.v >= a.c : b.constant() ? a.v <= b.c : a.v <= b.v);
  }
  friend Mask operator>(const Wide& a, const Wide& b) { return b < a; }
  friend Mask operator>=(const Wide& a, const Wide& b) { return b <= a; }
  friend Mask operator==(const Wide& a, const Wide& b) {
    if (a.constant() && b.constant()) return Mask(a.c == b.c);
    return Mask(a.constant() ? b.v == a.c : b.constant() ? a.v == b.c : a.v == b.v);
  }
};

inline Wide abs(const Wide& x) { return x.constant() ? Wide(abs(x.c)) : Wide(at::abs(x.v)); }
inline Wide sqrt(const Wide& x) { return x.constant() ? Wide(sqrt(x.c)) : Wide(at::sqrt(x.v)); }
inline Wide min(const Wide& x, const Wide& y) {
  return x.constant() && y.constant() ? Wide(min(x.c, y.c)) : Wide(at::minimum(x.tensor(), y.tensor()));
}
inline Wide max(const Wide& x, const Wide& y) {
  return x.constant() && y.constant() ? Wide(max(x.c, y.c)) : Wide(at::maximum(x.tensor(), y.tensor()));
}
inline Wide copysign(const Wide& size, const Wide& sign) {
  return size.constant() && sign.constant() ? Wide(copysign(size.c, sign.c))
                                            : Wide(at::copysign(size.tensor(), sign.tensor()));
}
inline Wide select(const Mask& mask, const Wide& yes, const Wide& no) {
  return mask.constant() ? (mask.all ? yes : no) : Wide(at::where(mask.m, yes.tensor(), no.tensor()));
}
/// Whether any cell has it: waits for the device.
inline unsigned bits(const Mask& mask) { return mask.constant() ? mask.all : mask.m.any().item<bool>(); }

template <> inline constexpr int lanes<Wide> = 0; // as many as there are

/// Values one below the other, and one of them again, which costs nothing.
template <class T> struct Rows;
template <> struct Rows<Wide> {
  template <int n, class In> static Wide stack(const In& in) {
    std::vector<at::Tensor> rows;
    for (int k = 0; k < n; ++k) rows.push_back(Wide(in(k)).v);
    if (!rows[0].defined()) return in(0); // what nobody has set, or one constant
    return Wide(at::stack(rows));
  }
  static Wide at(const Wide& all, int k) { return all.constant() ? all : Wide(all.v.select(0, k)); }
};

/// What an aggregate of values holds.
template <class T> struct Members;

template <class T> struct Rows {
  template <int n, class In> static T stack(const In& in) {
    T all;
    std::apply([&](auto... m) { ((all.*m = Rows<Wide>::stack<n>([&](int k) { return in(k).*m; })), ...); },
               Members<T>::all);
    return all;
  }
  static T at(const T& all, int k) {
    T one;
    std::apply([&](auto... m) { ((one.*m = Rows<Wide>::at(all.*m, k)), ...); }, Members<T>::all);
    return one;
  }
};

template <> struct Together<Wide> {
  template <int n, class F, class... In> static auto row(const F& f, const In&... in) {
    return again(f(Rows<std::remove_cvref_t<decltype(in(0))>>::template stack<n>(in)...));
  }
  template <int rows, int columns, class F, class... In> static auto grid(const F& f, const In&... in) {
    const auto one = row<rows * columns>(f, [&](int k) { return in(k / columns, k % columns); }...);
    return [one](int j, int i) { return one(j * columns + i); };
  }

private:
  template <class T> static auto again(T all) {
    return [all](int k) { return Rows<T>::at(all, k); };
  }
};

} // namespace mirhydro::lane::inline MIRHYDRO_ISA
