#pragma once
// What errors say: numbers, cells, extents.
#include <array>
#include <cstddef>
#include <string>
#include <tuple>

#include <mirhydro/error.hpp>

namespace mirhydro::words {

/// A number with all its digits, whatever the locale.
std::string text(double value);
std::string text(std::ptrdiff_t value);
/// "[1, 3, 4]"
template <class... Index> std::string at(Index... index) {
  std::string s = "[";
  ((s += (s.size() > 1 ? ", " : "") + text(std::ptrdiff_t(index))), ...);
  return s + "]";
}
/// The same for the extents of an array.
template <std::size_t Rank> std::string shape(const std::array<std::ptrdiff_t, Rank>& extent) {
  return std::apply([](auto... n) { return at(n...); }, extent);
}
[[noreturn]] void refuse(const std::string& why);

} // namespace mirhydro::words
