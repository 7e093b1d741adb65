#pragma once
#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>

#include "engine/device_block.hpp"

namespace mirhydro::engine::torch_engine {

/// Outputs (n, outputs) of a net for its features (n, 55), float32, on their device.
using Net = std::function<at::Tensor(const at::Tensor& features)>;

/// Reconstructs the mixed cells of vf, (2, ny, nx) or (ny, nx), on its device: search, base curves, net, shared nodes
/// and exact offsets as tensor operations, from the formulas of the native kernels.
/// @throws Error naming argument, cell and value
std::shared_ptr<const DeviceBlock> make_block(const DeviceRules& rules, const at::Tensor& vf, const Net& net);

} // namespace mirhydro::engine::torch_engine
