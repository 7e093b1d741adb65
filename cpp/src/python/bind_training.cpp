#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <mirhydro/training.hpp>

#include "python/arrays.hpp"

namespace mirhydro::python {

namespace {

py::tuple inputs(const py::array& vf, int nodes, bool periodic, bool tiles) {
  const auto v = view<const double, 2>("vf", vf);
  Options options;
  options.nodes = nodes;
  options.boundary.fill(periodic ? Boundary::periodic : Boundary::mirror);
  NetInputs found;
  {
    const py::gil_scoped_release release;
    found = net_inputs(v, options, tiles);
  }
  const auto n = py::ssize_t(found.reach.size()), per = py::ssize_t(nodes + 1) * (nodes + 1);
  return py::make_tuple(owned(std::move(found.cells), {n, 2}), owned(std::move(found.features), {n, NetInputs::count}),
                        owned(std::move(found.turns), {n, 4}), owned(std::move(found.nodes), {n, per}),
                        owned(std::move(found.weight), {n}), owned(std::move(found.voice), {n}),
                        owned(std::move(found.reach), {n}), owned(std::move(found.tiles), {tiles ? n : 0, 64}));
}

void offsets(const py::array& nodes, const py::array& vf, py::array& out, bool coarse) {
  const auto phi = view<const double, 2>("nodes", nodes);
  const auto f = view<const double, 1>("vf", vf);
  const auto o = view<double, 1>("out", out);
  const py::gil_scoped_release release;
  level_set_offsets(phi, f, o, coarse);
}

} // namespace

void bind_training(py::module_& m) {
  m.def("net_inputs", &inputs, py::arg("vf"), py::arg("nodes"), py::arg("periodic"), py::arg("tiles"));
  m.def("level_set_offsets", &offsets, py::arg("nodes"), py::arg("vf"), py::arg("out"), py::arg("coarse"));
}

} // namespace mirhydro::python
