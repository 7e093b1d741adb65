#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <mirhydro/error.hpp>
#include <mirhydro/shapes.hpp>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

namespace py = pybind11;

namespace {

using Doubles = py::array_t<double, 0>;
using Offsets = py::array_t<std::int64_t, 0>;

template <class T, int Rank> mirhydro::View<T, Rank> strided_view(const char* name, T* data, const py::array& array) {
  if (array.ndim() != Rank)
    throw py::value_error(std::string(name) + " has " + std::to_string(array.ndim()) + " axes, not " +
                          std::to_string(Rank));
  mirhydro::View<T, Rank> view;
  view.data = data;
  for (std::size_t d = 0; d < Rank; ++d) {
    view.extent[d] = array.shape(py::ssize_t(d));
    view.stride[d] = array.strides(py::ssize_t(d)) / py::ssize_t(sizeof(T));
  }
  return view;
}

/// Refusals of the library as ValueError.
template <class Call> auto translated(Call&& call) {
  try {
    return call();
  } catch (const mirhydro::Error& error) {
    if (error.status() == mirhydro::Status::bad_argument) throw py::value_error(error.what());
    throw;
  }
}

/// A Python function of two arrays, called with the interpreter held, from whichever thread. It gets arrays of its own,
/// so that it may keep them.
mirhydro::Shape::LevelSet level_set(py::function function) {
  const std::shared_ptr<py::function> kept(new py::function(std::move(function)), [](py::function* f) {
    py::gil_scoped_acquire held;
    delete f;
  });
  return [kept](const double* x, const double* y, double* values, std::size_t n) {
    py::gil_scoped_acquire held;
    const auto count = py::ssize_t(n);
    const py::array_t<double, py::array::c_style> result = (*kept)(py::array_t<double>(count, x), py::array_t<double>(count, y));
    if (result.size() != count) throw py::value_error("f returned " + std::to_string(result.size()) + " values for " + std::to_string(n) + " points");
    std::copy_n(result.data(), n, values);
  };
}

void fractions(const std::vector<mirhydro::Shape>& shapes, const std::array<double, 4>& extent, Doubles& out) {
  const auto view = strided_view<double, 3>("out", out.mutable_data(), out);
  translated([&] {
    py::gil_scoped_release release;
    mirhydro::volume_fractions(shapes, {extent[0], extent[1], extent[2], extent[3]}, view);
  });
}

void overlaps(const mirhydro::Shape& shape, const Doubles& points, const Offsets& offsets, Doubles& out) {
  const auto corners = strided_view<const double, 2>("points", points.data(), points);
  const auto starts = strided_view<const std::int64_t, 1>("offsets", offsets.data(), offsets);
  const auto areas = strided_view<double, 1>("out", out.mutable_data(), out);
  translated([&] {
    py::gil_scoped_release release;
    mirhydro::overlap(shape, corners, starts, areas);
  });
}

} // namespace

void bind_shapes(py::module_& m) {
  using mirhydro::Shape;
  py::class_<Shape>(m, "ShapeHandle")
      .def("complement", [](const Shape& a) { return ~a; })
      .def("union", [](const Shape& a, const Shape& b) { return a | b; })
      .def("intersection", [](const Shape& a, const Shape& b) { return a & b; });
  m.def("shape_circle", [](double x, double y, double r) { return translated([&] { return Shape::circle(x, y, r); }); });
  m.def("shape_ellipse", [](double x, double y, double a, double b, double angle) {
    return translated([&] { return Shape::ellipse(x, y, a, b, angle); });
  });
  m.def("shape_polygon", [](const Doubles& points) {
    return translated([&] { return Shape::polygon(strided_view<const double, 2>("points", points.data(), points)); });
  });
  m.def("shape_half_plane", [](double px, double py, double nx, double ny) {
    return translated([&] { return Shape::half_plane(px, py, nx, ny); });
  });
  m.def("shape_implicit", [](py::function f) { return Shape::implicit(level_set(std::move(f))); });
  m.def("shape_fractions", &fractions, py::arg("shapes"), py::arg("extent"), py::arg("out").noconvert());
  m.def("shape_overlap", &overlaps, py::arg("shape"), py::arg("points").noconvert(), py::arg("offsets").noconvert(),
        py::arg("out").noconvert());
}
