#pragma once
#include <cstdint>
#include <type_traits>

#include <mirhydro/mirhydro.h>
#include <mirhydro/view.hpp>

namespace mirhydro::c_api {

template <class T> constexpr std::int32_t dtype_of();
template <> constexpr std::int32_t dtype_of<double>() { return MIRHYDRO_FLOAT64; }
template <> constexpr std::int32_t dtype_of<float>() { return MIRHYDRO_FLOAT32; }
template <> constexpr std::int32_t dtype_of<std::int32_t>() { return MIRHYDRO_INT32; }
template <> constexpr std::int32_t dtype_of<std::int64_t>() { return MIRHYDRO_INT64; }
template <> constexpr std::int32_t dtype_of<bool>() { return MIRHYDRO_BOOL; }

/// What an array must be to be used in place.
struct Wanted {
  const char* name;
  std::int32_t dtype, rank, size; // size: bytes of an element
  bool written;
};
/// Refuses NULL, another dtype or rank, extents and strides that no memory holds, elements that are not aligned, and
/// where the library writes, two elements in one place.
void check(const mirhydro_view* view, const Wanted& wanted);

/// The caller's own memory; nothing is ever converted or copied.
template <class T, int Rank> View<T, Rank> view(const mirhydro_view* v, const char* name) {
  static_assert(Rank <= MIRHYDRO_MAX_RANK);
  check(v, {name, dtype_of<std::remove_const_t<T>>(), Rank, sizeof(T), !std::is_const_v<T>});
  View<T, Rank> result;
  result.data = static_cast<T*>(v->data);
  for (std::size_t d = 0; d < Rank; ++d) result.extent[d] = v->extent[d], result.stride[d] = v->stride[d];
  return result;
}

/// (ny, nx) bytes that are 0 or 1, or nothing.
View<const bool, 2> mask(const mirhydro_view* v, const char* name);

} // namespace mirhydro::c_api
