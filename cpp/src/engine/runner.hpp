#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <mirhydro/engine.hpp>
#include <mirhydro/view.hpp>

#include "engine/device_block.hpp"
#include "neural/autoencoder.hpp"
#include "neural/stencil_net.hpp"

namespace mirhydro::engine {

/// What an engine must answer. Const and reentrant. Header only: libmirhydro_torch derives from it without linking the
/// library's inside.
struct Runner {
  virtual ~Runner() = default;
  /// Extents are right, n > 0. Raw: a NaN is an output like others, and reconstruction keeps the base curve there.
  virtual void infer(View<const float, 2> batch, View<float, 2> out) const = 0;
  /// The same on arrays of the runner's own device, as DLPack tensors (DLManagedTensor*), which it takes over.
  /// @throws Error where the runner sees no device
  virtual void infer_dlpack(void* batch, void* out) const = 0;
  /// Mixed cells of fractions on the runner's own device, a DLPack tensor that it takes over, reconstructed there by a
  /// net of stencils; null where the runner sees no device, and then it takes nothing over.
  virtual std::shared_ptr<const DeviceBlock> reconstruct(const DeviceRules&, void* /*vf*/) const { return nullptr; }
  virtual std::string description() const = 0;
  /// Whether a NaN for finite inputs is an error of the model (and not excluded by the check of its weights).
  virtual bool may_fail() const noexcept { return false; }
  /// The net, where the native engine runs it: for the fused path.
  virtual const neural::StencilNet* stencil_net() const noexcept { return nullptr; }
  /// The autoencoder that it runs, if it runs one of ours.
  virtual const neural::Autoencoder* autoencoder() const noexcept { return nullptr; }
  /// Tiles (n, 64) painted, run and read at the nodes (n, (K+1)^2) of their cell in one pass; false where this engine
  /// has no such pass, and nothing is written.
  virtual bool infer_tiles(View<const float, 2>, View<float, 2>) const { return false; }

  std::string model;
  EngineOptions options;
  std::vector<std::ptrdiff_t> input_shape, output_shape;
};

} // namespace mirhydro::engine
