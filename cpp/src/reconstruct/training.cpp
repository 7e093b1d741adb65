#include <mirhydro/training.hpp>

#include <algorithm>
#include <vector>

#include "reconstruct/level_gather.hpp"
#include "reconstruct/scan.hpp"
#include "reconstruct/text.hpp"

namespace mirhydro {

namespace {

class Collector final : public reconstruct::NetSink {
public:
  Collector(NetInputs& out, const reconstruct::Regions& regions) : out_(out), regions_(regions) {}

  void take(const neural::NetBlock& net, const neural::WindowBlock* windows, const double* nodes, const double* weight,
            const std::size_t* rows, int count) override {
    constexpr std::size_t tile = std::size_t(neural::tile_side) * neural::tile_side;
    for (int k = 0; k < count; ++k) {
      if (windows != nullptr) {
        out_.tiles.resize(out_.tiles.size() + tile);
        neural::tile_of(*windows, net, std::size_t(k), out_.tiles.data() + (out_.tiles.size() - tile));
      }
      out_.cells.insert(out_.cells.end(), {regions_.cells[2 * rows[k]], regions_.cells[2 * rows[k] + 1]});
      for (const auto& feature : net.in) out_.features.push_back(feature[k]);
      for (const auto& turn : net.turn) out_.turns.push_back(turn[k] < 0 ? -1 : 1);
      for (std::size_t n = 0; n < regions_.nodes_per_cell(); ++n)
        out_.nodes.push_back(nodes[n * plic::block + std::size_t(k)]);
      out_.weight.push_back(weight[k]);
      out_.voice.push_back(net.voice[k]);
      out_.reach.push_back(net.reach[k]);
    }
  }

private:
  NetInputs& out_;
  const reconstruct::Regions& regions_;
};

} // namespace

NetInputs net_inputs(View<const double, 2> vf, const Options& options, bool tiles) {
  using namespace reconstruct;
  Plan plan("ppic", options);
  plan.method = tiles ? plic::Method::autoencoder : plic::Method::neural;
  if (options.nodes < 2 || options.nodes > 4) refuse("nodes = " + text(std::ptrdiff_t(options.nodes)) + ": 2, 3 or 4");
  const Field<double> field{{vf.data, {1, vf.extent[0], vf.extent[1]}, {0, vf.stride[0], vf.stride[1]}}, true};
  plan.check(field.nmat(), field.ny(), field.nx());
  Mesh mesh;
  mesh.resize(field.nmat(), field.ny(), field.nx());
  Regions regions;
  regions.start(options.nodes);
  NetInputs out;
  Collector collector(out, regions);
  LevelGather<double> gather(plan, field, regions, &collector);
  const ScanRules rules{options.eps, Plan::tolerance, 0, {}};
  for (std::ptrdiff_t j = 0; j < field.ny(); ++j) scan_row(field, rules, j, mesh);
  for (std::ptrdiff_t j = 0; j < field.ny(); ++j) gather.row(mesh, j);
  gather.finish();
  return out;
}

void level_set_offsets(View<const double, 2> nodes, View<const double, 1> vf, View<double, 1> out, bool coarse) {
  using namespace reconstruct;
  const std::ptrdiff_t n = nodes.extent[0], per = nodes.extent[1];
  int K = 0;
  for (const int known : {1, 2, 3, 4, 8})
    if (per == (known + 1) * (known + 1)) K = known;
  if (K == 0) refuse("nodes is " + shape(nodes.extent) + ": 4, 9, 16, 25 or 81 nodes a cell");
  if (vf.extent[0] != n || out.extent[0] != n)
    refuse("nodes has " + text(n) + " cells, vf " + text(vf.extent[0]) + ", out " + text(out.extent[0]));
  const plic::LevelKernels& kernels = plic::level_kernels(K);
  std::vector<double> phi(std::size_t(per) * plic::block);
  alignas(64) double a[plic::block], b[plic::block], misfit[plic::block];
  for (std::ptrdiff_t first = 0; first < n; first += plic::block) {
    for (int k = 0; k < plic::block; ++k) {
      const std::ptrdiff_t row = std::min(first + k, n - 1); // the last cell once more where there are none
      for (std::ptrdiff_t m = 0; m < per; ++m) phi[std::size_t(m * plic::block + k)] = nodes(row, m);
      a[k] = vf(row), b[k] = 1 - a[k];
    }
    if (coarse)
      kernels.place(phi.data(), a, b);
    else
      kernels.match(phi.data(), a, b, plic::block, misfit);
    for (std::ptrdiff_t k = 0; k < std::min<std::ptrdiff_t>(plic::block, n - first); ++k)
      out(first + k) = phi[std::size_t(k)] - nodes(first + k, 0);
  }
}

} // namespace mirhydro
