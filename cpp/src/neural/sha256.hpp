#pragma once
#include <cstddef>
#include <span>
#include <string>

namespace mirhydro::neural {

/// SHA-256 (FIPS 180-4) in lower-case hexadecimal.
std::string sha256(std::span<const std::byte> data);

} // namespace mirhydro::neural
