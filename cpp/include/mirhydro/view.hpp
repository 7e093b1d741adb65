#pragma once
#include <array>
#include <cstddef>

namespace mirhydro {

/// A host's array seen in place: pointer, extents and strides (both in elements). Owns nothing; a negative or zero
/// stride is as good as any other. The last axis is the fastest in a C-ordered array; Fortran's `(nx, ny, nmat)` is
/// the same memory as `(nmat, ny, nx)` here.
template <class T, int Rank> struct View {
  T* data = nullptr;
  std::array<std::ptrdiff_t, Rank> extent{};
  std::array<std::ptrdiff_t, Rank> stride{};

  View() = default;
  View(T* data_, const std::array<std::ptrdiff_t, Rank>& extent_, const std::array<std::ptrdiff_t, Rank>& stride_)
      : data(data_), extent(extent_), stride(stride_) {}
  /// A dense C-ordered array.
  View(T* data_, const std::array<std::ptrdiff_t, Rank>& extent_) : data(data_), extent(extent_) {
    std::ptrdiff_t step = 1;
    for (std::size_t d = Rank; d-- > 0;) {
      stride[d] = step;
      step *= extent[d];
    }
  }
  /// Reading through a view of writable memory.
  operator View<const T, Rank>() const { return {data, extent, stride}; }

  template <class... Index> T& operator()(Index... index) const {
    static_assert(sizeof...(Index) == Rank, "one index per axis");
    const std::array<std::ptrdiff_t, Rank> at{static_cast<std::ptrdiff_t>(index)...};
    std::ptrdiff_t offset = 0;
    for (std::size_t d = 0; d < Rank; ++d) offset += at[d] * stride[d];
    return data[offset];
  }
  explicit operator bool() const { return data != nullptr; }
};

} // namespace mirhydro
