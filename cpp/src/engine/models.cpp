#include "engine/models.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <vector>

#include <mirhydro/engine.hpp>
#include <mirhydro/error.hpp>

namespace mirhydro {

namespace engine {

namespace {

namespace fs = std::filesystem;
constexpr std::string_view suffix = ".safetensors";

/// Folders that hold models: those that the host names, or else the library's own, found from where it was loaded, so
/// that a moved copy finds its own: <package>/lib/libmirhydro.so has <package>/models, an installed prefix
/// <prefix>/share/mirhydro/models.
std::vector<fs::path> folders() {
  if (const char* named = std::getenv("MIRHYDRO_MODELS"); named != nullptr && *named != '\0') {
    std::vector<fs::path> result;
    for (std::string_view rest = named; !rest.empty();) {
      const std::size_t end = std::min(rest.find(':'), rest.size());
      if (end > 0) result.emplace_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return result;
  }
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&models), &info) == 0 || info.dli_fname == nullptr) return {};
  std::error_code ignored;
  fs::path library = fs::canonical(info.dli_fname, ignored);
  if (ignored) library = info.dli_fname;
  const fs::path above = library.parent_path().parent_path();
  const fs::path installed = fs::path("share") / "mirhydro" / "models";
  std::vector<fs::path> result{above / "models", above / installed,
                               above.parent_path() / installed}; // lib, or lib/x86_64-linux-gnu
#if defined(MIRHYDRO_STATIC_DATA)                                // inside a program, wherever that lies
  result.push_back(fs::path(MIRHYDRO_STATIC_DATA) / "models");
#endif
  return result;
}

/// A name has letters, digits, - and _ only: everything else is a path.
bool is_name(std::string_view model) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !model.empty() && std::all_of(model.begin(), model.end(), plain);
}

} // namespace

std::string model_path(const std::string& model) {
  if (model.empty()) throw Error(Status::bad_argument, "model = \"\": a name, or the path of a model file");
  if (!is_name(model)) return model;
  std::string searched;
  for (const fs::path& folder : folders()) {
    const fs::path path = folder / (model + std::string(suffix));
    std::error_code ignored;
    if (fs::exists(path, ignored)) return path.string();
    searched += (searched.empty() ? "" : ", ") + folder.string();
  }
  throw Error(Status::bad_argument, "model = \"" + model + "\": no " + model + std::string(suffix) + " in " +
                                        (searched.empty() ? "any folder" : searched) + "; a path has a dot or a slash");
}

} // namespace engine

std::vector<std::string> models() {
  std::vector<std::string> names;
  for (const auto& folder : engine::folders()) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored))
      if (entry.path().extension() == engine::suffix && engine::is_name(entry.path().stem().string()))
        names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

} // namespace mirhydro
