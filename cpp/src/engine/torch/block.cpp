// The cells of a field on a device, all at once: the formulas of the native kernels over tensors (tensor_lanes.hpp).
#include "engine/torch/block.hpp"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/full.h>
#include <ATen/ops/nonzero.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <string>
#include <vector>

#include <mirhydro/error.hpp>

#include "engine/torch/session.hpp"
#include "engine/torch/ties.hpp"
#include "engine/words.hpp"
#include "geometry/boundary.hpp"
#include "neural/features.hpp"
#include "neural/net_block.hpp"
#include "plic/level_kernels.hpp"
#include "plic/level_steps.hpp"

namespace mirhydro::lane::inline MIRHYDRO_ISA {

template <> struct Members<geometry::Difference<Wide>> {
  using D = geometry::Difference<Wide>;
  static constexpr auto all = std::tuple{&D::half, &D::flat, &D::by_b, &D::by_ab};
};
template <> struct Members<geometry::Ramp<Wide>> {
  using R = geometry::Ramp<Wide>;
  static constexpr auto all = std::tuple{&R::low, &R::middle, &R::high, &R::by_low, &R::by_high};
};
template <> struct Members<geometry::SubCell<Wide>> {
  using S = geometry::SubCell<Wide>;
  static constexpr auto all = std::tuple{&S::sw, &S::se, &S::nw, &S::ne};
};
template <> struct Members<plic::Column<Wide>> {
  using C = plic::Column<Wide>;
  static constexpr auto all = std::tuple{&C::e0, &C::e1, &C::e2, &C::e3, &C::e4};
};
template <> struct Members<geometry::Balance<Wide>> {
  using B = geometry::Balance<Wide>;
  static constexpr auto all = std::tuple{&B::value, &B::slope, &B::curvature};
};

} // namespace mirhydro::lane::inline MIRHYDRO_ISA

namespace mirhydro::engine::torch_engine {

namespace {

using lane::Mask, lane::Wide;
using words::at, words::refuse, words::text;
using Index = std::int64_t;

constexpr int radius = 2, rim = radius + 1; ///< of the stencil; layers without all neighbours

at::Tensor on(const at::Device& device, const std::vector<Index>& values) {
  return at::from_blob(const_cast<Index*>(values.data()), {Index(values.size())}, at::TensorOptions(at::kLong))
      .to(device, at::kLong, false, true);
}

/// A constant gets as many elements as there are cells.
at::Tensor spread(const Wide& x, const at::Tensor& like) {
  return x.constant() ? at::full(like.sizes(), x.c, at::TensorOptions(at::kDouble).device(like.device())) : x.v;
}
at::Tensor spread(const Mask& m, const at::Tensor& like) {
  return m.constant() ? at::full(like.sizes(), m.all, at::TensorOptions(at::kBool).device(like.device())) : m.m;
}

bool anywhere(const at::Tensor& mask) { return mask.any().item<bool>(); }
Index count(const at::Tensor& mask) { return mask.sum().item<Index>(); }

/// The first cell of a mask, row by row.
std::array<Index, 2> first(const at::Tensor& mask) {
  const at::Tensor cells = mask.nonzero().narrow(0, 0, 1).cpu();
  return {cells[0][0].item<Index>(), cells[0][1].item<Index>()};
}

/// A cell's two fractions made to add up to 1, as reconstruct::fold.
void fold(Wide& a, Wide& b) {
  using lane::select;
  const Wide sum = a + b;
  const Mask off = !(sum == Wide(1)), equal = a == b, a_small = a < b;
  const Wide share = select(a_small, a, b) / sum, rest = select(equal, share, Wide(1) - share);
  const Wide x = select(off, select(a_small, share, rest), a), y = select(off, select(a_small, rest, share), b);
  a = x, b = y;
}

/// The cells k - layers ... n + layers - 1 as the boundary rule places them; `none` where it does not continue the
/// mesh.
std::vector<Index> continued(Index n, Index layers, Boundary low, Boundary high, Index none = -1) {
  std::vector<Index> cells;
  for (Index k = -layers; k < n + layers; ++k) {
    const bool out = k < 0 || k >= n;
    cells.push_back(out && none >= 0 && low != Boundary::periodic ? none : geometry::inside(k, n, low, high));
  }
  return cells;
}

template <int K> class Block final : public DeviceBlock {
public:
  Block(const DeviceRules& rules, const at::Tensor& vf, const Net& net) : rules_(rules), device_(vf.device()) {
    ny = vf.size(-2), nx = vf.size(-1);
    const at::Tensor f0 = (vf.dim() == 3 ? vf.select(0, 0) : vf).to(at::kDouble);
    const at::Tensor f1 = vf.dim() == 3 ? vf.select(0, 1).to(at::kDouble) : 1 - f0;
    search(f0, f1, vf.dim() == 2, vf.scalar_type() == at::kFloat);
    const at::Tensor difference = (f0 - f1).reshape({-1});
    const at::Tensor flat = (j_ * nx + i_);
    Wide a = f0.reshape({-1}).index_select(0, flat), b = f1.reshape({-1}).index_select(0, flat);
    fold(a, b);
    a_ = a.v, b_ = b.v;
    nodes_ = empty({count_of_nodes, size});
    weight_ = empty({size});
    draw(difference, net);
    number_ = numbered();
    average();
    if (rules_.ghost > 0) drop_rim(), number_ = numbered();
    excess_ = empty({size});
    in_parts([&](Index begin, Index count) { match(begin, count); });
    const at::Tensor off = excess_.abs(), round_off = off <= plic::fine;
    stats_.mixed = size;
    stats_.blended = count(off > plic::flat);
    stats_.residual = size > 0 ? off.masked_fill(round_off.logical_not(), 0).max().template item<double>() : 0;
    excess_.masked_fill_(round_off, 0);
  }

  Stats stats() const override { return stats_; }

  void cells(void* out) const override {
    called(
        [&](Taken to) {
          const at::Tensor t = checked("out", std::move(to), at::kInt, {size, 2});
          t.select(1, 0).copy_(j_);
          t.select(1, 1).copy_(i_);
        },
        take_over(out));
  }

  void volumes(void* out) const override {
    called(
        [&](Taken to) {
          const at::Tensor t = checked("out", std::move(to), at::kDouble, {size, 2});
          in_parts([&](Index begin, Index count) {
            const Wide difference = level_set(begin, count).difference(Wide(0)).value,
                       excess = part(excess_, begin, count);
            t.narrow(0, begin, count).select(1, 0).copy_((Wide(.5) * (Wide(1) + difference) - excess).v);
            t.narrow(0, begin, count).select(1, 1).copy_((Wide(.5) * (Wide(1) - difference) + excess).v);
          });
        },
        take_over(out));
  }

  void swept(Axis axis, void* displacement, void* out) const override;

private:
  static constexpr int side = K + 1, count_of_nodes = side * side;

  at::TensorOptions numbers() const { return at::TensorOptions(at::kDouble).device(device_); }
  at::Tensor empty(at::IntArrayRef shape) const { return at::empty(shape, numbers()); }
  static Wide part(const at::Tensor& t, Index begin, Index count) { return t.narrow(0, begin, count); }

  /// A part of the cells after another: temporaries are some thousand numbers a cell.
  template <class Part> void in_parts(Part&& part) const {
    const Index most = device_.is_cpu() ? Index(1) << 12 : Index(1) << 19;
    for (Index begin = 0; begin < size; begin += most) part(begin, std::min(most, Index(size) - begin));
  }

  /// Every call from outside: what it takes over, LibTorch's state, its exceptions.
  template <class Call, class... Args> void called(Call&& call, Args... taken) const {
    guarded("the reconstruction on " + device_.str(), [&] {
      const Session session(rules_.threads);
      call(std::move(taken)...);
    });
  }

  /// The caller's tensor. @throws Error naming it
  at::Tensor checked(const char* name, Taken taken, at::ScalarType type, at::IntArrayRef shape) const {
    const at::Tensor t = tensor(std::move(taken));
    check_device(name, t, device_);
    if (t.scalar_type() != type)
      refuse(std::string(name) + " has dtype " + dtype_of(t) + ", not " + (type == at::kInt ? "int32" : "float64"));
    if (t.sizes() != shape)
      refuse(std::string(name) + " has the shape " + shape_of(t.sizes()) + ", not " + shape_of(shape));
    return t;
  }

  void search(const at::Tensor& f0, const at::Tensor& f1, bool rest, bool single) {
    const double tolerance = single ? rules_.tolerance_of_floats : rules_.tolerance;
    const auto in_range = [&](const at::Tensor& f) { return (f >= -tolerance).logical_and(f <= 1 + tolerance); };
    const at::Tensor sum = f0 + f1;
    const at::Tensor good = in_range(f0).logical_and(in_range(f1)).logical_and((sum - 1).abs() <= tolerance);
    if (anywhere(good.logical_not())) explain(f0, f1, good, rest, tolerance);
    const at::Tensor least = at::minimum(f0, f1);
    mixed_ = least > rules_.eps;
    owner_ = (f1 > f0).to(at::kInt).masked_fill_(mixed_, -1);
    at::Tensor found = mixed_;
    if (rules_.ghost > 0) found = without_edge(mixed_, radius);
    const at::Tensor cells = found.nonzero();
    j_ = cells.select(1, 0).contiguous(), i_ = cells.select(1, 1).contiguous();
    size = cells.size(0);
    const at::Tensor exact = (sum == 1).logical_and(mixed_.logical_or(at::maximum(f0, f1) == 1));
    stats_.folded = count(exact.logical_not().logical_and(mixed_.logical_not().logical_or(found)));
  }

  [[noreturn]] void explain(const at::Tensor& f0, const at::Tensor& f1, const at::Tensor& good, bool rest,
                            double tolerance) const {
    const auto [j, i] = first(good.logical_not());
    const double f[2] = {f0[j][i].item<double>(), f1[j][i].item<double>()};
    for (Index m = 0; m < (rest ? 1 : 2); ++m)
      if (!(f[m] >= -tolerance && f[m] <= 1 + tolerance))
        refuse("vf" + (rest ? at(j, i) : at(m, j, i)) + " = " + text(f[m]) + ": volume fractions lie in [0, 1]");
    refuse("vf[:, " + text(std::ptrdiff_t(j)) + ", " + text(std::ptrdiff_t(i)) + "] adds up to " + text(f[0] + f[1]) +
           ": the fractions of a cell add up to 1");
  }

  at::Tensor without_edge(const at::Tensor& mask, Index layers) const {
    at::Tensor inner = at::zeros_like(mask);
    const auto middle = [&](const at::Tensor& t) {
      return t.narrow(0, layers, std::max<Index>(ny - 2 * layers, 0))
          .narrow(1, layers, std::max<Index>(nx - 2 * layers, 0));
    };
    if (ny > 2 * layers && nx > 2 * layers) middle(inner).copy_(middle(mask));
    return inner;
  }

  /// The curves: base, net, weights; volumes right to about a thousandth. `difference` of the fractions of all cells.
  void draw(const at::Tensor& difference, const Net& net) {
    const auto& edge = rules_.boundary;
    const at::Tensor rows = on(device_, continued(ny, radius, edge[2], edge[3])) * nx,
                     columns = on(device_, continued(nx, radius, edge[0], edge[1]));
    in_parts([&](Index begin, Index count) {
      const at::Tensor j = j_.narrow(0, begin, count), i = i_.narrow(0, begin, count);
      plic::WideStencil<Wide> s;
      at::Tensor row[5], column[5];
      for (int d = 0; d < 5; ++d) row[d] = rows.index_select(0, j + d), column[d] = columns.index_select(0, i + d);
      for (int dj = 0; dj < 5; ++dj)
        for (int di = 0; di < 5; ++di) s.d[dj][di] = difference.index_select(0, row[dj] + column[di]);
      s.a = part(a_, begin, count), s.b = part(b_, begin, count);
      draw(s, net, begin, count);
    });
  }

  void draw(const plic::WideStencil<Wide>& s, const Net& net, Index begin, Index count) {
    neural::Base<Wide, K> base;
    std::vector<at::Tensor> read(neural::feature_count);
    const Mask tied =
        neural::base_and_features<K>(s, plic::Equal<Wide>{}, Wide(rules_.size_x), Wide(rules_.size_y), base,
                                     [&](int f, const Wide& value) { read[std::size_t(f)] = spread(value, s.a.v); });
    at::Tensor features = at::stack(read, 1).to(at::kFloat);
    at::Tensor codes = at::zeros({count}, at::TensorOptions(at::kLong).device(device_));
    Wide* const turn[4] = {&base.turn.x, &base.turn.y, &base.turn.transpose, &base.turn.sign};
    for (int bit = 0; bit < 4; ++bit) codes += (spread(*turn[bit], s.a.v) < 0).to(at::kLong) * (1 << bit);
    const Ties ties = settle_ties(spread(tied, s.a.v), features, codes);
    for (int bit = 0; bit < 4; ++bit) *turn[bit] = 1. - 2. * codes.bitwise_and(1 << bit).ne(0).to(at::kDouble);
    at::Tensor out = net(features);
    symmetrise(ties, K, out);
    const at::Tensor heard = out.to(at::kDouble).t().contiguous();
    Wide said[side][side];
    for (int n = 0; n < count_of_nodes; ++n) said[n / side][n % side] = heard[n];
    const Mask good = neural::correct_base(base, said, Wide(heard[count_of_nodes]), s.a - s.b);
    stats_.kept += torch_engine::count(spread(!good, s.a.v));
    for (int n = 0; n < count_of_nodes; ++n) nodes_[n].narrow(0, begin, count).copy_(base.phi.phi[n].v);
    weight_.narrow(0, begin, count).copy_(spread(base.weight, s.a.v));
  }

  /// (ny, nx): a cell's number, or -1.
  at::Tensor numbered() const {
    at::Tensor grid = at::full({ny * nx}, -1, at::TensorOptions(at::kLong).device(device_));
    grid.index_copy_(0, j_ * nx + i_, at::arange(size, grid.options()));
    return grid.reshape({ny, nx});
  }

  /// Nodes on the rim of cells take the mean of what all say that share them. Images that are mirrored or copied share
  /// none with their original.
  void average() {
    if (size == 0) return;
    const auto& edge = rules_.boundary;
    at::Tensor padded = at::full({ny + 1, nx + 1}, -1, at::TensorOptions(at::kLong).device(device_));
    padded.narrow(0, 0, ny).narrow(1, 0, nx).copy_(number_);
    padded = padded.reshape({-1});
    const at::Tensor rows = on(device_, continued(ny, 1, edge[2], edge[3], ny)),
                     columns = on(device_, continued(nx, 1, edge[0], edge[1], nx));
    const at::Tensor own = nodes_.clone();
    in_parts([&](Index begin, Index count) {
      const at::Tensor j = j_.narrow(0, begin, count), i = i_.narrow(0, begin, count);
      const at::Tensor self = at::arange(begin, begin + count, j.options());
      at::Tensor who[9];
      Wide weight[9];
      for (int n = 0; n < 9; ++n) {
        const at::Tensor there =
            padded.index_select(0, rows.index_select(0, j + n / 3) * (nx + 1) + columns.index_select(0, i + n % 3));
        const at::Tensor none = there < 0;
        who[n] = at::where(none, self, there);
        weight[n] = weight_.index_select(0, who[n]).masked_fill(none, 0);
      }
      const auto said = [&](int cell, int l, int k) { return Wide(own[l * side + k].index_select(0, who[cell])); };
      plic::average_rim<K>(
          weight, [&](int l, int k) { return part(own[l * side + k], begin, count); },
          [&](int n, int k) {
            return n == 0 ? said(1, K, k) : n == 1 ? said(7, 0, k) : n == 2 ? said(3, k, K) : said(5, k, 0);
          },
          [&](int corner, int other) {
            const int dj = corner / 2 * 2, di = corner % 2 * 2, l = dj * K / 2, k = di * K / 2;
            return other == 0   ? said(3 * dj + di, K - l, K - k)
                   : other == 1 ? said(3 * dj + 1, K - l, k)
                                : said(3 + di, l, K - k);
          },
          [&](int l, int k, const Wide& value) { nodes_[l * side + k].narrow(0, begin, count).copy_(value.v); });
    });
  }

  /// Cells whose neighbours are missing are there for the others' sake.
  void drop_rim() {
    const auto inner = [&](const at::Tensor& k, Index n) { return (k >= rim).logical_and(k < n - rim); };
    const at::Tensor kept = inner(j_, ny).logical_and(inner(i_, nx)).nonzero().reshape({-1});
    for (at::Tensor* of : {&j_, &i_, &a_, &b_}) *of = of->index_select(0, kept);
    nodes_ = nodes_.index_select(1, kept);
    size = kept.size(0);
  }

  void match(Index begin, Index count) {
    geometry::LevelSet<Wide, K> s = level_set(begin, count);
    int rounds = 0;
    const Wide left = plic::match_area(s, part(a_, begin, count) - part(b_, begin, count), rounds);
    stats_.iterations = std::max(stats_.iterations, rounds);
    for (int n = 0; n < count_of_nodes; ++n) nodes_[n].narrow(0, begin, count).copy_(s.phi[n].v);
    excess_.narrow(0, begin, count).copy_(left.v);
  }

  geometry::LevelSet<Wide, K> level_set(Index begin, Index count, bool transposed = false) const {
    geometry::LevelSet<Wide, K> s;
    for (int n = 0; n < count_of_nodes; ++n)
      s.phi[n] = part(nodes_[transposed ? (n % side) * side + n / side : n], begin, count);
    return s;
  }

  class Sweep;

  const DeviceRules rules_;
  const at::Device device_;
  at::Tensor mixed_, owner_, number_; ///< (ny, nx): bool; int32, -1 where mixed; row in the list of cells, or -1
  at::Tensor j_, i_;                  ///< (n) int64
  at::Tensor a_, b_, weight_, nodes_, excess_;
  Stats stats_;
};

/// Faces and cells along one axis, turned so that the displacement runs along the last one.
template <int K> class Block<K>::Sweep {
public:
  Sweep(const Block& block, bool along_y, const at::Tensor& displacement)
      : b_(block), along_y_(along_y), d_(turned(displacement)), mixed_(turned(b_.mixed_)), owner_(turned(b_.owner_)),
        number_(turned(b_.number_)), across_(along_y ? b_.i_ : b_.j_), along_(along_y ? b_.j_ : b_.i_),
        width_(mixed_.size(0)), length_(mixed_.size(1)), ours_(ours()), moved_(d_.masked_fill(ours_.logical_not(), 0)) {
  }

  void check() const;
  /// (2, across, faces)
  at::Tensor run() const;

private:
  at::Tensor turned(const at::Tensor& t) const { return along_y_ ? t.t() : t; }
  std::string named(Index across, Index face) const {
    return "displacement" + (along_y_ ? at(face, across) : at(across, face)) + " = " +
           text(d_[across][face].template item<double>());
  }
  /// Only faces of the host's own cells are swept; those between two ghost cells are another's.
  at::Tensor ours() const {
    const Index g = b_.rules_.ghost;
    at::Tensor mask = at::zeros(d_.sizes(), at::TensorOptions(at::kBool).device(b_.device_));
    mask.narrow(0, g, width_ - 2 * g).narrow(1, g, length_ + 1 - 2 * g).fill_(true);
    return mask;
  }
  /// What leaves each cell through its low and its high end: (across, along).
  at::Tensor leaving(bool high) const {
    const at::Tensor face = moved_.narrow(1, high ? 1 : 0, length_);
    return (high ? face : face.neg()).clamp_min(0);
  }
  /// First place of a mask of cells, row by row in the host's order: across and along.
  std::array<Index, 2> first_of(const at::Tensor& mask) const {
    const auto [j, i] = first(turned(mask));
    return along_y_ ? std::array{i, j} : std::array{j, i};
  }
  at::Tensor at_cells(const at::Tensor& grid) const {
    return grid.reshape({-1}).index_select(0, across_ * grid.size(1) + along_);
  }
  Boundary rule(bool high) const { return b_.rules_.boundary[(along_y_ ? 2u : 0u) + (high ? 1u : 0u)]; }
  plic::Sent<Wide> send(Index begin, Index count, const Wide& low, const Wide& high) const {
    return plic::send(b_.level_set(begin, count, along_y_), part(b_.a_, begin, count), part(b_.b_, begin, count),
                      part(b_.excess_, begin, count), low, high);
  }
  void pure(at::Tensor& out) const;
  void mixed(at::Tensor& out) const;
  void image(bool high, at::Tensor& out) const;

  const Block& b_;
  const bool along_y_;
  const at::Tensor d_, mixed_, owner_, number_, across_, along_;
  const Index width_, length_;
  const at::Tensor ours_, moved_; ///< of the faces that are ours
};

template <int K> void Block<K>::Sweep::check() const {
  const at::Tensor low = leaving(false), high = leaving(true), lost = mixed_.logical_and(number_ < 0);
  const at::Tensor far = (moved_.abs() <= 1).logical_not(), emptied = (low + high) > 1;
  const at::Tensor of_lost = lost.logical_and((low > 0).logical_or(high > 0));
  if (!anywhere(far.any().logical_or(emptied.any()).logical_or(of_lost.any()))) return; // one question to the device
  if (anywhere(far)) {
    const auto [across, face] = first_of(far);
    refuse(named(across, face) + ": a face moves by at most one cell, |d| <= 1");
  }
  if (anywhere(emptied)) {
    const auto [across, along] = first_of(emptied);
    refuse(named(across, along) + " and " + named(across, along + 1) +
           ": the outflow through both faces of a cell is at most 1");
  }
  const auto [across, along] = first_of(of_lost);
  const bool by_high = !(low[across][along].template item<double>() > 0);
  refuse(named(across, along + (by_high ? 1 : 0)) + ": its donor, mixed cell " +
         (along_y_ ? at(along, across) : at(across, along)) + ", was not reconstructed (fewer than " +
         text(std::ptrdiff_t(rim) + 1) + " ghost layers)");
}

/// As if mixed cells held nothing.
template <int K> void Block<K>::Sweep::pure(at::Tensor& out) const {
  const at::Tensor cells = on(b_.device_, continued(length_, 1, rule(false), rule(true)));
  const at::Tensor owners = owner_.index_select(1, cells);
  const at::Tensor donor = at::where(moved_ > 0, owners.narrow(1, 0, length_ + 1), owners.narrow(1, 1, length_ + 1));
  for (const int m : {0, 1}) out[m].copy_(at::where(donor == m, moved_, 0.));
}

template <int K> void Block<K>::Sweep::mixed(at::Tensor& out) const {
  using lane::select;
  const at::Tensor ours_low = at_cells(leaving(false)), ours_high = at_cells(leaving(true));
  Wide low = ours_low, high = ours_high;
  if (b_.rules_.ghost > 0) {
    // What a ghost cell sends between two ghost cells, beside what it sends to us: see reconstruct/swept.cpp.
    const auto elsewhere = [&](bool high_end, const Wide& here) {
      const at::Tensor face = d_.narrow(1, high_end ? 1 : 0, length_),
                       is_ours = ours_.narrow(1, high_end ? 1 : 0, length_);
      const Wide d = at_cells(high_end ? face : face.neg());
      const Mask sends = (d > Wide(0)) & (d + here <= Wide(1)) & (here > Wide(0)) & !Mask(at_cells(is_ours));
      return select(sends, d, Wide(0));
    };
    const Wide more_low = elsewhere(false, high), more_high = elsewhere(true, low);
    low = low + more_low, high = high + more_high;
  }
  const at::Tensor faces = across_ * (length_ + 1) + along_;
  at::Tensor flat[2] = {out[0].reshape({-1}), out[1].reshape({-1})}; // views: `out` is contiguous
  b_.in_parts([&](Index begin, Index count) {
    const plic::Sent<Wide> sent = send(begin, count, part(low.v, begin, count), part(high.v, begin, count));
    const at::Tensor face = faces.narrow(0, begin, count), zero = ours_low.narrow(0, begin, count);
    const at::Tensor to_low = ours_low.narrow(0, begin, count) > 0, to_high = ours_high.narrow(0, begin, count) > 0;
    // a face has one donor, and 0 stands there yet
    const auto add = [&](int m, const Wide& by_low, const Wide& by_high) {
      flat[m].index_add_(0, face, at::where(to_low, spread(by_low, zero).neg(), 0.));
      flat[m].index_add_(0, face + 1, at::where(to_high, spread(by_high, zero), 0.));
    };
    add(0, sent.low_a, sent.high_a);
    add(1, sent.low_b, sent.high_b);
  });
}

/// Inflow through the edge of the mesh from a mixed cell's image: wrapped, mirrored or copied.
template <int K> void Block<K>::Sweep::image(bool high, at::Tensor& out) const {
  const Index face = high ? length_ : 0, other = length_ - face;
  const Boundary ends = rule(high);
  const Index along = geometry::inside(high ? length_ : -1, length_, rule(false), rule(true));
  const at::Tensor d = d_.select(1, face), width = high ? d.neg() : d;
  const at::Tensor rows = (width > 0).logical_and(mixed_.select(1, along)).nonzero().reshape({-1});
  if (rows.size(0) == 0) return;
  const at::Tensor cells = number_.select(1, along).index_select(0, rows);
  const Wide sends = width.index_select(0, rows);
  // an image that is not mirrored sends through the end that faces the mesh, a mirrored one through the cell's own
  const bool through_high = (ends == Boundary::mirror) == high;
  geometry::LevelSet<Wide, K> s;
  for (int n = 0; n < count_of_nodes; ++n)
    s.phi[n] = b_.nodes_[along_y_ ? (n % side) * side + n / side : n].index_select(0, cells);
  const auto of = [&](const at::Tensor& t) { return Wide(t.index_select(0, cells)); };
  const Wide none = at::zeros_like(sends.v);
  const plic::Sent<Wide> sent =
      plic::send(s, of(b_.a_), of(b_.b_), of(b_.excess_), through_high ? none : sends, through_high ? sends : none);
  const at::Tensor same = d.index_select(0, rows) == d_.select(1, other).index_select(0, rows);
  for (const int m : {0, 1}) {
    const Wide volume = m == 0 ? (through_high ? sent.high_a : sent.low_a) : (through_high ? sent.high_b : sent.low_b);
    at::Tensor value = high ? spread(volume, sends.v).neg() : spread(volume, sends.v);
    if (ends == Boundary::periodic) // the same face: the same bits
      value = at::where(same, out[m].select(1, other).index_select(0, rows), value);
    out[m].select(1, face).index_copy_(0, rows, value);
  }
}

template <int K> at::Tensor Block<K>::Sweep::run() const {
  at::Tensor out = b_.empty({2, width_, length_ + 1});
  pure(out);
  mixed(out);
  if (b_.rules_.ghost == 0)
    for (const bool high : {false, true}) image(high, out);
  return along_y_ ? out.transpose(1, 2) : out;
}

template <int K> void Block<K>::swept(Axis axis, void* displacement, void* out) const {
  called(
      [&](Taken of_displacement, Taken of_out) {
        const bool along_y = axis == Axis::y;
        const Index rows = ny + (along_y ? 1 : 0), columns = nx + (along_y ? 0 : 1);
        const at::Tensor d = checked("displacement", std::move(of_displacement), at::kDouble, {rows, columns});
        const at::Tensor to = checked("out", std::move(of_out), at::kDouble, {2, rows, columns});
        const Sweep sweep(*this, along_y, d);
        sweep.check();
        to.copy_(sweep.run());
      },
      take_over(displacement), take_over(out));
}

template <int K>
std::shared_ptr<const DeviceBlock> make(const DeviceRules& rules, const at::Tensor& vf, const Net& net) {
  return std::make_shared<const Block<K>>(rules, vf, net);
}

} // namespace

std::shared_ptr<const DeviceBlock> make_block(const DeviceRules& rules, const at::Tensor& vf, const Net& net) {
  if (vf.scalar_type() != at::kDouble && vf.scalar_type() != at::kFloat)
    refuse("vf has dtype " + dtype_of(vf) + ", not float64 or float32");
  if (vf.dim() != 2 && vf.dim() != 3)
    refuse("vf has the shape " + shape_of(vf.sizes()) + ", not (nmat, ny, nx) or (ny, nx)");
  if (vf.dim() == 3 && vf.size(0) != 2)
    refuse("vf has " + text(std::ptrdiff_t(vf.size(0))) + " materials: on a device a field has two");
  if (vf.size(-1) < 1 || vf.size(-2) < 1) refuse("vf has the shape " + shape_of(vf.sizes()) + ": at least one cell");
  if (rules.ghost > 0 && 2 * rules.ghost >= std::min(vf.size(-1), vf.size(-2)))
    refuse("ghost = " + text(std::ptrdiff_t(rules.ghost)) + " layers leave no cell of vf's " +
           shape_of(vf.sizes().slice(vf.dim() - 2)));
  switch (rules.K) {
  case 2: return make<2>(rules, vf, net);
  case 3: return make<3>(rules, vf, net);
  default: return make<4>(rules, vf, net);
  }
}

} // namespace mirhydro::engine::torch_engine
