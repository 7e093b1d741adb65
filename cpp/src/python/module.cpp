#include <pybind11/pybind11.h>

#include <mirhydro/error.hpp>
#include <mirhydro/version.hpp>

namespace py = pybind11;

namespace mirhydro::python {
void bind_device(py::module_& m);
void bind_engine(py::module_& m);
void bind_reconstruction(py::module_& m);
void bind_reconstructor(py::module_& m);
void bind_training(py::module_& m);
} // namespace mirhydro::python
void bind_shapes(py::module_& m);

PYBIND11_MODULE(_native, m, py::mod_gil_not_used()) {
  py::register_exception_translator([](std::exception_ptr p) {
    try {
      if (p) std::rethrow_exception(p);
    } catch (const mirhydro::Error& e) {
      const bool ours = e.status() == mirhydro::Status::bad_argument;
      const bool memory = e.status() == mirhydro::Status::out_of_memory;
      PyErr_SetString(ours ? PyExc_ValueError : memory ? PyExc_MemoryError : PyExc_RuntimeError, e.what());
    }
  });
  m.attr("version") = MIRHYDRO_VERSION;
  m.attr("compiler") = MIRHYDRO_COMPILER;
  m.attr("build_type") = MIRHYDRO_BUILD_TYPE;
  mirhydro::python::bind_device(m);
  mirhydro::python::bind_engine(m);
  mirhydro::python::bind_reconstruction(m);
  mirhydro::python::bind_reconstructor(m);
  mirhydro::python::bind_training(m);
  bind_shapes(m);
}
