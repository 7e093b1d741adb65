#pragma once
// Arrays of a host for the C face, in any order, with gaps and backwards, that know what of them may be written.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include <mirhydro/mirhydro.h>

namespace guarded {

/// Numbers drawn from a string of bytes; 0 once it is used up.
class Bytes {
public:
  Bytes(const unsigned char* data, std::size_t size) : data_(data), left_(size) {}
  bool empty() const { return left_ == 0; }
  unsigned byte() {
    if (left_ == 0) return 0;
    --left_;
    return *data_++;
  }
  /// 0 .. n - 1; n at most 256.
  int below(int n) { return int(byte()) % n; }
  bool one_in(int n) { return below(n) == n - 1; }
  std::uint64_t word() {
    std::uint64_t w = 0;
    for (int k = 0; k < 8; ++k) w = w << 8 | byte();
    return w;
  }
  double unit() { return double(byte() << 8 | byte()) / 65535; }
  /// Anything that a double can be, what hurts most of all.
  double wild() {
    constexpr double some[] = {NAN,  INFINITY, -INFINITY, -0.,  5e-324, 1e-300,      1e-13, -1e-12, .5,
                               1e10, 1e300,    -1e300,    -.25, 1.5,    1 + 2.3e-16, 1,     2,      -1};
    const int k = below(int(std::size(some)) + 2);
    if (k < int(std::size(some))) return some[k];
    const std::uint64_t bits = word();
    double value;
    std::memcpy(&value, &bits, 8);
    return value;
  }

private:
  const unsigned char* data_;
  std::size_t left_;
};

constexpr unsigned char untouched = 0xf5; ///< as a double -1e260, as an int -168430091: nothing that the library writes

template <class T> constexpr std::int32_t dtype = 0;
template <> constexpr std::int32_t dtype<double> = MIRHYDRO_FLOAT64;
template <> constexpr std::int32_t dtype<float> = MIRHYDRO_FLOAT32;
template <> constexpr std::int32_t dtype<std::int32_t> = MIRHYDRO_INT32;
template <> constexpr std::int32_t dtype<std::int64_t> = MIRHYDRO_INT64;
template <> constexpr std::int32_t dtype<unsigned char> = MIRHYDRO_BOOL;

template <class T> class Array {
public:
  /// Strides are drawn: the axes in any order, gaps between them, each in either direction.
  Array(Bytes& bytes, std::vector<std::int64_t> extent) : extent_(std::move(extent)) {
    const std::size_t rank = extent_.size();
    std::array<std::size_t, MIRHYDRO_MAX_RANK> order{0, 1, 2, 3};
    const bool dense = bytes.below(2) == 0;
    for (std::size_t d = 0; d < rank && !dense; ++d) std::swap(order[d], order[std::size_t(bytes.below(int(rank)))]);
    view_ = {nullptr, dtype<T>, std::int32_t(rank), {}, {}};
    std::int64_t step = 1, first = margin;
    for (std::size_t k = rank; k-- > 0;) {
      const std::size_t d = order[k];
      const std::int64_t n = view_.extent[d] = extent_[d];
      if (!dense) step += bytes.below(4) == 3 ? bytes.below(3) : 0;
      const bool backwards = !dense && bytes.below(4) == 3;
      view_.stride[d] = backwards ? -step : step;
      if (backwards && n > 0) first += step * (n - 1);
      step *= std::max<std::int64_t>(n, 1);
    }
    memory_.assign(std::size_t(step + 2 * margin) * sizeof(T), untouched);
    view_.data = memory_.data() + std::size_t(first) * sizeof(T);
    before_ = memory_;
  }

  /// What the host shows; keep() after the elements have been set.
  const mirhydro_view& view() const { return view_; }
  void keep() { before_ = memory_; }
  std::int64_t size() const {
    std::int64_t n = 1;
    for (const std::int64_t e : extent_) n *= e;
    return n;
  }
  /// Element k in C's order.
  T get(std::int64_t k) const {
    T value;
    std::memcpy(&value, memory_.data() + at(k), sizeof value);
    return value;
  }
  void set(std::int64_t k, T value) { std::memcpy(memory_.data() + at(k), &value, sizeof value); }

  bool is_untouched() const { return memory_ == before_; }
  /// Every element was written, and nothing beside them.
  bool is_filled() const {
    std::vector<unsigned char> rest = memory_;
    T nothing;
    std::memset(&nothing, untouched, sizeof nothing);
    for (std::int64_t k = 0; k < size(); ++k) {
      const T value = get(k);
      if (std::memcmp(&value, &nothing, sizeof value) == 0) return false;
      std::memcpy(rest.data() + at(k), &nothing, sizeof nothing);
    }
    return rest == before_;
  }

private:
  static constexpr std::int64_t margin = 4;

  std::size_t at(std::int64_t k) const {
    std::int64_t offset = 0;
    for (std::size_t d = extent_.size(); d-- > 0;) {
      offset += k % extent_[d] * view_.stride[d];
      k /= extent_[d];
    }
    const std::ptrdiff_t first = static_cast<const unsigned char*>(view_.data) - memory_.data();
    return std::size_t(first + offset * std::int64_t(sizeof(T)));
  }

  std::vector<std::int64_t> extent_;
  mirhydro_view view_;
  std::vector<unsigned char> memory_, before_;
};

/// A view that a careless host might pass: mostly right.
inline mirhydro_view misread(Bytes& bytes, mirhydro_view v, bool& is_right) {
  if (!bytes.one_in(32)) return v;
  is_right = false;
  const int axis = bytes.below(v.rank);
  switch (bytes.below(7)) {
  case 0: v.dtype = v.dtype == MIRHYDRO_FLOAT32 ? MIRHYDRO_INT32 : bytes.below(9) - 1; break; // never a larger one
  case 1: v.rank = bytes.below(8) - 1; break;
  case 2: v.extent[axis] -= 1; break;
  case 3: v.extent[axis] = -1 - bytes.below(3); break;
  case 4: v.extent[axis] = INT64_MAX, v.stride[axis] = 2 + bytes.below(2) * (INT64_MAX / 4); break;
  case 5: v.data = static_cast<char*>(v.data) + 1 + bytes.below(3); break;
  default: v.data = nullptr;
  }
  return v;
}

} // namespace guarded
