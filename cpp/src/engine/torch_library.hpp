#pragma once
#include <memory>
#include <string>

#include "engine/runner.hpp"

namespace mirhydro::engine {

/// A model that the torch engine is asked to run: weights of ours, or a TorchScript file.
struct TorchModel {
  const neural::StencilNet* net = nullptr;
  std::string script;
  const neural::Autoencoder* autoencoder = nullptr;
};

/// What libmirhydro_torch exports under this name. Both libraries come from one build: `version` says so.
struct TorchLibrary {
  const char* version;
  std::shared_ptr<Runner> (*make)(const TorchModel& model, const EngineOptions& options);
  const char* (*torch_version)(); ///< of the LibTorch that was loaded
};
inline constexpr const char* torch_library_symbol = "mirhydro_torch_library";

/// Loads libmirhydro_torch, which lies beside libmirhydro, and with it LibTorch. Once it is there it stays.
/// @throws Error saying what is missing and what to do
const TorchLibrary& torch_library();

} // namespace mirhydro::engine
