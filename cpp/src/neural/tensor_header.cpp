#include "neural/tensor_header.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <limits>
#include <set>
#include <stdexcept>
#include <utility>

namespace mirhydro::neural {

namespace {

[[noreturn]] void refuse(const std::string& reason) { throw std::runtime_error(reason); }

/// Length of the UTF-8 sequence at the start of `s`, 0 where there is none: no overlong form, no surrogate, nothing
/// beyond U+10FFFF (The Unicode Standard, table 3-7).
std::size_t sequence(std::string_view s) {
  const auto byte = [&](std::size_t k) { return k < s.size() ? static_cast<unsigned char>(s[k]) : 0u; };
  const auto within = [&](std::size_t k, unsigned low, unsigned high) { return byte(k) >= low && byte(k) <= high; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return within(1, 0x80, 0xbf) ? 2 : 0;
  const unsigned low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const unsigned high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (first >= 0xe0 && first <= 0xef) return within(1, low, high) && within(2, 0x80, 0xbf) ? 3 : 0;
  if (first >= 0xf0 && first <= 0xf4)
    return within(1, low, high) && within(2, 0x80, 0xbf) && within(3, 0x80, 0xbf) ? 4 : 0;
  return 0;
}

void check_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = sequence(text.substr(at));
    if (length == 0) refuse("byte " + std::to_string(at) + " of the header is not UTF-8");
    at += length;
  }
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&](std::uint32_t value) { out += static_cast<char>(static_cast<unsigned char>(value)); };
  if (code < 0x80) return put(code);
  if (code < 0x800) put(0xc0 | code >> 6);
  if (code >= 0x800 && code < 0x10000) put(0xe0 | code >> 12);
  if (code >= 0x10000) put(0xf0 | code >> 18), put(0x80 | (code >> 12 & 0x3f));
  if (code >= 0x800) put(0x80 | (code >> 6 & 0x3f));
  put(0x80 | (code & 0x3f));
}

class Reader {
public:
  explicit Reader(std::string_view text) : text_(text) {}

  TensorHeader header() {
    if (text_.empty() || text_[0] != '{') refuse("the header does not begin with {");
    check_utf8(text_);
    TensorHeader result;
    bool metadata = false;
    std::set<std::string, std::less<>> names;
    members([&](std::string key) {
      if (key == "__metadata__") {
        if (std::exchange(metadata, true)) refuse("the header has __metadata__ twice");
        result.metadata = strings();
      } else {
        if (!names.insert(key).second) refuse("the header has the tensor \"" + key + "\" twice");
        result.tensors.push_back(tensor(std::move(key)));
      }
    });
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    if (at_ != text_.size()) unexpected("only spaces after the header");
    return result;
  }

private:
  [[noreturn]] void unexpected(const char* wanted) const {
    refuse("byte " + std::to_string(at_) + " of the header: " + wanted + " expected");
  }
  void blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }
  /// Whether the next character that is not blank is this one; if so, it is taken.
  bool take(char c) {
    blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void need(char c, const char* wanted) {
    if (!take(c)) unexpected(wanted);
  }

  /// An object; `each` is called behind every `key:` and reads the value.
  template <class Each> void members(Each&& each) {
    need('{', "{");
    if (take('}')) return;
    do {
      std::string key = string();
      need(':', ":");
      each(std::move(key));
    } while (take(','));
    need('}', "} or ,");
  }

  std::vector<std::pair<std::string, std::string>> strings() {
    std::vector<std::pair<std::string, std::string>> result;
    std::set<std::string, std::less<>> keys;
    members([&](std::string key) {
      if (!keys.insert(key).second) refuse("the metadata have the key \"" + key + "\" twice");
      std::string value = string();
      result.emplace_back(std::move(key), std::move(value));
    });
    return result;
  }

  TensorEntry tensor(std::string name) {
    TensorEntry entry;
    entry.name = std::move(name);
    std::array<bool, 3> seen{};
    const auto first = [&](std::size_t which, const std::string& key) {
      if (std::exchange(seen[which], true)) refuse("tensor \"" + entry.name + "\" has " + key + " twice");
    };
    members([&](const std::string& key) {
      if (key == "dtype") {
        first(0, key);
        entry.dtype = string();
      } else if (key == "shape") {
        first(1, key);
        entry.shape = numbers();
        if (entry.shape.size() > 16) refuse("tensor \"" + entry.name + "\" has more than 16 axes");
      } else if (key == "data_offsets") {
        first(2, key);
        const std::vector<std::uint64_t> ends = numbers();
        if (ends.size() != 2) refuse("tensor \"" + entry.name + "\": data_offsets are two numbers");
        entry.begin = ends[0], entry.end = ends[1];
      } else {
        refuse("tensor \"" + entry.name + "\" has the unknown key \"" + key + "\"");
      }
    });
    if (!seen[0] || !seen[1] || !seen[2]) refuse("tensor \"" + entry.name + "\" lacks dtype, shape or data_offsets");
    return entry;
  }

  std::vector<std::uint64_t> numbers() {
    std::vector<std::uint64_t> result;
    need('[', "[");
    if (take(']')) return result;
    do result.push_back(number());
    while (take(','));
    need(']', "] or ,");
    return result;
  }

  std::uint64_t number() {
    blanks();
    const std::size_t start = at_;
    std::uint64_t value = 0;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
      const auto digit = static_cast<std::uint64_t>(text_[at_] - '0');
      if (value > (std::numeric_limits<std::uint64_t>::max() - digit) / 10) unexpected("a number below 2^64");
      value = 10 * value + digit;
    }
    if (at_ == start || (text_[start] == '0' && at_ - start > 1)) unexpected("a whole number");
    return value;
  }

  std::uint32_t hexadecimal() {
    std::uint32_t value = 0;
    for (int k = 0; k < 4; ++k, ++at_) {
      const char c = at_ < text_.size() ? text_[at_] : '\0';
      const std::string_view digits = "0123456789abcdef";
      const char lower = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
      const std::size_t digit = digits.find(lower);
      if (digit == std::string_view::npos) unexpected("four hexadecimal digits");
      value = value << 4 | static_cast<std::uint32_t>(digit);
    }
    return value;
  }

  void escape(std::string& out) {
    const char c = at_ < text_.size() ? text_[at_++] : '\0';
    constexpr std::string_view letters = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
    if (const std::size_t which = letters.find(c); which != std::string_view::npos) {
      out += meanings[which];
      return;
    }
    if (c != 'u') unexpected("an escape that JSON knows");
    std::uint32_t code = hexadecimal();
    if (code >= 0xd800 && code < 0xdc00) { // the first half of a pair
      if (text_.substr(at_, 2) != "\\u") unexpected("the second half of a surrogate pair");
      at_ += 2;
      const std::uint32_t low = hexadecimal();
      if (low < 0xdc00 || low > 0xdfff) unexpected("the second half of a surrogate pair");
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    } else if (code >= 0xdc00 && code < 0xe000) {
      unexpected("the first half of a surrogate pair");
    }
    append_utf8(out, code);
  }

  std::string string() {
    need('"', "\"");
    std::string result;
    while (at_ < text_.size() && text_[at_] != '"') {
      const char c = text_[at_];
      if (static_cast<unsigned char>(c) < 0x20) unexpected("no control character inside a string");
      ++at_;
      c == '\\' ? escape(result) : result.push_back(c);
    }
    if (at_ >= text_.size()) unexpected("\"");
    ++at_;
    return result;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::uint64_t bytes_of(std::string_view dtype) {
  const auto any_of = [&](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), dtype) != names.end();
  };
  if (any_of({"BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3"})) return 1;
  if (any_of({"U16", "I16", "F16", "BF16"})) return 2;
  if (any_of({"U32", "I32", "F32"})) return 4;
  return any_of({"U64", "I64", "F64"}) ? 8 : 0;
}

} // namespace

TensorHeader parse_header(std::string_view text) { return Reader(text).header(); }

void check_ranges(TensorHeader& header, std::uint64_t data_bytes) {
  for (const TensorEntry& t : header.tensors) {
    const std::string who = "tensor \"" + t.name + "\"";
    std::uint64_t bytes = bytes_of(t.dtype);
    if (bytes == 0) refuse(who + " has the unknown dtype \"" + t.dtype + "\"");
    for (const std::uint64_t extent : t.shape)
      if (__builtin_mul_overflow(bytes, extent, &bytes)) refuse(who + ": its shape overflows");
    if (t.begin > t.end) refuse(who + " ends before it begins");
    if (t.end > data_bytes) refuse(who + " ends behind the file");
    if (t.end - t.begin != bytes)
      refuse(who + " has " + std::to_string(t.end - t.begin) + " bytes, its shape " + std::to_string(bytes));
  }
  std::sort(header.tensors.begin(), header.tensors.end(), [](const TensorEntry& a, const TensorEntry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::uint64_t reached = 0;
  for (const TensorEntry& t : header.tensors) {
    if (t.begin != reached)
      refuse("tensor \"" + t.name + "\" begins at byte " + std::to_string(t.begin) + " of the data, not at " +
             std::to_string(reached) + ": a hole or an overlap");
    reached = t.end;
  }
  if (reached != data_bytes)
    refuse(std::to_string(data_bytes - reached) + " bytes behind the last tensor belong to none");
}

} // namespace mirhydro::neural
