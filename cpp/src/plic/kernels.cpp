#include "plic/kernels.hpp"

#include "geometry/slabs.hpp"
#include "plic/elvira.hpp"
#include "plic/lvira.hpp"
#include "plic/mof.hpp"
#include "plic/myc.hpp"
#include "plic/youngs.hpp"
// Compiled once per instruction set; MIRHYDRO_ISA names the namespace.
namespace mirhydro::plic::inline MIRHYDRO_ISA {

namespace {

using V = lane::Wide;
constexpr int width = lane::lanes<V>;

Stencil<V> stencil(const Block& c, int k) {
  Stencil<V> s;
  for (int n = 0; n < 9; ++n) s.d[n / 3][n % 3] = lane::load<V>(c.d[n] + k);
  s.a = lane::load<V>(c.a + k);
  s.b = lane::load<V>(c.b + k);
  return s;
}

template <class Widths> Widths widths(const Block& c, int k);
template <> Equal<V> widths(const Block&, int) { return {}; }
template <> Stretched<V> widths(const Block& c, int k) {
  return {{lane::load<V>(c.width_x[0] + k), lane::load<V>(c.width_x[1] + k)},
          {lane::load<V>(c.width_y[0] + k), lane::load<V>(c.width_y[1] + k)}};
}

template <class Normal> void place(const Block& c, const Lines& out, Normal&& normal) {
  for (int k = 0; k < block; k += width) {
    V mx, my;
    normal(k, mx, my);
    const V t = geometry::plane_constant(mx, my, lane::load<V>(c.a + k), lane::load<V>(c.b + k));
    lane::store(out.mx + k, mx);
    lane::store(out.my + k, my);
    lane::store(out.t + k, t);
  }
}

template <class Widths> void lines_on(Method method, const Block& c, const Lines& out) {
  switch (method) {
  case Method::youngs:
    return place(c, out, [&](int k, V& mx, V& my) { youngs(stencil(c, k), widths<Widths>(c, k), mx, my); });
  case Method::myc:
    return place(c, out, [&](int k, V& mx, V& my) { myc(stencil(c, k), widths<Widths>(c, k), mx, my); });
  case Method::elvira:
  case Method::ppic: // its line
  case Method::neural:
  case Method::autoencoder:
    return place(c, out, [&](int k, V& mx, V& my) {
      V misfit;
      elvira(stencil(c, k), widths<Widths>(c, k), mx, my, misfit);
    });
  case Method::lvira:
    return place(c, out, [&](int k, V& mx, V& my) { lvira(stencil(c, k), widths<Widths>(c, k), mx, my); });
  case Method::mof:
    return place(c, out, [&](int k, V& mx, V& my) {
      mof(Moments<V>{lane::load<V>(c.a + k), lane::load<V>(c.b + k), lane::load<V>(c.moment_x + k),
                     lane::load<V>(c.moment_y + k), lane::load<V>(c.weight_x + k), lane::load<V>(c.weight_y + k)},
          mx, my);
    });
  }
}

void lines(Method method, bool stretched, const Block& c, const Lines& out) {
  stretched ? lines_on<Stretched<V>>(method, c, out) : lines_on<Equal<V>>(method, c, out);
}

void slabs(const ConstLines& lines, const double* low, const double* high, double (*out)[block]) {
  for (int k = 0; k < block; k += width) {
    const geometry::Line<V> line{lane::load<V>(lines.mx + k), lane::load<V>(lines.my + k), lane::load<V>(lines.t + k)};
    const V a = lane::load<V>(lines.a + k), b = lane::load<V>(lines.b + k);
    const V wl = lane::load<V>(low + k), wh = lane::load<V>(high + k);
    V al, ah, bl, bh;
    geometry::slab(line, wl, V(-1), a, b, al, bl);
    geometry::slab(line, wh, V(1), a, b, ah, bh);
    geometry::fit_together(a, b, wl, wh, al, bl, ah, bh);
    lane::store(out[0] + k, al);
    lane::store(out[1] + k, ah);
    lane::store(out[2] + k, bl);
    lane::store(out[3] + k, bh);
  }
}

void areas(const ConstLines& lines, double* out_a, double* out_b) {
  for (int k = 0; k < block; k += width) {
    const V t = lane::load<V>(lines.t + k);
    const V part = geometry::smaller_side(lane::load<V>(lines.mx + k), lane::load<V>(lines.my + k), t);
    lane::store(out_a + k, lane::select(t < V(0), part, V(1) - part));
    lane::store(out_b + k, lane::select(t < V(0), V(1) - part, part));
  }
}

template <class Mask> std::uint64_t at(Mask mask, int k) { return std::uint64_t(lane::bits(mask)) << k; }

template <class T> void accumulate(const T* vf, int material, int planes, double tolerance, Word& word) {
  std::uint64_t bad = 0, rises = 0;
  for (int k = 0; k < 64; k += width) {
    const V given = lane::load<V>(vf + k), f = lane::select(given == given, given, V(2)), // a NaN raises no flag
        largest = lane::load<V>(word.largest + k);
    const auto fine = (f >= V(-tolerance)) & (f <= V(1 + tolerance));
    bad |= at(!fine, k);
    rises |= at(f > largest, k);
    lane::store(word.largest + k, lane::max(f, largest));
    lane::store(word.second + k, lane::max(lane::min(f, largest), lane::load<V>(word.second + k)));
    lane::store(word.sum + k, lane::load<V>(word.sum + k) + f);
  }
  word.bad |= bad;
  for (int p = 0; p < planes; ++p) word.owner[p] = (word.owner[p] & ~rises) | ((material >> p & 1) != 0 ? rises : 0);
}

void classify(double eps, double tolerance, Word& word) {
  std::uint64_t bad = 0, mixed = 0, inexact = 0;
  for (int k = 0; k < 64; k += width) {
    const V largest = lane::load<V>(word.largest + k), sum = lane::load<V>(word.sum + k);
    const auto two = lane::load<V>(word.second + k) > V(eps);
    bad |= at(!(lane::abs(sum - V(1)) <= V(tolerance)), k);
    mixed |= at(two, k);
    const auto exact = (largest == V(1)) & (sum == V(1));
    inexact |= at(!(two | exact), k);
  }
  word.bad |= bad;
  word.mixed = mixed;
  word.inexact = inexact;
}

template <class W>
void pure_cells(const double* d, const double* low, const double* high, double material, double* out,
                std::ptrdiff_t begin, std::ptrdiff_t end) {
  for (std::ptrdiff_t i = begin; i < end; i += lane::lanes<W>) {
    const W moved = lane::load<W>(d + i);
    const W owner = lane::select(moved > W(0), lane::load<W>(low + i), lane::load<W>(high + i));
    lane::store(out + i, lane::select(owner == W(material), moved, W(0)));
  }
}

void pure_row(const double* d, const double* low, const double* high, double material, double* out, std::ptrdiff_t n) {
  const std::ptrdiff_t whole = n - n % width;
  pure_cells<V>(d, low, high, material, out, 0, whole);
  pure_cells<double>(d, low, high, material, out, whole, n);
}

double largest(const double* d, std::ptrdiff_t n) {
  V most(0);
  const auto size = [](auto x) { return lane::select(x == x, lane::abs(x), decltype(x)(2)); };
  const std::ptrdiff_t whole = n - n % width;
  for (std::ptrdiff_t i = 0; i < whole; i += width) most = lane::max(size(lane::load<V>(d + i)), most);
  double each[width], result = 0;
  lane::store(each, most);
  for (int k = 0; k < width; ++k) result = lane::max(each[k], result);
  for (std::ptrdiff_t i = whole; i < n; ++i) result = lane::max(size(d[i]), result);
  return result;
}

} // namespace

const Kernels& kernels_of_this_set() {
  static constexpr Kernels table{lines,    slabs,    areas,  accumulate<double>, accumulate<float>,
                                 classify, pure_row, largest};
  return table;
}

} // namespace mirhydro::plic::inline MIRHYDRO_ISA
