#include <pybind11/pybind11.h>

#include <mirhydro/device.hpp>

#include "python/capsule.hpp"

namespace mirhydro::python {

namespace {

auto filler(void (DeviceReconstruction::*fill)(void*) const) {
  return [fill](const DeviceReconstruction& r, const py::capsule& out) {
    void* const to = tensor_of("out", out);
    const py::gil_scoped_release release;
    (r.*fill)(to);
  };
}

void swept(const DeviceReconstruction& r, int axis, const py::capsule& displacement, const py::capsule& out) {
  void *const d = tensor_of("displacement", displacement), *const to = tensor_of("out", out);
  const py::gil_scoped_release release;
  r.swept(axis == 0 ? Axis::x : Axis::y, d, to);
}

} // namespace

void bind_device(py::module_& m) {
  py::class_<DeviceReconstruction>(m, "DeviceReconstruction")
      .def(py::init<>())
      .def_property_readonly("nmat", &DeviceReconstruction::nmat)
      .def_property_readonly("ny", &DeviceReconstruction::ny)
      .def_property_readonly("nx", &DeviceReconstruction::nx)
      .def("__len__", &DeviceReconstruction::size)
      .def("stats",
           [](const DeviceReconstruction& r) {
             const Stats s = r.stats();
             return py::make_tuple(s.mixed, s.residual, s.iterations, s.kept, s.folded, s.blended);
           })
      .def("cells", filler(&DeviceReconstruction::cells), py::arg("out"))
      .def("volumes", filler(&DeviceReconstruction::volumes), py::arg("out"))
      .def("swept", &swept, py::arg("axis"), py::arg("displacement"), py::arg("out"));
}

} // namespace mirhydro::python
