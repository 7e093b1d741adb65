#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mirhydro::neural {

/// One tensor as a safetensors header describes it; bytes [begin, end) of the data part.
struct TensorEntry {
  std::string name, dtype;
  std::vector<std::uint64_t> shape;
  std::uint64_t begin = 0, end = 0;
};

struct TensorHeader {
  std::vector<TensorEntry> tensors; ///< in the order of their bytes
  std::vector<std::pair<std::string, std::string>> metadata;
};

/// Reads the header's JSON, which is of one form only:
///   {"__metadata__": {string: string, ...}, name: {"dtype": string, "shape": [n, ...], "data_offsets": [n, n]}, ...}
/// Strict where JSON readers differ, and thereby of bounded depth: valid UTF-8, begins with `{`, only spaces after the
/// end, no key twice, whole numbers without sign, fraction or exponent.
/// @throws std::runtime_error with the reason
TensorHeader parse_header(std::string_view text);

/// The rules on what a header says, given the bytes of the data part: known types, products without overflow, sizes
/// that fit type and shape, ranges that follow each other without hole or overlap up to the very end. Sorts the
/// tensors.
/// @throws std::runtime_error with the reason
void check_ranges(TensorHeader& header, std::uint64_t data_bytes);

} // namespace mirhydro::neural
