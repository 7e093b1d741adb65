#include <iterator>

#include <pybind11/pybind11.h>

#include <mirhydro/reconstruction.hpp>

#include "python/arrays.hpp"

namespace mirhydro::python {

namespace {

template <class T, int Rank> auto filler(void (Reconstruction::*fill)(View<T, Rank>) const) {
  return [fill](const Reconstruction& r, const py::array& out) {
    const auto v = view<T, Rank>("out", out);
    const py::gil_scoped_release release;
    (r.*fill)(v);
  };
}

py::tuple swept(const Reconstruction& r, int axis, const py::array& displacement, const py::array& out, double flush) {
  const auto d = view<const double, 2>("displacement", displacement);
  const auto o = view<double, 3>("out", out);
  Flushed flushed;
  {
    const py::gil_scoped_release release;
    r.swept(axis == 0 ? Axis::x : Axis::y, d, o, flush, flush > 0 ? &flushed : nullptr);
  }
  const auto n = static_cast<py::ssize_t>(flushed.material.size());
  return py::make_tuple(owned(std::move(flushed.cells), {n, 2}), owned(std::move(flushed.material), {n}),
                        owned(std::move(flushed.share), {n, 2}));
}

void clip(const Reconstruction& r, const py::array& points, const py::array& offsets, const py::array& cells,
          const py::array& out) {
  const auto p = view<const double, 2>("polygons", points);
  const auto f = view<const std::int64_t, 1>("offsets", offsets);
  const auto c = view<const std::int32_t, 2>("cells", cells);
  const auto o = view<double, 3>("out", out);
  const py::gil_scoped_release release;
  r.clip(p, f, c, o);
}

template <class Make> auto released(Make&& make) {
  const py::gil_scoped_release release;
  return make();
}

py::tuple polygons(const Reconstruction& r) {
  Polygons p = released([&] { return r.polygons(); });
  const py::ssize_t points = std::ssize(p.points) / 2, q = std::ssize(p.cell);
  return py::make_tuple(owned(std::move(p.points), {points, 2}), owned(std::move(p.offsets), {q + 1}),
                        owned(std::move(p.cell), {q}), owned(std::move(p.material), {q}));
}

py::tuple segments(const Reconstruction& r) {
  Segments s = released([&] { return r.segments(); });
  const py::ssize_t n = std::ssize(s.cell);
  return py::make_tuple(owned(std::move(s.ends), {n, 2, 2}), owned(std::move(s.normal), {n, 2}),
                        owned(std::move(s.length), {n}), owned(std::move(s.below), {n}), owned(std::move(s.above), {n}),
                        owned(std::move(s.cell), {n}));
}

py::tuple contours(const Reconstruction& r) {
  Contours c = released([&] { return r.contours(); });
  const py::ssize_t points = std::ssize(c.points) / 2, q = std::ssize(c.below);
  return py::make_tuple(owned(std::move(c.points), {points, 2}), owned(std::move(c.offsets), {q + 1}),
                        owned(std::move(c.below), {q}), owned(std::move(c.above), {q}));
}

} // namespace

void bind_reconstruction(py::module_& m) {
  py::class_<Reconstruction>(m, "Reconstruction")
      .def(py::init<>())
      .def_property_readonly("nmat", &Reconstruction::nmat)
      .def_property_readonly("ny", &Reconstruction::ny)
      .def_property_readonly("nx", &Reconstruction::nx)
      .def("__len__", &Reconstruction::size)
      .def("stats",
           [](const Reconstruction& r) {
             const Stats& s = r.stats();
             return py::make_tuple(s.mixed, s.residual, s.iterations, s.kept, s.folded, s.blended);
           })
      .def("cells", filler(&Reconstruction::cells), py::arg("out"))
      .def("index", filler(&Reconstruction::index), py::arg("out"))
      .def("owner", filler(&Reconstruction::owner), py::arg("out"))
      .def("volumes", filler(&Reconstruction::volumes), py::arg("out"))
      .def("centroids", filler(&Reconstruction::centroids), py::arg("out"))
      .def("subcell", filler(&Reconstruction::subcell), py::arg("out"))
      .def("swept", &swept, py::arg("axis"), py::arg("displacement"), py::arg("out"), py::arg("flush"))
      .def("clip", &clip, py::arg("points"), py::arg("offsets"), py::arg("cells"), py::arg("out"))
      .def("polygons", &polygons)
      .def("segments", &segments)
      .def("contours", &contours);
}

} // namespace mirhydro::python
