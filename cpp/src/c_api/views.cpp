#include "c_api/views.hpp"

#include <array>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>

#include "c_api/handles.hpp"

namespace mirhydro::c_api {

namespace {

std::string dtype_name(std::int32_t dtype) {
  switch (dtype) {
  case MIRHYDRO_FLOAT64: return "float64";
  case MIRHYDRO_FLOAT32: return "float32";
  case MIRHYDRO_INT32: return "int32";
  case MIRHYDRO_INT64: return "int64";
  case MIRHYDRO_BOOL: return "bool";
  case MIRHYDRO_UNEVEN: return "of elements whose distance is no multiple of their size";
  default: return std::to_string(dtype) + ", which is none";
  }
}

std::string extents(const mirhydro_view& v) {
  std::string s = "(";
  for (std::int32_t d = 0; d < v.rank; ++d) s += (d > 0 ? ", " : "") + std::to_string(v.extent[d]);
  return s + (v.rank == 1 ? ",)" : ")");
}

/// Whether two elements may lie in one place: strides that are not nested.
bool overlaps_itself(const mirhydro_view& v) {
  std::array<std::pair<std::int64_t, std::int64_t>, MIRHYDRO_MAX_RANK> axes; // stride, extent; by stride
  std::size_t count = 0;
  for (std::int32_t d = 0; d < v.rank; ++d) {
    if (v.extent[d] < 2) continue;
    std::size_t k = count++;
    const std::int64_t stride = v.stride[d] < 0 ? -v.stride[d] : v.stride[d];
    for (; k > 0 && axes[k - 1].first > stride; --k) axes[k] = axes[k - 1];
    axes[k] = {stride, v.extent[d]};
  }
  std::int64_t reach = 1;
  for (std::size_t d = 0; d < count; ++d) {
    if (axes[d].first < reach) return true;
    reach += axes[d].first * (axes[d].second - 1);
  }
  return false;
}

/// Bytes between the first and the last element fit into addresses.
bool fits_memory(const mirhydro_view& v, std::int64_t size) {
  std::int64_t reach = 0;
  for (std::int32_t d = 0; d < v.rank; ++d) {
    std::int64_t step = 0;
    if (v.stride[d] == std::numeric_limits<std::int64_t>::min() ||
        __builtin_mul_overflow(v.stride[d] < 0 ? -v.stride[d] : v.stride[d], v.extent[d] - 1, &step) ||
        __builtin_mul_overflow(step, size, &step) || __builtin_add_overflow(reach, step, &reach))
      return false;
  }
  return true;
}

} // namespace

void check(const mirhydro_view* view, const Wanted& wanted) {
  need(view, wanted.name);
  const mirhydro_view& v = *view;
  const auto name = [&] { return std::string(wanted.name); };
  if (v.dtype != wanted.dtype)
    refuse(name() + " has dtype " + dtype_name(v.dtype) + ", not " + dtype_name(wanted.dtype));
  if (v.rank != wanted.rank)
    refuse(name() + " has " + std::to_string(v.rank) + " axes, not " + std::to_string(wanted.rank));
  bool empty = false;
  for (std::int32_t d = 0; d < v.rank; ++d) {
    if (v.extent[d] < 0) refuse(name() + " has the extents " + extents(v) + ": an extent is negative");
    empty = empty || v.extent[d] == 0;
  }
  if (empty) return;
  if (v.data == nullptr) refuse(name() + ".data is NULL, but its extents are " + extents(v));
  if (!fits_memory(v, wanted.size)) refuse(name() + " with extents " + extents(v) + " is larger than any memory");
  if (reinterpret_cast<std::uintptr_t>(v.data) % std::uintptr_t(wanted.size) != 0)
    refuse(name() + ".data is not aligned to its elements of " + std::to_string(wanted.size) + " bytes");
  if (wanted.written && overlaps_itself(v)) refuse(name() + " overlaps itself");
}

View<const bool, 2> mask(const mirhydro_view* v, const char* name) {
  if (v == nullptr) return {};
  const auto seen = view<const bool, 2>(v, name);
  // as bytes: a bool that is neither 0 nor 1 must not even be read
  const View<const unsigned char, 2> bytes(static_cast<const unsigned char*>(v->data), seen.extent, seen.stride);
  for (std::ptrdiff_t j = 0; j < bytes.extent[0]; ++j)
    for (std::ptrdiff_t i = 0; i < bytes.extent[1]; ++i)
      if (bytes(j, i) > 1)
        refuse(std::string(name) + "[" + std::to_string(j) + ", " + std::to_string(i) +
               "] = " + std::to_string(int(bytes(j, i))) + ": 0 or 1");
  return seen;
}

} // namespace mirhydro::c_api
