#include "reconstruct/level_gather.hpp"

#include <algorithm>
#include <bit>

#include "engine/interrupt.hpp"
#include "engine/native/net_kernels.hpp"
#include "neural/neural_kernels.hpp"
#include "plic/wide_block.hpp"
#include "reconstruct/fold.hpp"

namespace mirhydro::reconstruct {

namespace {
constexpr int cache_line = 64 / sizeof(double);

struct Buffers {
  std::vector<double> nodes, terms;
  std::vector<int> present;
  plic::Neighbourhood cell;
  plic::Several several;
  neural::NetBlock net;
  neural::WindowBlock windows;
  std::vector<Deferred> deferred;
  std::vector<float> batch, answers, images;
};
Buffers& buffers() {
  thread_local Buffers mine;
  return mine;
}

/// Puts what a net says of a block in place; returns the number of cells in which it says no number.
int corrected(neural::NetBlock& net, const double* a, const double* b, int K, int count, double* nodes,
              double* weight) {
  if (net.tied != 0) neural::symmetrise(K, net);
  const std::uint64_t refused = neural::neural_kernels(K).correct(net, a, b, plic::whole_groups(count), nodes, weight);
  return std::popcount(refused & ~std::uint64_t(0) >> (plic::block - count));
}
} // namespace

template <class T>
LevelGather<T>::LevelGather(const Plan& plan, const Field<T>& field, Regions& out, NetSink* inputs)
    : plan_(plan), field_(field), out_(out), inputs_(inputs), kernels_(plic::level_kernels(out.K())),
      net_(buffers().net), windows_(buffers().windows), deferred_(buffers().deferred), batch_(buffers().batch),
      answers_(buffers().answers), images_(buffers().images), nodes_(buffers().nodes), terms_(buffers().terms),
      present_(buffers().present), cell_(buffers().cell), several_(buffers().several) {
  nodes_.resize(out.nodes_per_cell() * plic::block);
  std::fill_n(block_.size_x, plic::block, plan.width_x(0));
  std::fill_n(block_.size_y, plic::block, plan.width_y(0));
}

template <class T> void LevelGather<T>::row(const Mesh& mesh, std::ptrdiff_t j) {
  for (std::ptrdiff_t w = 0; w < mesh.words(); ++w)
    for (std::uint64_t left = mesh.rows(j, w); left != 0; left &= left - 1) cell(j, 64 * w + std::countr_zero(left));
}

template <class T> void LevelGather<T>::cell(std::ptrdiff_t j, std::ptrdiff_t i) {
  const auto& edge = plan_.options.boundary;
  const bool inner = i > 1 && i + 2 < field_.nx() && j > 1 && j + 2 < field_.ny();
  for (std::ptrdiff_t k = 0; k < 5; ++k) {
    i_[k] = inner ? i + k - 2 : inside(i + k - 2, field_.nx(), edge[0], edge[1]);
    j_[k] = inner ? j + k - 2 : inside(j + k - 2, field_.ny(), edge[2], edge[3]);
  }
  if (plan_.has_tiles())
    for (std::ptrdiff_t k = 0; k < neural::window_side; ++k) {
      window_i_[k] = inside(i + k - neural::window_radius, field_.nx(), edge[0], edge[1]);
      window_j_[k] = inside(j + k - neural::window_radius, field_.ny(), edge[2], edge[3]);
    }
  const std::size_t row = out_.add();
  out_.cells[2 * row] = std::int32_t(j);
  out_.cells[2 * row + 1] = std::int32_t(i);
  if (field_.nmat() == 2) return two(row, 0, 1);
  present_.clear();
  for (int m = 0; m < int(field_.nmat()); ++m)
    if (field_(m, j, i) > plan_.options.eps) present_.push_back(m);
  present_.size() == 2 ? two(row, present_[0], present_[1]) : several(row);
}

/// One stencil more waits for its curve.
template <class T> void LevelGather<T>::wait(std::size_t row) {
  block_.a[waiting_] = out_.vf_a[row], block_.b[waiting_] = out_.vf_b[row];
  row_[waiting_] = row;
  if (plan_.stretched()) {
    block_.size_x[waiting_] = plan_.width_x(i_[2]);
    block_.size_y[waiting_] = plan_.width_y(j_[2]);
    for (const std::size_t side : {0u, 1u}) {
      block_.width_x[side][waiting_] = plan_.width_x(i_[1 + 2 * side]) / plan_.width_x(i_[2]);
      block_.width_y[side][waiting_] = plan_.width_y(j_[1 + 2 * side]) / plan_.width_y(j_[2]);
    }
  }
  if (waiting_++ % cache_line == 0) // what the curves will be written to
    for (std::size_t n = 0; n < out_.nodes_per_cell(); ++n) __builtin_prefetch(&out_.nodes[out_.at(row, n)], 1);
}

/// Signed fractions around the cell that waits next, for its tile.
template <class T> template <class Difference> void LevelGather<T>::window(const Difference& difference) {
  if (!plan_.has_tiles()) return;
  std::size_t n = 0;
  for (const std::ptrdiff_t j : window_j_)
    for (const std::ptrdiff_t i : window_i_) windows_.d[n++][waiting_] = static_cast<float>(difference(j, i));
}

/// Where a third material is near, three views compete: one against the other, the third counting for neither; and each
/// against all the rest.
template <class T> void LevelGather<T>::two(std::size_t row, int a, int b) {
  double vf_a = at(a, 12), vf_b = at(b, 12);
  folded_ += fold(vf_a, vf_b);
  out_.a[row] = a, out_.b[row] = b;
  out_.vf_a[row] = vf_a, out_.vf_b[row] = vf_b;
  const bool third = field_.nmat() > 2 && third_is_near(a, b);
  if (third && waiting_ + 3 > plic::block) finish_block();
  const std::ptrdiff_t sj = field_.vf.stride[1], si = field_.vf.stride[2];
  const T* const first = field_.vf.data + std::ptrdiff_t(a) * field_.vf.stride[0];
  const std::ptrdiff_t to_second = field_.rest ? 0 : std::ptrdiff_t(b - a) * field_.vf.stride[0];
  const std::ptrdiff_t column[5] = {i_[0] * si, i_[1] * si, i_[2] * si, i_[3] * si, i_[4] * si};
  std::size_t n = 0;
  for (const std::ptrdiff_t j : j_) {
    const T* const line = first + j * sj;
    for (const std::ptrdiff_t at_column : column) {
      const double one = double(line[at_column]), two = double(line[at_column + to_second]);
      block_.d[n++][waiting_] = one - (field_.rest ? 1 - one : two);
    }
  }
  const auto value = [&](int m, std::ptrdiff_t j, std::ptrdiff_t i) { return double(field_.vf(m, j, i)); };
  window([&](std::ptrdiff_t j, std::ptrdiff_t i) {
    return value(a, j, i) - (field_.rest ? 1 - value(a, j, i) : value(b, j, i));
  });
  wait(row);
  if (third) {
    for (n = 0; n < 25; ++n) block_.d[n][waiting_] = 2 * at(a, n) - 1;
    window([&](std::ptrdiff_t j, std::ptrdiff_t i) { return 2 * field_(a, j, i) - 1; });
    wait(row);
    for (n = 0; n < 25; ++n) block_.d[n][waiting_] = 1 - 2 * at(b, n);
    window([&](std::ptrdiff_t j, std::ptrdiff_t i) { return 1 - 2 * field_(b, j, i); });
    wait(row);
  }
  if (waiting_ == plic::block) finish_block();
}

template <class T> bool LevelGather<T>::third_is_near(int a, int b) const {
  for (std::size_t n = 0; n < 25; ++n)
    if (at(a, n) + at(b, n) < 1 - Plan::tolerance) return true;
  return false;
}

/// Materials that compete. Their order plays no part: sums are taken over sorted terms.
template <class T> void LevelGather<T>::several(std::size_t row) {
  engine::let_interrupt();
  terms_.clear();
  for (const int m : present_) terms_.push_back(at(m, 12));
  const double sum = ascending_sum(terms_);
  folded_ += sum != 1;
  out_.fill_harmless(row);
  out_.a[row] = std::int32_t(out_.skins.size()), out_.b[row] = -1;
  const std::size_t first = out_.skin_vf.size();
  out_.skins.push_back({std::int32_t(first), std::int32_t(present_.size())});
  cell_.n = present_.size();
  cell_.near.clear(), cell_.vf.clear();
  for (const int m : present_) {
    out_.skin_material.push_back(m);
    out_.skin_vf.push_back(at(m, 12) / sum);
    cell_.vf.push_back(out_.skin_vf.back());
    for (std::size_t n = 0; n < 9; ++n) cell_.near.push_back(at(m, 5 * (n / 3 + 1) + n % 3 + 1));
  }
  cell_.size_x = plan_.width_x(i_[2]), cell_.size_y = plan_.width_y(j_[2]);
  for (const std::size_t side : {0u, 1u}) {
    cell_.widths.x[side] = plan_.width_x(i_[1 + 2 * side]) / cell_.size_x;
    cell_.widths.y[side] = plan_.width_y(j_[1 + 2 * side]) / cell_.size_y;
  }
  out_.skin_nodes.resize(out_.skin_vf.size() * out_.nodes_per_cell());
  const double misfit = several_.level_sets(cell_, out_.K(), &out_.skin_nodes[first * out_.nodes_per_cell()]);
  out_.weight[row] = plic::weight_of(.5 * misfit); // of two materials, one is counted
}

/// A method's lines as level sets: for experiments with share_nodes.
template <class T> void LevelGather<T>::lines(double* nodes) {
  plic::Block inner;
  for (int k = 0; k < plic::block; ++k) {
    for (int n = 0; n < 9; ++n) inner.d[n][k] = block_.d[5 * (n / 3 + 1) + n % 3 + 1][k];
    inner.a[k] = block_.a[k], inner.b[k] = block_.b[k];
    for (const int side : {0, 1})
      inner.width_x[side][k] = block_.width_x[side][k], inner.width_y[side][k] = block_.width_y[side][k];
  }
  alignas(64) double mx[plic::block], my[plic::block], t[plic::block];
  plic::kernels().lines(plan_.method, plan_.stretched(), inner, {mx, my, t});
  kernels_.lines({mx, my, t, inner.a, inner.b}, block_.size_x, block_.size_y, nodes);
}

/// Level sets of the stencils that wait, and the weights of what they say.
template <class T> void LevelGather<T>::curves(double* nodes, double* weight) {
  if (plan_.method == plic::Method::ppic)
    return kernels_.curves(block_, plan_.stretched(), plic::whole_groups(waiting_), nodes, weight);
  if (plan_.has_net()) return neural_curves(nodes, weight);
  std::fill_n(weight, plic::block, 1.);
  lines(nodes);
}

/// Base curves as the net corrects them.
template <class T> void LevelGather<T>::neural_curves(double* nodes, double* weight) {
  const neural::NeuralKernels& kernels = neural::neural_kernels(out_.K());
  kernels.features(block_, plan_.stretched(), plic::whole_groups(waiting_), nodes, weight, net_);
  if (inputs_) {
    if (plan_.has_tiles()) settle_tiles(windows_, net_);
    return inputs_->take(net_, plan_.has_tiles() ? &windows_ : nullptr, nodes, weight, row_, waiting_);
  }
  const engine::native::NetKernels& nets = engine::native::net_kernels();
  const bool half = plan_.options.engine.precision == Precision::bfloat16;
  const neural::StencilNet& net = *plan_.net();
  float* const scratch = engine::native::scratch(net.scratch());
  (half ? nets.bfloat16 : nets.float32)(net, net_.in[0], net_.out[0], scratch, waiting_);
  kept_ += corrected(net_, block_.a, block_.b, out_.K(), waiting_, nodes, weight);
}

/// The stencils that wait, kept until all have come.
template <class T> void LevelGather<T>::defer() {
  if (deferred_count_ == deferred_.size()) deferred_.emplace_back();
  Deferred& d = deferred_[deferred_count_++];
  d.nodes.resize(out_.nodes_per_cell() * plic::block);
  neural::neural_kernels(out_.K()).features(block_, plan_.stretched(), plic::whole_groups(waiting_), d.nodes.data(),
                                            d.weight, d.net);
  std::copy_n(block_.a, plic::block, d.a), std::copy_n(block_.b, plic::block, d.b);
  std::copy_n(row_, waiting_, d.row);
  d.count = waiting_;
  if (!plan_.has_tiles()) return;
  settle_tiles(windows_, d.net);
  constexpr std::size_t size = std::size_t(neural::tile_side) * neural::tile_side;
  d.tiles.resize(size * plic::block);
  for (std::size_t k = 0; k < std::size_t(waiting_); ++k) tile_of(windows_, d.net, k, &d.tiles[size * k]);
  if (!plan_.corrects_base()) { // the image is the level set, of gradient one in the middle of a line's width
    std::fill(d.nodes.begin(), d.nodes.end(), 0.);
    std::fill_n(d.net.reach, plic::block, 1.);
  }
}

/// One batch for all cells: features of stencils or tiles in, corrections of nodes and logarithms of weights out.
template <class T> void LevelGather<T>::answer() {
  const bool tiles = plan_.has_tiles();
  const std::size_t inputs = tiles ? std::size_t(neural::tile_side) * neural::tile_side : neural::feature_count;
  const std::size_t outputs = out_.nodes_per_cell() + (tiles ? 0 : 1);
  std::size_t cells = 0;
  for (std::size_t n = 0; n < deferred_count_; ++n) cells += std::size_t(deferred_[n].count);
  batch_.resize(cells * inputs), answers_.resize(cells * outputs);
  float* to = batch_.data();
  for (std::size_t n = 0; n < deferred_count_; ++n) {
    const Deferred& d = deferred_[n];
    if (tiles) to = std::copy_n(d.tiles.data(), std::size_t(d.count) * inputs, to);
    for (int k = 0; k < d.count && !tiles; ++k)
      for (const auto& feature : d.net.in) *to++ = feature[k];
  }
  if (cells > 0) ask(cells, inputs, outputs);
  const float* from = answers_.data();
  for (std::size_t n = 0; n < deferred_count_; ++n) {
    Deferred& d = deferred_[n];
    for (int k = 0; k < d.count; ++k)
      for (std::size_t o = 0; o < outputs; ++o) d.net.out[o][k] = *from++;
    // an autoencoder says nothing of weights
    if (tiles) std::fill_n(d.net.out[outputs], plic::block, 0.f);
    for (std::size_t o = 0; o < outputs; ++o) std::fill(d.net.out[o] + d.count, d.net.out[o] + plic::block, 0.f);
    kept_ += corrected(d.net, d.a, d.b, out_.K(), d.count, d.nodes.data(), d.weight);
    land(d.nodes.data(), d.weight, d.net.base_weight, d.row, d.count);
  }
  deferred_count_ = 0;
}

template <class T> void LevelGather<T>::ask(std::size_t cells, std::size_t inputs, std::size_t outputs) {
  const auto rows = std::ptrdiff_t(cells), in = std::ptrdiff_t(inputs), out = std::ptrdiff_t(outputs);
  const View<const float, 2> batch{batch_.data(), {rows, in}, {in, 1}};
  const View<float, 2> answers{answers_.data(), {rows, out}, {out, 1}};
  const engine::Runner& runner = plan_.engine->runner();
  if (!plan_.has_tiles()) return runner.infer(batch, answers);
  if (runner.infer_tiles(batch, answers)) return;
  // whole images, as many at a time as fit into a cache or keep a device busy
  constexpr std::ptrdiff_t most = 512, size = std::ptrdiff_t(neural::image_side) * neural::image_side;
  images_.resize(2 * std::size_t(std::min(rows, most) * size));
  float *const painted = images_.data(), *const seen = painted + std::min(rows, most) * size;
  for (std::ptrdiff_t first = 0; first < rows; first += most) {
    const std::ptrdiff_t count = std::min(rows - first, most);
    for (std::ptrdiff_t k = 0; k < count; ++k) neural::paint(&batch(first + k, 0), painted + k * size);
    runner.infer({painted, {count, size}, {size, 1}}, {seen, {count, size}, {size, 1}});
    for (std::ptrdiff_t k = 0; k < count; ++k) neural::read_nodes(seen + k * size, out_.K(), &answers(first + k, 0));
  }
}

template <class T> void LevelGather<T>::finish() {
  finish_block();
  if (deferred_count_ > 0) answer();
}

/// Whether the stencils that wait are those of a block of rows, one each, and nothing that came meanwhile stands behind
/// them in it.
template <class T> bool LevelGather<T>::fills_block() const {
  bool one_each = row_[0] % plic::block == 0 && (waiting_ == plic::block || field_.nmat() == 2);
  for (int k = 1; k < waiting_; ++k) one_each &= row_[k] == row_[0] + std::size_t(k);
  return one_each;
}

template <class T> void LevelGather<T>::finish_block() {
  engine::let_interrupt();
  if (waiting_ == 0) return;
  for (int k = waiting_; k < plic::block; ++k) { // harmless cells: no floating-point flag, no orientation to search for
    for (int n = 0; n < 25; ++n) block_.d[n][k] = .25 + (.25 * (n % 5 - 2) + .125 * (n / 5 - 2));
    block_.a[k] = .625, block_.b[k] = .375;
    if (plan_.stretched()) block_.size_x[k] = block_.size_y[k] = 1;
    for (const int side : {0, 1}) block_.width_x[side][k] = block_.width_y[side][k] = 1;
  }
  if (defers() && !inputs_) {
    defer();
  } else if (const std::size_t first = row_[0]; fills_block()) {
    curves(&out_.nodes[out_.at(first, 0)], &out_.weight[first]);
  } else {
    alignas(64) double weight[plic::block];
    curves(nodes_.data(), weight);
    land(nodes_.data(), weight, plan_.engine ? net_.base_weight : weight, row_, waiting_);
  }
  waiting_ = 0;
}

template <class T>
void LevelGather<T>::land(const double* nodes, const double* weight, const double* merit, const std::size_t* rows,
                          int count) {
  for (int k = 0; k < count;) {
    int views = 1;
    while (k + views < count && rows[k + views] == rows[k]) ++views;
    land(nodes + k, weight + k, merit + k, rows[k], views);
    k += views;
  }
}

/// Puts the views of one cell where they belong: the one of the most merit, that of its base curve, whatever a net says
/// of its weight in averages.
template <class T>
void LevelGather<T>::land(const double* nodes, const double* weight, const double* merit, std::size_t row, int views) {
  const std::size_t per = out_.nodes_per_cell();
  const double most = views == 1 ? merit[0] : std::max({merit[0], merit[1], merit[2]});
  const auto best = [&](int view) { return merit[view] == most; };
  // those that tie are averaged, the two that exchange with the materials first
  const auto mean = [&](const double* of) {
    const auto value = [&](int view) { return best(view) ? of[view] : 0; };
    return (value(0) + (value(1) + value(2))) / (best(0) + best(1) + best(2));
  };
  out_.weight[row] = views == 1 ? weight[0] : mean(weight);
  double* const to = &out_.nodes[out_.at(row, 0)];
  for (std::size_t n = 0; n < per; ++n) {
    const double* const phi = nodes + n * plic::block;
    to[n * plic::block] = views == 1 ? phi[0] : mean(phi);
  }
}

template class LevelGather<double>;
template class LevelGather<float>;

} // namespace mirhydro::reconstruct
