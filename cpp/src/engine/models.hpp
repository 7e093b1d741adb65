#pragma once
#include <string>

namespace mirhydro::engine {

/// Path of a model: the file itself, or where a model of that name lies. @throws Error naming the folders searched
std::string model_path(const std::string& model);

} // namespace mirhydro::engine
