#include <mirhydro/reconstructor.hpp>

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

#include "engine/interrupt.hpp"
#include "lane/instruction_set.hpp"
#include "reconstruct/gather.hpp"
#include "reconstruct/level_gather.hpp"
#include "reconstruct/pair_nodes.hpp"
#include "reconstruct/plan.hpp"
#include "reconstruct/result.hpp"
#include "reconstruct/scan.hpp"
#include "reconstruct/shared_nodes.hpp"
#include "reconstruct/text.hpp"

namespace mirhydro {

using namespace reconstruct;

struct MIRHYDRO_LOCAL Reconstructor::Impl {
  Impl(std::string_view method, const Options& options) : plan(method, options) {}
  Plan plan;

  template <class T> void run(const Field<T>& field, Reconstruction& out, const Inputs& inputs) const;
};

namespace {

using Content = Reconstruction::Impl::Content;

template <class T> void check_inputs(const Plan& plan, const Field<T>& field, const Inputs& inputs) {
  plan.check(field.nmat(), field.ny(), field.nx());
  if (inputs.where && (inputs.where.extent[0] != field.ny() || inputs.where.extent[1] != field.nx()))
    refuse("where is " + text(inputs.where.extent[0]) + " x " + text(inputs.where.extent[1]) + ", vf has " +
           text(field.ny()) + " x " + text(field.nx()) + " cells");
  const bool needs = plan.method == plic::Method::mof;
  if (needs != bool(inputs.centroids))
    refuse(needs ? "centroids: mof needs them, (nmat, ny, nx, 2)" : "centroids: only mof takes them, not " + plan.name);
  if (needs) {
    const std::array<std::ptrdiff_t, 4> expected{field.nmat(), field.ny(), field.nx(), 2};
    if (inputs.centroids.extent != expected)
      refuse("centroids has the shape " + shape(inputs.centroids.extent) + ", not " + shape(expected));
  }
}

template <class T> ScanRules rules_of(const Plan& plan, const Inputs& inputs, std::ptrdiff_t nmat) {
  // level sets also need the neighbours of what is asked for: keep_asked drops those in the end
  const View<const bool, 2> where = plan.shares_nodes() ? View<const bool, 2>{} : inputs.where;
  return {plan.options.eps, Plan::tolerance_of<T>(nmat), plan.options.ghost > 0 ? plan.radius() : 0, where};
}

/// Numbers the mixed cells of a row from `first` on.
void number(Mesh& mesh, std::ptrdiff_t j, std::ptrdiff_t first) {
  for (std::ptrdiff_t w = 0; w < mesh.words(); ++w) {
    mesh.rank(j, w) = static_cast<std::uint32_t>(first);
    first += std::popcount(mesh.rows(j, w));
  }
}

template <class T, class Work>
void with_gather(const Plan& plan, const Field<T>& field, const Inputs& inputs, Regions& out, Work&& work) {
  if (plan.is_level_set()) {
    LevelGather<T> gather(plan, field, out);
    work(gather);
  } else {
    Gather<T> gather(plan, field, inputs, out);
    work(gather);
  }
}

/// Whether a call may be ended before row j: not at every one, pure rows take less time than the question.
bool may_end(std::ptrdiff_t j, std::ptrdiff_t nx) {
  const std::ptrdiff_t often = std::max<std::ptrdiff_t>(65536 / nx, 1);
  return j % often == often - 1;
}

/// Finds the mixed cells of a few rows and reconstructs them a stencil's radius behind, while their neighbours are in
/// cache.
template <class T, class AnyGather, class AfterRow>
void serial(const Plan& plan, const Field<T>& field, const Inputs& inputs, Content& out, AnyGather& gather,
            AfterRow&& after_row) {
  const ScanRules rules = rules_of<T>(plan, inputs, field.nmat());
  std::ptrdiff_t found = 0;
  const std::ptrdiff_t behind = plan.radius();
  const bool wraps = plan.options.boundary[2] == Boundary::periodic; // row 0 reads the last one: it may hold anything
  for (std::ptrdiff_t j = 0; j < field.ny(); ++j) {
    if (may_end(j, field.nx())) engine::let_interrupt();
    const RowCount count = scan_row(field, rules, j, out.mesh);
    number(out.mesh, j, found);
    found += count.rows;
    out.stats.folded += count.folded;
    if (wraps || j < behind) continue;
    gather.row(out.mesh, j - behind);
    after_row(gather);
  }
  const std::ptrdiff_t last = std::max<std::ptrdiff_t>(field.ny() - behind, 0);
  for (std::ptrdiff_t j = wraps ? 0 : last; j < field.ny(); ++j) {
    gather.row(out.mesh, j);
    after_row(gather);
  }
  gather.finish();
  out.stats.folded += gather.folded();
  out.stats.residual = std::max(out.stats.residual, gather.residual());
  out.stats.kept = gather.kept();
}

/// Joins what threads made of neighbouring bands of rows.
void append(Regions& to, const Regions& from) {
  const std::size_t first = to.size(), n = from.size();
  const auto skins = std::int32_t(to.skins.size()), parts = std::int32_t(to.skin_vf.size());
  to.resize(first + n);
  const auto put = [&](auto& dst, const auto& src, std::size_t size, std::size_t at) {
    std::copy_n(src.begin(), size, dst.begin() + std::ptrdiff_t(at));
  };
  put(to.cells, from.cells, 2 * n, 2 * first);
  put(to.a, from.a, n, first), put(to.b, from.b, n, first);
  put(to.vf_a, from.vf_a, n, first), put(to.vf_b, from.vf_b, n, first);
  if (to.K() > 0)
    put(to.weight, from.weight, n, first);
  else
    put(to.mx, from.mx, n, first), put(to.my, from.my, n, first), put(to.t, from.t, n, first);
  for (std::size_t row = 0; row < n; ++row)
    for (std::size_t k = 0; k < to.nodes_per_cell(); ++k) to.nodes[to.at(first + row, k)] = from.nodes[from.at(row, k)];
  for (std::size_t row = first; row < first + n; ++row)
    if (to.has_skin(row)) to.a[row] += skins;
  for (const Skin& s : from.skins) to.skins.push_back({s.first + parts, s.count});
  const auto add = [](auto& dst, const auto& src) { dst.insert(dst.end(), src.begin(), src.end()); };
  add(to.skin_material, from.skin_material), add(to.skin_vf, from.skin_vf);
  add(to.skin_mx, from.skin_mx), add(to.skin_my, from.skin_my), add(to.skin_t, from.skin_t);
  add(to.skin_nodes, from.skin_nodes);
}

template <class T> void parallel(const Plan& plan, const Field<T>& field, const Inputs& inputs, Content& out) {
  const ScanRules rules = rules_of<T>(plan, inputs, field.nmat());
  const int parts = int(std::min<std::ptrdiff_t>(plan.threads->count(), field.ny()));
  const auto begin = [&](int part) { return field.ny() * part / parts; };
  std::vector<RowCount> counts(static_cast<std::size_t>(field.ny()));
  plan.threads->run(parts, [&](int part) {
    for (std::ptrdiff_t j = begin(part); j < begin(part + 1); ++j) {
      if (may_end(j, field.nx())) engine::let_interrupt();
      counts[std::size_t(j)] = scan_row(field, rules, j, out.mesh);
    }
  });
  std::ptrdiff_t found = 0;
  for (std::ptrdiff_t j = 0; j < field.ny(); ++j) {
    number(out.mesh, j, found);
    found += counts[std::size_t(j)].rows;
    out.stats.folded += counts[std::size_t(j)].folded;
  }
  out.regions.start(out.regions.K(), std::size_t(found)); // room for all at once
  std::vector<Regions> bands(static_cast<std::size_t>(parts));
  std::vector<Stats> stats(bands.size());
  plan.threads->run(parts, [&](int part) {
    std::size_t rows = 0;
    for (std::ptrdiff_t j = begin(part); j < begin(part + 1); ++j) rows += std::size_t(counts[std::size_t(j)].rows);
    bands[std::size_t(part)].start(out.regions.K(), rows);
    with_gather(plan, field, inputs, bands[std::size_t(part)], [&](auto& gather) {
      for (std::ptrdiff_t j = begin(part); j < begin(part + 1); ++j) gather.row(out.mesh, j);
      gather.finish();
      stats[std::size_t(part)].folded = gather.folded();
      stats[std::size_t(part)].residual = gather.residual();
      stats[std::size_t(part)].kept = gather.kept();
    });
  });
  for (std::size_t part = 0; part < bands.size(); ++part) {
    append(out.regions, bands[part]);
    bands[part] = {}; // its memory makes room for the next
    out.stats.folded += stats[part].folded;
    out.stats.kept += stats[part].kept;
    out.stats.residual = std::max(out.stats.residual, stats[part].residual);
  }
}

} // namespace

template <class T>
void Reconstructor::Impl::run(const Field<T>& field, Reconstruction& out, const Inputs& inputs) const {
  engine::begin_call();
  check_inputs(plan, field, inputs);
  if (!out.impl_) out.impl_ = std::make_unique<Reconstruction::Impl>();
  Content& content = out.impl_->spare;
  content.mesh.resize(field.nmat(), field.ny(), field.nx());
  content.regions.start(plan.is_level_set() ? plan.options.nodes : 0, out.impl_->now.regions.size());
  content.stats = {};
  content.boundary = plan.options.boundary;
  content.ghost = plan.options.ghost;
  content.rim = plan.rim();
  content.shares_nodes = plan.shares_nodes();
  content.threads = plan.threads;
  const Threads* const threads = plan.threads.get();
  const bool drops = content.ghost > 0 || inputs.where; // cells that are there for their neighbours' sake
  const bool trails = plan.shares_nodes() && !drops && field.nmat() == 2 && threads->count() == 1 &&
                      plan.options.boundary[2] != Boundary::periodic;
  if (threads->count() > 1) {
    parallel(plan, field, inputs, content);
  } else if (trails) {
    LevelGather<T> gather(plan, field, content.regions);
    Trail trail(content.mesh, content.boundary, content.regions, content.stats);
    serial(plan, field, inputs, content, gather, [&](const auto& g) { trail.follow(g.done()); });
    trail.finish();
  } else {
    with_gather(plan, field, inputs, content.regions,
                [&](auto& gather) { serial(plan, field, inputs, content, gather, [](const auto&) {}); });
  }
  if (plan.shares_nodes() && !trails)
    average_nodes(content.mesh, content.boundary, content.regions, threads, drops ? nullptr : &content.stats);
  if (plan.shares_nodes() && drops)
    keep_asked(inputs.where, content.ghost > 0 ? plan.rim() : 0, content.mesh, content.regions);
  if (plan.is_level_set() && (drops || !plan.shares_nodes())) match_volumes(content.regions, threads, content.stats);
  content.stats.mixed = std::int64_t(content.regions.size());
  std::swap(out.impl_->now, out.impl_->spare);
}

Reconstructor::Reconstructor(std::string_view method, const Options& options)
    : impl_(std::make_unique<const Impl>(method, options)) {}
Reconstructor::~Reconstructor() = default;
Reconstructor::Reconstructor(Reconstructor&&) noexcept = default;
Reconstructor& Reconstructor::operator=(Reconstructor&&) noexcept = default;

void Reconstructor::operator()(View<const double, 3> vf, Reconstruction& out, const Inputs& inputs) const {
  impl_->run(Field<double>{vf}, out, inputs);
}
void Reconstructor::operator()(View<const float, 3> vf, Reconstruction& out, const Inputs& inputs) const {
  impl_->run(Field<float>{vf}, out, inputs);
}
void Reconstructor::operator()(View<const double, 2> vf, Reconstruction& out, const Inputs& inputs) const {
  const View<const double, 3> one(vf.data, {1, vf.extent[0], vf.extent[1]}, {0, vf.stride[0], vf.stride[1]});
  impl_->run(Field<double>{one, true}, out, inputs);
}
void Reconstructor::operator()(View<const float, 2> vf, Reconstruction& out, const Inputs& inputs) const {
  const View<const float, 3> one(vf.data, {1, vf.extent[0], vf.extent[1]}, {0, vf.stride[0], vf.stride[1]});
  impl_->run(Field<float>{one, true}, out, inputs);
}

void Reconstructor::on_device(void* vf, DeviceReconstruction& out) const {
  const Plan& plan = impl_->plan;
  if (plan.method != plic::Method::neural) refuse("vf lies on a device: there runs neural, not " + plan.name);
  if (plan.stretched()) refuse("spacing: on a device all cells are equal");
  if (!plan.shares_nodes()) refuse("share_nodes = false: on a device nodes are shared");
  const Options& o = plan.options;
  const engine::DeviceRules rules{o.nodes,
                                  o.eps,
                                  Plan::tolerance_of<double>(2),
                                  Plan::tolerance_of<float>(2),
                                  plan.width_x(0),
                                  plan.width_y(0),
                                  o.ghost,
                                  o.threads,
                                  o.boundary};
  const auto block = plan.engine->runner().reconstruct(rules, vf);
  if (block == nullptr)
    refuse("vf lies on a device: the native engine reads CPU memory; engine = \"torch\" and its device");
  out.block_ = block;
}

std::string_view Reconstructor::method() const noexcept { return impl_->plan.name; }
int Reconstructor::ghost_layers() const noexcept { return impl_->plan.rim() + 1; }
std::string instruction_set() { return lane::name(lane::instruction_set()); }

} // namespace mirhydro
