#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "neural/tensor_header.hpp"

namespace mirhydro::neural {

/// A model file: safetensors with what we ask of its metadata. Never trusted: whatever stands in the file, reading it
/// ends in a checked model or in an Error that names file and reason, in bounded memory and time.
class ModelFile {
public:
  static constexpr std::size_t largest_file = std::size_t(256) << 20, largest_header = std::size_t(1) << 20;

  /// Reads the whole of a regular file (no map: the file may change under it).
  static ModelFile read(const std::string& path);
  /// The same from memory; `name` stands for the file in errors.
  static ModelFile parse(std::string name, std::vector<std::byte> bytes);

  const std::string& name() const noexcept { return name_; }
  /// Metadata under a key. The view is empty where there is none; so is an empty text.
  std::string_view metadata(std::string_view key) const noexcept;
  const std::vector<std::pair<std::string, std::string>>& all_metadata() const noexcept { return header_.metadata; }
  /// A whole number in the metadata. @throws Error where it is none or lies outside [least, most]
  int number(std::string_view key, int least, int most) const;
  /// Whole numbers separated by commas. @throws Error as number()
  std::vector<int> numbers(std::string_view key, int least, int most) const;
  const std::vector<TensorEntry>& tensors() const noexcept { return header_.tensors; }
  /// A float32 tensor of just this shape, all values finite; where the metadata's dtype is F16 it may be stored in half
  /// precision. @throws Error
  std::vector<float> floats(std::string_view tensor, const std::vector<std::uint64_t>& shape) const;
  [[noreturn]] void refuse(const std::string& reason) const;

private:
  ModelFile(std::string name, std::vector<std::byte> bytes) : name_(std::move(name)), bytes_(std::move(bytes)) {}
  std::span<const std::byte> data() const noexcept { return std::span(bytes_).subspan(data_begin_); }
  void check_metadata() const;

  std::string name_;
  std::vector<std::byte> bytes_;
  std::size_t data_begin_ = 0;
  TensorHeader header_;
};

} // namespace mirhydro::neural
