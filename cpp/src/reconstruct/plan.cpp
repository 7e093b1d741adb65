#include "reconstruct/plan.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "neural/net_block.hpp"
#include "reconstruct/text.hpp"

namespace mirhydro::reconstruct {

namespace {

constexpr std::pair<std::string_view, plic::Method> table[] = {
    {"youngs", plic::Method::youngs}, {"myc", plic::Method::myc},
    {"elvira", plic::Method::elvira}, {"lvira", plic::Method::lvira},
    {"mof", plic::Method::mof},       {"ppic", plic::Method::ppic},
    {"neural", plic::Method::neural}, {"autoencoder", plic::Method::autoencoder}};

plic::Method method_named(std::string_view name) {
  std::string known;
  for (const auto& [key, method] : table) {
    if (key == name) return method;
    known += (known.empty() ? "" : ", ") + std::string(key);
  }
  for (const std::string& model : models()) // a shipped net by its own name
    if (model == name)
      for (const auto& [key, value] : describe_model(model).metadata)
        if (key == "architecture") return value == "autoencoder" ? plic::Method::autoencoder : plic::Method::neural;
  refuse("method = \"" + std::string(name) + "\": one of " + known);
}

void check_spacing(const char* axis, const std::vector<double>& spacing) {
  if (spacing.empty()) refuse(std::string("spacing along ") + axis + " is empty: one width, or one per cell");
  for (std::size_t k = 0; k < spacing.size(); ++k)
    if (!(spacing[k] > 0) || !std::isfinite(spacing[k]))
      refuse(std::string("spacing along ") + axis + " " + at(std::ptrdiff_t(k)) + " = " + text(spacing[k]) +
             ": widths are positive");
}

} // namespace

Plan::Plan(std::string_view name_, const Options& options_)
    : name(name_), method(method_named(name_)), options(options_),
      threads(std::make_shared<const Threads>(std::max(options_.threads, 1))) {
  if (options.threads < 1) refuse("threads = " + text(std::ptrdiff_t(options.threads)) + ": at least 1");
  if (!(options.eps >= 0 && options.eps <= .01)) refuse("eps = " + text(options.eps) + ": lies in [0, 0.01]");
  if (options.ghost < 0) refuse("ghost = " + text(std::ptrdiff_t(options.ghost)) + ": 0 or more layers");
  if (has_net()) load_net();
  const int K = options.nodes;
  if (K != 1 && K != 2 && K != 3 && K != 4 && K != 8)
    refuse("nodes = " + text(std::ptrdiff_t(K)) + ": 1, 2, 3, 4 or 8");
  if (shares_nodes() && method == plic::Method::mof)
    refuse("share_nodes: the lines of mof come from centroids, not from a stencil of fractions; other methods share");
  check_spacing("x", options.spacing_x);
  check_spacing("y", options.spacing_y);
  for (const int low : {0, 2}) {
    const auto side = static_cast<std::size_t>(low);
    if ((options.boundary[side] == Boundary::periodic) != (options.boundary[side + 1] == Boundary::periodic))
      refuse("boundary: both sides of an axis are periodic, or none");
  }
  std::vector<int> sorted = options.order;
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t k = 0; k < sorted.size(); ++k)
    if (sorted[k] != int(k))
      refuse("order: every material from 0 to nmat - 1 once, but " + text(std::ptrdiff_t(k)) + " is missing");
}

void Plan::load_net() {
  const std::string model = options.model.empty() ? name : options.model;
  options.engine.threads = 1; // the reconstructor's own share the cells
  engine.emplace(model, options.engine);
  has_tiles() ? check_autoencoder(model) : check_net(model);
}

void Plan::check_net(const std::string& model) {
  const std::ptrdiff_t inputs = engine->input_shape().front(), outputs = engine->output_shape().front();
  const neural::StencilNet* const of_ours = net();
  const bool other = of_ours != nullptr && (of_ours->features() != 1 || of_ours->stencil() != 5);
  if (engine->input_shape().size() != 1 || inputs != neural::feature_count || other)
    refuse("model = \"" + model + "\": a net of " + text(inputs) + " inputs, not of the " +
           text(std::ptrdiff_t(neural::feature_count)) + " features (version 1) of a stencil of 5");
  options.nodes = 0;
  for (const int K : {2, 3, 4})
    if (outputs == (K + 1) * (K + 1) + 1) options.nodes = K;
  if (options.nodes == 0)
    refuse("model = \"" + model + "\": " + text(outputs) + " outputs, not 10, 17 or 26 (nodes and a weight)");
}

void Plan::check_autoencoder(const std::string& model) {
  const neural::Autoencoder* const of_ours = engine->runner().autoencoder();
  if (of_ours == nullptr) refuse("model = \"" + model + "\": no autoencoder of ours, whose images are 64 x 64");
  if (of_ours->nodes() != 2 && of_ours->nodes() != 4)
    refuse("model = \"" + model + "\": read at " + text(std::ptrdiff_t(of_ours->nodes())) +
           " nodes along a cell, not at 2 or 4");
  options.nodes = of_ours->nodes();
  is_image_ = !of_ours->corrects_base();
}

void Plan::check(std::ptrdiff_t nmat, std::ptrdiff_t ny, std::ptrdiff_t nx) const {
  if (nmat < 1 || nmat > 65535) refuse("vf has " + text(nmat) + " materials: 1 to 65535");
  if (ny < 1 || nx < 1) refuse("vf has " + text(ny) + " rows of " + text(nx) + " cells: at least one cell");
  if (ny > 2147483647 || nx > 2147483647) refuse("vf has more than 2147483647 cells along an axis");
  const auto fits = [](const char* axis, const std::vector<double>& spacing, std::ptrdiff_t n) {
    if (spacing.size() > 1 && std::ptrdiff_t(spacing.size()) != n)
      refuse(std::string("spacing along ") + axis + " has " + text(std::ptrdiff_t(spacing.size())) +
             " widths, vf has " + text(n) + " cells");
  };
  fits("x", options.spacing_x, nx);
  fits("y", options.spacing_y, ny);
  if (!options.order.empty() && std::ptrdiff_t(options.order.size()) != nmat)
    refuse("order has " + text(std::ptrdiff_t(options.order.size())) + " materials, vf has " + text(nmat));
  if (2 * options.ghost >= std::min(ny, nx) && options.ghost > 0)
    refuse("ghost = " + text(std::ptrdiff_t(options.ghost)) + " layers leave no cell of vf's " + text(ny) + " x " +
           text(nx));
}

} // namespace mirhydro::reconstruct

namespace mirhydro {
std::vector<std::string> methods() {
  std::vector<std::string> names;
  for (const auto& [name, method] : reconstruct::table) names.emplace_back(name);
  return names;
}
} // namespace mirhydro
