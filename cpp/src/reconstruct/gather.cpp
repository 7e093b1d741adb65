#include "reconstruct/gather.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "engine/interrupt.hpp"
#include "reconstruct/fold.hpp"
#include "reconstruct/text.hpp"

namespace mirhydro::reconstruct {

namespace {
struct Buffers {
  std::vector<Layer> layers;
  std::vector<double> ascending;
  std::vector<plic::Material> materials;
  std::vector<plic::NestedCut> cuts;
};
Buffers& buffers() {
  thread_local Buffers mine;
  return mine;
}
} // namespace

template <class T>
Gather<T>::Gather(const Plan& plan, const Field<T>& field, const Inputs& inputs, Regions& out)
    : plan_(plan), field_(field), inputs_(inputs), out_(out), kernels_(plic::kernels()), layers_(buffers().layers),
      ascending_(buffers().ascending), materials_(buffers().materials), cuts_(buffers().cuts) {}

template <class T> void Gather<T>::row(const Mesh& mesh, std::ptrdiff_t j) {
  for (std::ptrdiff_t w = 0; w < mesh.words(); ++w)
    for (std::uint64_t left = mesh.rows(j, w); left != 0; left &= left - 1) cell(j, 64 * w + std::countr_zero(left));
}

template <class T> void Gather<T>::cell(std::ptrdiff_t j, std::ptrdiff_t i) {
  const auto& edge = plan_.options.boundary;
  Neighbours near;
  for (std::ptrdiff_t k = 0; k < 3; ++k) {
    near.i[k] = inside(i + k - 1, field_.nx(), edge[0], edge[1]);
    near.j[k] = inside(j + k - 1, field_.ny(), edge[2], edge[3]);
  }
  const std::size_t row = out_.add();
  out_.cells[2 * row] = std::int32_t(j);
  out_.cells[2 * row + 1] = std::int32_t(i);
  if (field_.nmat() == 2) {
    out_.a[row] = 0, out_.b[row] = 1;
    two_of_two(j, i, near);
  } else {
    int present[2] = {-1, -1}, count = 0;
    for (std::ptrdiff_t m = 0; m < field_.nmat(); ++m)
      if (field_(m, j, i) > plan_.options.eps && count++ < 2) present[count - 1] = int(m);
    if (count == 2)
      two_of_many(near, present[0], present[1]);
    else
      skin(near);
  }
  if (plan_.stretched()) widths(j, i);
  if (plan_.method == plic::Method::mof && !out_.has_skin(row)) moments(j, i, out_.a[row], out_.b[row]);
  if (++waiting_ == plic::block) finish();
}

/// The fast way, for the field that most codes have: no search for materials, two pointers.
template <class T> void Gather<T>::two_of_two(std::ptrdiff_t j, std::ptrdiff_t i, const Neighbours& near) {
  const std::size_t row = out_.size() - 1;
  const std::ptrdiff_t sm = field_.vf.stride[0], sj = field_.vf.stride[1], si = field_.vf.stride[2];
  for (int n = 0; n < 9; ++n) {
    const T* f = field_.vf.data + (near.j[n / 3] * sj + near.i[n % 3] * si);
    const double a = double(*f), b = field_.rest ? 1 - a : double(f[sm]);
    block_.d[n][waiting_] = a - b;
  }
  double a = field_(0, j, i), b = field_(1, j, i);
  folded_ += fold(a, b);
  out_.vf_a[row] = block_.a[waiting_] = a;
  out_.vf_b[row] = block_.b[waiting_] = b;
}

/// Two materials of several. In neighbours a third one counts for neither, so that it pulls the line to no side; an
/// order that is given splits the materials as onion skins do.
template <class T> void Gather<T>::two_of_many(const Neighbours& near, int a, int b) {
  const std::size_t row = out_.size() - 1;
  const std::vector<int>& order = plan_.options.order;
  if (!order.empty()) {
    if (std::find(order.begin(), order.end(), a) > std::find(order.begin(), order.end(), b)) std::swap(a, b);
    fill_layers(near, false);
    differences(std::size_t(std::find(order.begin(), order.end(), a) - order.begin()) + 1);
  } else {
    for (int n = 0; n < 9; ++n)
      block_.d[n][waiting_] = field_(a, near.j[n / 3], near.i[n % 3]) - field_(b, near.j[n / 3], near.i[n % 3]);
  }
  double vf_a = field_(a, near.j[1], near.i[1]), vf_b = field_(b, near.j[1], near.i[1]);
  folded_ += fold(vf_a, vf_b);
  out_.a[row] = a, out_.b[row] = b;
  out_.vf_a[row] = block_.a[waiting_] = vf_a;
  out_.vf_b[row] = block_.b[waiting_] = vf_b;
}

/// Materials with their neighbourhoods: in the order that is given, or in that of their numbers.
template <class T> void Gather<T>::fill_layers(const Neighbours& near, bool only_present) {
  layers_.clear();
  const std::vector<int>& order = plan_.options.order;
  for (std::ptrdiff_t k = 0; k < field_.nmat(); ++k) {
    const int m = order.empty() ? int(k) : order[std::size_t(k)];
    Layer layer{m, field_(m, near.j[1], near.i[1]), {}};
    if (only_present && !(layer.vf > plan_.options.eps)) continue;
    for (int n = 0; n < 9; ++n) layer.near[std::size_t(n)] = field_(m, near.j[n / 3], near.i[n % 3]);
    layers_.push_back(layer);
  }
}

/// Stencil of what the first `split` layers have more than the others, each side summed from its own end.
template <class T> void Gather<T>::differences(std::size_t split) {
  for (std::size_t n = 0; n < 9; ++n) {
    double below = 0, above = 0;
    for (std::size_t q = 0; q < split; ++q) below += layers_[q].near[n];
    for (std::size_t q = layers_.size(); q-- > split;) above += layers_[q].near[n];
    block_.d[n][waiting_] = below - above;
  }
}

/// Three and more: parallel lines. The kernel finds their direction from the interface with the steepest gradient.
template <class T> void Gather<T>::skin(const Neighbours& near) {
  const std::size_t row = out_.size() - 1;
  fill_layers(near, true);
  differences(plan_.options.order.empty() ? sort_layers(layers_) : steepest_interface(layers_));
  ascending_.clear();
  for (const Layer& layer : layers_) ascending_.push_back(layer.vf);
  const double sum = ascending_sum(ascending_);
  folded_ += sum != 1;
  out_.a[row] = std::int32_t(out_.skins.size()), out_.b[row] = -1;
  out_.skins.push_back({std::int32_t(out_.skin_vf.size()), std::int32_t(layers_.size())});
  for (const Layer& layer : layers_) {
    out_.skin_material.push_back(layer.material);
    out_.skin_vf.push_back(layer.vf / sum);
  }
  for (std::vector<double>* line : {&out_.skin_mx, &out_.skin_my, &out_.skin_t}) line->resize(out_.skin_vf.size());
  block_.a[waiting_] = block_.b[waiting_] = .5;
  out_.vf_a[row] = out_.vf_b[row] = .5;
  block_.moment_x[waiting_] = block_.moment_y[waiting_] = 0;
  block_.weight_x[waiting_] = block_.weight_y[waiting_] = 1;
  if (plan_.method == plic::Method::mof && layers_.size() <= plic::most_orders)
    nest(near.j[1], near.i[1], out_.skins.back());
}

/// mof of three and four materials: lines of their own directions, in the best order.
template <class T> void Gather<T>::nest(std::ptrdiff_t j, std::ptrdiff_t i, const Skin& skin) {
  engine::let_interrupt();
  materials_.clear();
  for (std::int32_t q = 0; q < skin.count; ++q) {
    const auto k = std::size_t(skin.first + q);
    const int m = out_.skin_material[k];
    materials_.push_back({m, out_.skin_vf[k], centroid(m, j, i, 0), centroid(m, j, i, 1)});
  }
  plic::nested_mof(plan_.width_x(i) * plan_.width_x(i), plan_.width_y(j) * plan_.width_y(j),
                   plan_.options.order.empty(), materials_, cuts_);
  for (std::size_t q = 0; q < materials_.size(); ++q) {
    const auto k = std::size_t(skin.first) + q;
    out_.skin_material[k] = materials_[q].number;
    out_.skin_vf[k] = materials_[q].vf;
    if (q < cuts_.size()) out_.skin_mx[k] = cuts_[q].mx, out_.skin_my[k] = cuts_[q].my, out_.skin_t[k] = cuts_[q].t;
  }
}

template <class T> void Gather<T>::widths(std::ptrdiff_t j, std::ptrdiff_t i) {
  const auto ratio = [](std::ptrdiff_t k, std::ptrdiff_t n, Boundary low, Boundary high, auto width) {
    return width(inside(k, n, low, high));
  };
  const auto& edge = plan_.options.boundary;
  const auto wx = [&](std::ptrdiff_t k) { return plan_.width_x(k); };
  const auto wy = [&](std::ptrdiff_t k) { return plan_.width_y(k); };
  for (const int side : {0, 1}) {
    block_.width_x[side][waiting_] = ratio(i + 2 * side - 1, field_.nx(), edge[0], edge[1], wx) / wx(i);
    block_.width_y[side][waiting_] = ratio(j + 2 * side - 1, field_.ny(), edge[2], edge[3], wy) / wy(j);
  }
}

/// Centroid of a material about the cell's centre, checked.
template <class T> double Gather<T>::centroid(int m, std::ptrdiff_t j, std::ptrdiff_t i, std::ptrdiff_t axis) const {
  const double c = inputs_.centroids(m, j, i, axis);
  if (!(c >= -Plan::tolerance && c <= 1 + Plan::tolerance))
    refuse("centroids" + at(m, j, i, axis) + " = " + text(c) +
           ": centroids lie in [0, 1] where the material is present in a mixed cell");
  return c - .5;
}

template <class T> void Gather<T>::moments(std::ptrdiff_t j, std::ptrdiff_t i, int a, int b) {
  const double vf_a = block_.a[waiting_], vf_b = block_.b[waiting_];
  block_.moment_x[waiting_] = vf_a * centroid(a, j, i, 0) - vf_b * centroid(b, j, i, 0);
  block_.moment_y[waiting_] = vf_a * centroid(a, j, i, 1) - vf_b * centroid(b, j, i, 1);
  block_.weight_x[waiting_] = plan_.width_x(i) * plan_.width_x(i);
  block_.weight_y[waiting_] = plan_.width_y(j) * plan_.width_y(j);
}

template <class T> void Gather<T>::finish() {
  engine::let_interrupt();
  if (waiting_ == 0) return;
  const std::size_t first = out_.size() - std::size_t(waiting_);
  for (int k = waiting_; k < plic::block; ++k) { // harmless cells: no lane raises a floating-point flag
    for (int n = 0; n < 9; ++n) block_.d[n][k] = n % 3 - 1;
    block_.a[k] = block_.b[k] = .5;
    block_.moment_x[k] = .25, block_.moment_y[k] = 0;
    block_.weight_x[k] = block_.weight_y[k] = 1;
    for (const int side : {0, 1}) block_.width_x[side][k] = block_.width_y[side][k] = 1;
  }
  const plic::Lines lines{out_.mx.data() + first, out_.my.data() + first, out_.t.data() + first};
  kernels_.lines(plan_.method, plan_.stretched(), block_, lines);
  alignas(64) double a[plic::block], b[plic::block];
  kernels_.areas({lines.mx, lines.my, lines.t, nullptr, nullptr}, a, b);
  for (std::size_t row = first; row < out_.size(); ++row) {
    if (out_.has_skin(row))
      cut_skin(row, out_.mx[row], out_.my[row]);
    else
      residual_ = std::max(residual_, std::abs(a[row - first] - out_.vf_a[row]));
  }
  waiting_ = 0;
}

/// Every line of a skin from the fractions on both of its sides, each summed from its own end. mof has cut its own.
template <class T> void Gather<T>::cut_skin(std::size_t row, double mx, double my) {
  const Skin& s = out_.skin(row);
  if (plan_.method == plic::Method::mof && s.count <= std::int32_t(plic::most_orders)) return;
  const auto first = std::size_t(s.first), count = std::size_t(s.count);
  double below = 0;
  for (std::size_t q = 0; q + 1 < count; ++q) {
    below += out_.skin_vf[first + q];
    double above = 0;
    for (std::size_t k = count; k-- > q + 1;) above += out_.skin_vf[first + k];
    out_.skin_mx[first + q] = mx, out_.skin_my[first + q] = my;
    out_.skin_t[first + q] = geometry::plane_constant(mx, my, below, above);
  }
}

template class Gather<double>;
template class Gather<float>;

} // namespace mirhydro::reconstruct
