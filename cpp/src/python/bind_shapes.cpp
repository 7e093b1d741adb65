#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <mirhydro/shapes.hpp>

#include "python/arrays.hpp"

namespace py = pybind11;
using mirhydro::Shape;
using mirhydro::python::view;

namespace {

/// A Python function of two arrays, called with the interpreter held, from whichever thread. It gets arrays of its own,
/// so that it may keep them.
Shape::LevelSet level_set(py::function function) {
  const std::shared_ptr<py::function> kept(new py::function(std::move(function)), [](py::function* f) {
    const py::gil_scoped_acquire held;
    delete f;
  });
  return [kept](const double* x, const double* y, double* values, std::size_t n) {
    const py::gil_scoped_acquire held;
    const auto count = static_cast<py::ssize_t>(n);
    const py::array_t<double> xs(count, x), ys(count, y);
    const py::array_t<double, py::array::c_style> result = (*kept)(xs, ys);
    if (result.size() != count)
      throw py::value_error("f returned " + std::to_string(result.size()) + " values for " + std::to_string(n) +
                            " points");
    std::copy_n(result.data(), n, values);
  };
}

void fractions(const std::vector<Shape>& shapes, const std::array<double, 4>& extent, const py::array& out) {
  const auto vf = view<double, 3>("out", out);
  const py::gil_scoped_release release;
  mirhydro::volume_fractions(shapes, {extent[0], extent[1], extent[2], extent[3]}, vf);
}

void overlaps(const Shape& shape, const py::array& points, const py::array& offsets, const py::array& out) {
  const auto corners = view<const double, 2>("points", points);
  const auto starts = view<const std::int64_t, 1>("offsets", offsets);
  const auto areas = view<double, 1>("out", out);
  const py::gil_scoped_release release;
  mirhydro::overlap(shape, corners, starts, areas);
}

} // namespace

void bind_shapes(py::module_& m) {
  py::class_<Shape>(m, "ShapeHandle")
      .def("complement", [](const Shape& a) { return ~a; })
      .def("union", [](const Shape& a, const Shape& b) { return a | b; })
      .def("intersection", [](const Shape& a, const Shape& b) { return a & b; });
  m.def("shape_circle", &Shape::circle, py::arg("x"), py::arg("y"), py::arg("radius"));
  m.def("shape_ellipse", &Shape::ellipse, py::arg("x"), py::arg("y"), py::arg("a"), py::arg("b"), py::arg("angle"));
  m.def(
      "shape_polygon", [](const py::array& points) { return Shape::polygon(view<const double, 2>("points", points)); },
      py::arg("points"));
  m.def("shape_half_plane", &Shape::half_plane, py::arg("px"), py::arg("py"), py::arg("nx"), py::arg("ny"));
  m.def("shape_implicit", [](py::function f) { return Shape::implicit(level_set(std::move(f))); }, py::arg("f"));
  m.def("shape_fractions", &fractions, py::arg("shapes"), py::arg("extent"), py::arg("out"));
  m.def("shape_overlap", &overlaps, py::arg("shape"), py::arg("points"), py::arg("offsets"), py::arg("out"));
}
