#pragma once
#include <string>

#include <pybind11/pybind11.h>

namespace mirhydro::python {

namespace py = pybind11;

/// The tensor in a DLPack capsule, which is marked as used.
inline void* tensor_of(const char* name, py::capsule capsule) {
  if (std::string(capsule.name()) != "dltensor") throw py::value_error(std::string(name) + ": its capsule was used");
  void* const tensor = capsule.get_pointer();
  capsule.set_name("used_dltensor");
  return tensor;
}

} // namespace mirhydro::python
