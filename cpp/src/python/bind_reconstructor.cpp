#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <mirhydro/reconstructor.hpp>

#include "python/arrays.hpp"
#include "python/capsule.hpp"
#include "python/interruptible.hpp"
#include "python/precision.hpp"

namespace mirhydro::python {

namespace {

using Optional = std::optional<py::array>;

Inputs inputs(const Optional& where, const Optional& centroids) {
  Inputs all;
  if (where) all.where = view<const bool, 2>("where", *where);
  if (centroids) all.centroids = view<const double, 4>("centroids", *centroids);
  return all;
}

template <class T, int Rank>
void call(const Reconstructor& rec, const py::array& vf, Reconstruction& out, const Inputs& more) {
  const auto v = view<const T, Rank>("vf", vf);
  interruptible([&] { rec(v, out, more); });
}

void reconstruct(const Reconstructor& rec, const py::array& vf, Reconstruction& out, const Optional& where,
                 const Optional& centroids) {
  const Inputs more = inputs(where, centroids);
  const bool single = py::isinstance<py::array_t<float, 0>>(vf);
  if (!single && !py::isinstance<py::array_t<double, 0>>(vf))
    throw py::type_error("vf has dtype " + py::str(vf.dtype()).cast<std::string>() + ", not float64 or float32");
  if (vf.ndim() == 2) return single ? call<float, 2>(rec, vf, out, more) : call<double, 2>(rec, vf, out, more);
  if (vf.ndim() != 3) throw py::value_error("vf has the shape " + shape_text(vf) + ", not (nmat, ny, nx) or (ny, nx)");
  single ? call<float, 3>(rec, vf, out, more) : call<double, 3>(rec, vf, out, more);
}

void on_device(const Reconstructor& rec, const py::capsule& vf, DeviceReconstruction& out) {
  void* const fractions = tensor_of("vf", vf);
  const py::gil_scoped_release release;
  rec.on_device(fractions, out);
}

Reconstructor make(const std::string& method, int threads, double eps, std::vector<double> spacing_x,
                   std::vector<double> spacing_y, int ghost, const std::array<std::string, 4>& boundary,
                   std::vector<int> order, int nodes, std::optional<bool> share_nodes, const std::string& model,
                   const std::string& engine, const std::string& device, const std::string& precision, bool trusted) {
  Options options;
  options.threads = threads;
  options.eps = eps;
  options.spacing_x = std::move(spacing_x);
  options.spacing_y = std::move(spacing_y);
  options.ghost = ghost;
  options.order = std::move(order);
  options.nodes = nodes;
  options.share_nodes = share_nodes;
  options.model = model;
  options.engine.engine = engine;
  options.engine.device = device;
  options.engine.precision = precision_of(precision);
  options.engine.trusted = trusted;
  for (std::size_t side = 0; side < 4; ++side) {
    const std::string& rule = boundary[side];
    if (rule != "mirror" && rule != "periodic" && rule != "replicate")
      throw py::value_error("boundary = \"" + rule + "\": mirror, periodic or replicate");
    options.boundary[side] = rule == "mirror"     ? Boundary::mirror
                             : rule == "periodic" ? Boundary::periodic
                                                  : Boundary::replicate;
  }
  return Reconstructor(method, options);
}

} // namespace

void bind_reconstructor(py::module_& m) {
  py::class_<Reconstructor>(m, "Reconstructor")
      .def(py::init(&make), py::arg("method"), py::arg("threads"), py::arg("eps"), py::arg("spacing_x"),
           py::arg("spacing_y"), py::arg("ghost"), py::arg("boundary"), py::arg("order"), py::arg("nodes"),
           py::arg("share_nodes").none(true), py::arg("model"), py::arg("engine"), py::arg("device"),
           py::arg("precision"), py::arg("trusted"))
      .def_property_readonly("ghost_layers", &Reconstructor::ghost_layers)
      .def("on_device", &on_device, py::arg("vf"), py::arg("out"))
      .def("__call__", &reconstruct, py::arg("vf"), py::arg("out"), py::arg("where").none(true),
           py::arg("centroids").none(true));
  m.def("methods", &methods);
  m.def("instruction_set", &instruction_set);
}

} // namespace mirhydro::python
