// libFuzzer on the reader of model files: cmake -DMIRHYDRO_FUZZ=ON -DCMAKE_CXX_COMPILER=clang++ ..., then
//   fuzz_model_file -max_len=4096 -max_total_time=60 CORPUS
// with a model file in CORPUS to start from. The checksum is put right before the reader sees it: a fuzzer will not
// find SHA-256 by chance, and what lies behind it is to be seen, too.
#include <cstring>
#include <string>

#include <mirhydro/error.hpp>

#include "neural/autoencoder.hpp"
#include "neural/model_file.hpp"
#include "neural/sha256.hpp"
#include "neural/stencil_net.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto* begin = reinterpret_cast<const std::byte*>(data);
  std::vector<std::byte> bytes(begin, begin + size);
  std::uint64_t length = 0;
  if (size >= 8) std::memcpy(&length, data, 8);
  if (size >= 8 && length <= size - 8) {
    const std::string_view key = "\"checksum\":\"", header(reinterpret_cast<const char*>(data) + 8, length);
    const std::size_t at = header.find(key);
    if (at != std::string_view::npos && at + key.size() + 64 <= length) {
      const std::string sum = mirhydro::neural::sha256(std::span(bytes).subspan(8 + length));
      std::memcpy(bytes.data() + 8 + at + key.size(), sum.data(), 64);
    }
  }
  try {
    const auto file = mirhydro::neural::ModelFile::parse("fuzz", std::move(bytes));
    if (file.metadata("architecture") == "autoencoder") {
      const mirhydro::neural::Autoencoder net(file);
      if (net.shape().channels < 1 || net.encoder().empty()) __builtin_trap();
    } else {
      const mirhydro::neural::StencilNet net(file);
      if (net.inputs() < 1 || net.outputs() < 10) __builtin_trap();
    }
  } catch (const mirhydro::Error&) {
  }
  return 0;
}
