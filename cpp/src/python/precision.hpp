#pragma once
#include <string>

#include <pybind11/pybind11.h>

#include <mirhydro/engine.hpp>

namespace mirhydro::python {

/// A precision by its name in Python. @throws ValueError
inline Precision precision_of(const std::string& name) {
  if (name == "float32") return Precision::float32;
  if (name == "bfloat16") return Precision::bfloat16;
  if (name == "float16") return Precision::float16;
  throw pybind11::value_error("precision = \"" + name + "\": float32, bfloat16 or float16");
}

} // namespace mirhydro::python
