#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <mirhydro/engine.hpp>

#include "python/arrays.hpp"
#include "python/capsule.hpp"
#include "python/interruptible.hpp"
#include "python/precision.hpp"

namespace mirhydro::python {

namespace {

Engine make(const std::string& model, const std::string& engine, const std::string& device,
            const std::string& precision, int threads, bool trusted) {
  EngineOptions options;
  options.engine = engine;
  options.device = device;
  options.precision = precision_of(precision);
  options.threads = threads;
  options.trusted = trusted;
  const py::gil_scoped_release release;
  return Engine(model, options);
}

void infer(const Engine& engine, const py::array& batch, const py::array& out) {
  const auto b = view<const float, 2>("batch", batch);
  const auto o = view<float, 2>("out", out);
  interruptible([&] { engine.infer(b, o); });
}

void infer_dlpack(const Engine& engine, const py::capsule& batch, const py::capsule& out) {
  if (engine.options().engine == "native") throw py::type_error("batch: the native engine reads CPU memory");
  void *const b = tensor_of("batch", batch), *const o = tensor_of("out", out);
  const py::gil_scoped_release release;
  engine.infer_dlpack(b, o);
}

py::dict describe(const std::string& model) {
  const ModelDescription description = describe_model(model);
  py::dict metadata;
  for (const auto& [key, value] : description.metadata) metadata[py::str(key)] = value;
  py::list tensors;
  for (const auto& t : description.tensors) tensors.append(py::make_tuple(t.name, t.dtype, py::cast(t.shape)));
  py::dict result;
  result["path"] = description.path;
  result["metadata"] = metadata;
  result["tensors"] = tensors;
  return result;
}

} // namespace

void bind_engine(py::module_& m) {
  py::class_<Engine>(m, "Engine")
      .def(py::init(&make), py::arg("model"), py::arg("engine"), py::arg("device"), py::arg("precision"),
           py::arg("threads"), py::arg("trusted"))
      .def_property_readonly("input_shape", [](const Engine& e) { return py::tuple(py::cast(e.input_shape())); })
      .def_property_readonly("output_shape", [](const Engine& e) { return py::tuple(py::cast(e.output_shape())); })
      .def("description", &Engine::description)
      .def("infer", &infer, py::arg("batch"), py::arg("out"))
      .def("infer_dlpack", &infer_dlpack, py::arg("batch"), py::arg("out"));
  m.def("models", &models);
  m.def("describe_model", &describe, py::arg("model"));
}

} // namespace mirhydro::python
