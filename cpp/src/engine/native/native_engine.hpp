#pragma once
#include <memory>

#include "engine/runner.hpp"

namespace mirhydro::engine::native {

/// A net of ours on the processor.
std::shared_ptr<Runner> native_engine(neural::StencilNet net, const EngineOptions& options);
/// An autoencoder. @throws Error where another precision than float32 is asked for
std::shared_ptr<Runner> autoencoder_engine(neural::Autoencoder net, const EngineOptions& options);

} // namespace mirhydro::engine::native
