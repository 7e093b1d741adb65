#pragma once
#include <memory>

#include "engine/runner.hpp"

namespace mirhydro::engine::native {

/// A net of ours on the processor.
std::shared_ptr<Runner> native_engine(neural::StencilNet net, const EngineOptions& options);

} // namespace mirhydro::engine::native
