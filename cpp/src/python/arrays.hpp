#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/numpy.h>

#include <mirhydro/view.hpp>

namespace mirhydro::python {

namespace py = pybind11;

inline std::string shape_text(const py::array& a) {
  std::string s = "(";
  for (py::ssize_t d = 0; d < a.ndim(); ++d) s += (d > 0 ? ", " : "") + std::to_string(a.shape(d));
  return s + (a.ndim() == 1 ? ",)" : ")");
}

/// Whether two elements of an array may share memory: strides that are not nested.
inline bool overlaps_itself(const py::array& a) {
  if (a.size() == 0) return false;
  std::vector<std::pair<py::ssize_t, py::ssize_t>> axes; // stride, extent
  for (py::ssize_t d = 0; d < a.ndim(); ++d)
    if (a.shape(d) > 1) axes.emplace_back(std::abs(a.strides(d)), a.shape(d));
  std::sort(axes.begin(), axes.end());
  py::ssize_t reach = a.itemsize();
  for (const auto& [stride, extent] : axes) {
    if (stride < reach) return true;
    reach += stride * (extent - 1);
  }
  return false;
}

/// The caller's own memory as a view, any strides; refused where its rank, type or alignment does not fit. Nothing is
/// ever converted or copied.
template <class T, int Rank> View<T, Rank> view(const char* name, const py::array& a) {
  using Value = std::remove_const_t<T>;
  if (!py::isinstance<py::array_t<Value, 0>>(a))
    throw py::type_error(std::string(name) + " has dtype " + py::str(a.dtype()).cast<std::string>() + ", not " +
                         py::str(py::dtype::of<Value>()).cast<std::string>());
  if (a.ndim() != Rank)
    throw py::value_error(std::string(name) + " has the shape " + shape_text(a) + ", not " + std::to_string(Rank) +
                          " axes");
  if (!std::is_const_v<T> && !a.writeable()) throw py::value_error(std::string(name) + " is read-only");
  constexpr auto size = static_cast<py::ssize_t>(sizeof(T));
  View<T, Rank> v;
  bool aligned = reinterpret_cast<std::uintptr_t>(a.data()) % alignof(T) == 0;
  for (int d = 0; d < Rank; ++d) {
    const auto k = static_cast<std::size_t>(d);
    v.extent[k] = a.shape(d);
    v.stride[k] = a.strides(d) / size;
    aligned = aligned && (a.strides(d) % size == 0 || a.shape(d) < 2);
  }
  if (!std::is_const_v<T> && overlaps_itself(a)) throw py::value_error(std::string(name) + " overlaps itself");
  if (!aligned) throw py::value_error(std::string(name) + ": elements are not aligned; pass a copy");
  v.data = static_cast<T*>(const_cast<void*>(a.data()));
  return v;
}

/// A new array that takes over a vector.
template <class T> py::array_t<T> owned(std::vector<T>&& data, std::vector<py::ssize_t> shape) {
  auto* keeper = new std::vector<T>(std::move(data));
  const py::capsule owner(keeper, [](void* p) { delete static_cast<std::vector<T>*>(p); });
  return py::array_t<T>(std::move(shape), keeper->data(), owner);
}

} // namespace mirhydro::python
