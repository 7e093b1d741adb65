#include "neural/model_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <system_error>

#include <mirhydro/error.hpp>

#include "neural/sha256.hpp"

namespace mirhydro::neural {

namespace {

static_assert(std::endian::native == std::endian::little, "safetensors hold little-endian numbers");

[[noreturn]] void refuse_file(const std::string& name, const std::string& reason) {
  throw Error(Status::bad_argument, "model file " + name + ": " + reason);
}

/// A descriptor that closes itself.
struct Descriptor {
  int number;
  explicit Descriptor(int number_) : number(number_) {}
  ~Descriptor() {
    if (number >= 0) close(number);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
};

std::string reason_of(int error) { return std::generic_category().message(error); }

const char* kind(mode_t mode) {
  if (S_ISDIR(mode)) return "it is a directory";
  if (S_ISFIFO(mode)) return "it is a pipe";
  if (S_ISSOCK(mode)) return "it is a socket";
  return S_ISREG(mode) ? "" : "it is a device";
}

std::vector<std::byte> whole_file(const std::string& path) {
  // NONBLOCK: opening a pipe that nobody writes must not wait
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.number < 0) refuse_file(path, reason_of(errno));
  struct stat status{};
  if (fstat(file.number, &status) != 0) refuse_file(path, reason_of(errno));
  if (const char* other = kind(status.st_mode); *other != '\0') refuse_file(path, other);
  if (status.st_size < 8) refuse_file(path, "it has " + std::to_string(status.st_size) + " bytes: no safetensors file");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > ModelFile::largest_file) refuse_file(path, "it has " + std::to_string(size) + " bytes: more than 256 MiB");
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t got = ::read(file.number, bytes.data() + at, bytes.size() - at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) refuse_file(path, reason_of(errno));
    if (got == 0) refuse_file(path, "it became shorter while it was read");
    at += static_cast<std::size_t>(got);
  }
  return bytes;
}

/// A half-precision number, exactly.
float widened(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const float sign = (bits & 0x8000) != 0 ? -1.f : 1.f;
  if (exponent == 31) return fraction == 0 ? sign * HUGE_VALF : std::nanf("");
  return sign * std::ldexp(float(exponent == 0 ? fraction : fraction + 1024), (exponent == 0 ? 1 : exponent) - 25);
}

std::string shape_text(const std::vector<std::uint64_t>& shape) {
  std::string s = "(";
  for (std::size_t d = 0; d < shape.size(); ++d) s += (d > 0 ? ", " : "") + std::to_string(shape[d]);
  return s + (shape.size() == 1 ? ",)" : ")");
}

} // namespace

void ModelFile::refuse(const std::string& reason) const { refuse_file(name_, reason); }

ModelFile ModelFile::read(const std::string& path) {
  if (path.find('\0') != std::string::npos) refuse_file(path.c_str(), "a zero byte in its name");
  return parse(path, whole_file(path));
}

ModelFile ModelFile::parse(std::string name, std::vector<std::byte> bytes) {
  ModelFile file(std::move(name), std::move(bytes));
  if (file.bytes_.size() < 8)
    file.refuse("it has " + std::to_string(file.bytes_.size()) + " bytes: no safetensors file");
  if (file.bytes_.size() > largest_file) file.refuse("more than 256 MiB");
  std::uint64_t length = 0;
  std::memcpy(&length, file.bytes_.data(), sizeof length);
  if (length > largest_header)
    file.refuse("its first 8 bytes give the header " + std::to_string(length) + " bytes: no safetensors file of ours");
  if (length > file.bytes_.size() - 8) file.refuse("it ends inside the header");
  file.data_begin_ = 8 + static_cast<std::size_t>(length);
  const std::string_view text(reinterpret_cast<const char*>(file.bytes_.data()) + 8, static_cast<std::size_t>(length));
  try {
    file.header_ = parse_header(text);
    check_ranges(file.header_, file.bytes_.size() - file.data_begin_);
  } catch (const std::runtime_error& error) {
    file.refuse(error.what());
  }
  file.check_metadata();
  return file;
}

void ModelFile::check_metadata() const {
  if (metadata("mirhydro").empty()) refuse("no \"mirhydro\" in its metadata: not a model file of mirhydro");
  if (metadata("mirhydro") != "1")
    refuse("it has version " + std::string(metadata("mirhydro")) + " of the format: this library reads version 1");
  const std::string found = sha256(data());
  if (metadata("checksum") != found)
    refuse("its data have the checksum " + found.substr(0, 12) + "..., its metadata say \"" +
           std::string(metadata("checksum").substr(0, 12)) + "...\": damaged or changed");
}

std::string_view ModelFile::metadata(std::string_view key) const noexcept {
  for (const auto& [name, value] : header_.metadata)
    if (name == key) return value;
  return {};
}

std::vector<int> ModelFile::numbers(std::string_view key, int least, int most) const {
  const std::string_view text = metadata(key);
  std::vector<int> result;
  const char *at = text.data(), *const end = text.data() + text.size();
  for (bool more = true; more;) {
    int value = 0;
    const auto [next, error] = std::from_chars(at, end, value);
    if (text.empty() || error != std::errc() || value < least || value > most || (next != end && *next != ','))
      refuse("metadata " + std::string(key) + " = \"" + std::string(text) + "\": whole numbers in [" +
             std::to_string(least) + ", " + std::to_string(most) + "]");
    result.push_back(value);
    more = next != end;
    at = next + (more ? 1 : 0);
  }
  return result;
}

int ModelFile::number(std::string_view key, int least, int most) const {
  const std::vector<int> all = numbers(key, least, most);
  if (all.size() != 1) refuse("metadata " + std::string(key) + " holds more than one number");
  return all[0];
}

std::vector<float> ModelFile::floats(std::string_view tensor, const std::vector<std::uint64_t>& shape) const {
  for (const TensorEntry& entry : header_.tensors) {
    if (entry.name != tensor) continue;
    const std::string who = "tensor \"" + entry.name + "\"";
    const std::string_view stored = metadata("dtype"); // one for all
    if (entry.dtype != "F32" && (entry.dtype != "F16" || stored != "F16"))
      refuse(who + " has dtype " + entry.dtype + ", not F32" + (stored == "F16" ? " or F16" : ""));
    if (entry.shape != shape) refuse(who + " has the shape " + shape_text(entry.shape) + ", not " + shape_text(shape));
    const std::byte* const from = data().data() + entry.begin;
    const bool half = entry.dtype == "F16";
    std::vector<float> values(static_cast<std::size_t>(entry.end - entry.begin) / (half ? 2 : sizeof(float)));
    if (!half && !values.empty()) std::memcpy(values.data(), from, values.size() * sizeof(float));
    for (std::size_t k = 0; half && k < values.size(); ++k) {
      std::uint16_t bits;
      std::memcpy(&bits, from + 2 * k, sizeof bits);
      values[k] = widened(bits);
    }
    for (std::size_t k = 0; k < values.size(); ++k)
      if (!std::isfinite(values[k])) refuse(who + ": element " + std::to_string(k) + " is not finite");
    return values;
  }
  refuse("no tensor \"" + std::string(tensor) + "\"");
}

} // namespace mirhydro::neural
