#pragma once
// Model files of random nets, written by hand: the C++ tests need no Python.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "nets.hpp"
#include "neural/sha256.hpp"

namespace nets {

inline std::string file_text(const StencilNet& net) {
  std::string data, entries, hidden;
  const auto add = [&](const std::string& name, const std::string& shape, const std::vector<float>& values) {
    const std::size_t begin = data.size();
    data.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
    entries += ",\"" + name + R"(":{"dtype":"F32","shape":[)" + shape + "],\"data_offsets\":[" + std::to_string(begin) +
               "," + std::to_string(data.size()) + "]}";
  };
  for (std::size_t k = 0; k < net.dense().size(); ++k) {
    const DenseLayer& layer = net.dense()[k];
    const std::string name = "layer" + std::to_string(k), out = std::to_string(layer.outputs);
    add(name + ".weight", out + "," + std::to_string(layer.inputs), layer.weight);
    add(name + ".bias", out, layer.bias);
    if (k + 1 < net.dense().size()) hidden += (k > 0 ? "," : "") + out;
  }
  const auto* bytes = reinterpret_cast<const std::byte*>(data.data());
  const std::string metadata =
      R"("mirhydro":"1","architecture":"stencil_net","dtype":"F32","features":"1","stencil":"5","nodes":")" +
      std::to_string(net.nodes()) + R"(","inputs":")" + std::to_string(net.inputs()) + R"(","hidden":")" + hidden +
      R"(","checksum":")" + mirhydro::neural::sha256({bytes, data.size()}) + "\"";
  const std::string header = "{\"__metadata__\":{" + metadata + "}" + entries + "}";
  std::string text;
  for (std::size_t k = 0; k < 8; ++k) text += static_cast<char>(header.size() >> 8 * k & 0xff);
  return text + header + data;
}

/// A folder that goes away with its files.
class Folder {
public:
  Folder() {
    if (mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~Folder() {
    for (const std::string& file : files_) unlink(file.c_str());
    rmdir(path_.c_str());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path() const { return path_; }
  std::string write(const std::string& name, const std::string& text) {
    files_.push_back(path_ + "/" + name);
    std::ofstream(files_.back(), std::ios::binary) << text;
    return files_.back();
  }

private:
  std::string path_ = (std::filesystem::temp_directory_path() / "mirhydro-nets-XXXXXX").string();
  std::vector<std::string> files_;
};

} // namespace nets
