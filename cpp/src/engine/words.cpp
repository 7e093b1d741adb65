#include "engine/words.hpp"

#include <charconv>
#include <cmath>

namespace mirhydro::words {

namespace {
template <class T> std::string digits(T value) {
  char buffer[32];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  return error == std::errc() ? std::string(buffer, end) : "?";
}
} // namespace

std::string text(double value) { return std::isnan(value) ? "nan" : digits(value); }
std::string text(std::ptrdiff_t value) { return digits(value); }
void refuse(const std::string& why) { throw Error(Status::bad_argument, why); }

} // namespace mirhydro::words
