#include "engine/torch_library.hpp"

#include <dlfcn.h>

#include <filesystem>

#include <mirhydro/error.hpp>
#include <mirhydro/version.hpp>

namespace mirhydro::engine {

namespace {

std::string library_path() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&models), &info) == 0 || info.dli_fname == nullptr) return {};
  std::error_code ignored;
  const auto library = std::filesystem::canonical(info.dli_fname, ignored);
  if (ignored) return {};
  return (library.parent_path() / "libmirhydro_torch.so").string();
}

[[noreturn]] void refuse(const std::string& reason) {
  throw Error(Status::bad_argument, "engine = \"torch\": " + reason);
}

} // namespace

const TorchLibrary& torch_library() {
  // not a static: a failure may be cured (by loading LibTorch first) and tried again. dlopen counts, locks and is
  // cheap.
  const std::string path = library_path();
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    refuse("this copy of mirhydro was built without it (no " + path +
           "). Install torch==2.13.0, then build mirhydro again; -DMIRHYDRO_TORCH=ON says why where it is not found");
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* reason = dlerror();
    refuse(std::string("LibTorch cannot be loaded: ") + (reason != nullptr ? reason : "no reason given"));
  }
  const auto* found = static_cast<const TorchLibrary*>(dlsym(library, torch_library_symbol));
  if (found == nullptr || std::string(found->version) != MIRHYDRO_VERSION)
    refuse(path + " belongs to another version of mirhydro");
  return *found;
}

} // namespace mirhydro::engine
