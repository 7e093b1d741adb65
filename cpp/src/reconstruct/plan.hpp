#pragma once
#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include <mirhydro/reconstructor.hpp>

#include "engine/runner.hpp"
#include "neural/stencil_net.hpp"
#include "plic/kernels.hpp"
#include "reconstruct/threads.hpp"

namespace mirhydro::reconstruct {

/// A method with its options, checked.
struct Plan {
  Plan(std::string_view name, const Options& options);

  /// Options that only a call can check: spacing and order against the field.
  void check(std::ptrdiff_t nmat, std::ptrdiff_t ny, std::ptrdiff_t nx) const;
  bool stretched() const { return options.spacing_x.size() > 1 || options.spacing_y.size() > 1; }
  double width_x(std::ptrdiff_t i) const { return width(options.spacing_x, i); }
  double width_y(std::ptrdiff_t j) const { return width(options.spacing_y, j); }

  std::string name;
  plic::Method method;
  Options options;
  std::shared_ptr<const Threads> threads;
  std::optional<Engine> engine; ///< of neural
  /// Its net, where it runs in the pass that finds the cells.
  const neural::StencilNet* net() const { return engine ? engine->runner().stencil_net() : nullptr; }

  static constexpr double tolerance = 1e-8; ///< how far from a fraction field an input in double may be
  /// ... and one in T: a host in single precision cannot keep its sums closer than this.
  template <class T> static double tolerance_of(std::ptrdiff_t nmat) {
    return std::max(tolerance, double(nmat) * double(std::numeric_limits<T>::epsilon()));
  }

  bool shares_nodes() const { return options.share_nodes.value_or(has_curves()); }
  /// Whether the method itself draws level sets, not lines.
  bool has_curves() const { return method == plic::Method::ppic || has_net(); }
  bool has_net() const { return method == plic::Method::neural || has_tiles(); }
  /// Whether the net reads images of tiles, not stencils.
  bool has_tiles() const { return method == plic::Method::autoencoder; }
  /// Whether what it says is added to the base curve, not the curve itself.
  bool corrects_base() const { return !is_image_; }
  bool is_level_set() const { return has_curves() || shares_nodes(); }
  /// Of the stencil.
  int radius() const { return has_tiles() ? 4 : is_level_set() ? 2 : 1; }
  /// Layers at the edge of a haloed array whose cells are not reconstructed: stencils or neighbours are missing.
  int rim() const { return radius() + (shares_nodes() ? 1 : 0); }

private:
  void load_net();
  void check_net(const std::string& model);
  void check_autoencoder(const std::string& model);
  bool is_image_ = false;
  static double width(const std::vector<double>& spacing, std::ptrdiff_t k) {
    return spacing[spacing.size() > 1 ? static_cast<std::size_t>(k) : 0];
  }
};

} // namespace mirhydro::reconstruct
