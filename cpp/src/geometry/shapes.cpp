#include <mirhydro/shapes.hpp>

#include <cmath>
#include <sstream>
#include <string>

#include <mirhydro/error.hpp>

#include "geometry/fractions.hpp"

namespace mirhydro {

/// An outline, or an operation on one or two shapes.
struct Shape::Impl {
  std::shared_ptr<const outline::Outline> outline;
  int step = 0; ///< of outline::Rule, when there is no outline
  std::shared_ptr<const Impl> first, second;
};

/// What this file reads of a shape.
struct ShapeAccess {
  static void append(const Shape& shape, outline::Layers& layers) {
    layers.rules.emplace_back();
    append(*shape.impl_, layers);
  }

private:
  static void append(const Shape::Impl& impl, outline::Layers& layers) {
    std::vector<int>& steps = layers.rules.back().steps;
    if (impl.outline) {
      steps.push_back(place(impl.outline, layers));
      return;
    }
    append(*impl.first, layers);
    if (impl.second) append(*impl.second, layers);
    layers.rules.back().steps.push_back(impl.step);
  }

  static int place(const std::shared_ptr<const outline::Outline>& outline, outline::Layers& layers) {
    for (std::size_t k = 0; k < layers.outlines.size(); ++k)
      if (layers.outlines[k] == outline) return int(k);
    layers.outlines.push_back(outline);
    return int(layers.outlines.size()) - 1;
  }
};

namespace {

[[noreturn]] void refuse(const std::string& name, double value, const std::string& rule) {
  std::ostringstream text;
  text.precision(17);
  text << name << " = " << value << ": " << rule;
  throw Error(Status::bad_argument, text.str());
}

// isfinite first: comparing a NaN would trap in a host that runs with FE_INVALID on.
void check_coordinate(const std::string& name, double value) {
  if (!std::isfinite(value) || std::abs(value) >= 1e60) refuse(name, value, "coordinates are finite and below 1e60");
}

void check_length(const std::string& name, double value) {
  if (!std::isfinite(value) || value <= 1e-60 || value >= 1e60)
    refuse(name, value, "lengths are positive, between 1e-60 and 1e60");
}

void check_extent(const Extent& e, View<double, 3> out) {
  for (const std::size_t d : {1, 2})
    if (out.extent[d] < 1 || out.extent[d] > 1 << 30)
      refuse(d == 1 ? "ny" : "nx", double(out.extent[d]), "a mesh has 1 to 2^30 cells each way");
  const double sides[4] = {e.x0, e.x1, e.y0, e.y1};
  for (int k = 0; k < 4; ++k) check_coordinate("extent[" + std::to_string(k) + "]", sides[k]);
  if (!(e.x1 - e.x0 > 1e-60)) refuse("extent[1]", e.x1, "x1 is above x0 (extent is x0, x1, y0, y1)");
  if (!(e.y1 - e.y0 > 1e-60)) refuse("extent[3]", e.y1, "y1 is above y0 (extent is x0, x1, y0, y1)");
}

std::vector<double> list_points(View<const double, 2> points, std::ptrdiff_t begin, std::ptrdiff_t end) {
  std::vector<double> list;
  for (std::ptrdiff_t k = begin; k < end; ++k)
    for (const std::ptrdiff_t d : {0, 1}) {
      check_coordinate("points[" + std::to_string(k) + ", " + std::to_string(d) + "]", points(k, d));
      list.push_back(points(k, d));
    }
  return list;
}

void check_pairs(View<const double, 2> points) {
  if (points.extent[1] != 2) refuse("points.shape[1]", double(points.extent[1]), "points are pairs x, y");
}

} // namespace

Shape::Shape(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

Shape Shape::circle(double x, double y, double radius) {
  check_coordinate("center[0]", x);
  check_coordinate("center[1]", y);
  check_length("radius", radius);
  return Shape(std::make_shared<Impl>(Impl{outline::ellipse_outline(x, y, radius, radius, 0), 0, {}, {}}));
}

Shape Shape::ellipse(double x, double y, double a, double b, double angle) {
  check_coordinate("center[0]", x);
  check_coordinate("center[1]", y);
  check_length("semi_axes[0]", a);
  check_length("semi_axes[1]", b);
  if (!std::isfinite(angle) || std::abs(angle) > 1e6) refuse("angle", angle, "angles are radians within 1e6");
  return Shape(std::make_shared<Impl>(Impl{outline::ellipse_outline(x, y, a, b, angle), 0, {}, {}}));
}

Shape Shape::polygon(View<const double, 2> points) {
  check_pairs(points);
  return Shape(
      std::make_shared<Impl>(Impl{outline::polygon_outline(list_points(points, 0, points.extent[0])), 0, {}, {}}));
}

Shape Shape::half_plane(double px, double py, double nx, double ny) {
  check_coordinate("point[0]", px);
  check_coordinate("point[1]", py);
  check_coordinate("normal[0]", nx);
  check_coordinate("normal[1]", ny);
  if (nx == 0 && ny == 0) refuse("normal", 0, "a normal has a direction");
  return Shape(std::make_shared<Impl>(Impl{outline::half_plane_outline(px, py, nx, ny), 0, {}, {}}));
}

Shape Shape::implicit(LevelSet f) {
  if (!f) throw Error(Status::bad_argument, "f is empty: an implicit shape needs a function");
  return Shape(std::make_shared<Impl>(Impl{outline::level_set_outline(std::move(f)), 0, {}, {}}));
}

Shape Shape::operator~() const {
  return Shape(std::make_shared<Impl>(Impl{nullptr, outline::Rule::complement, impl_, nullptr}));
}

Shape Shape::operator|(const Shape& other) const {
  return Shape(std::make_shared<Impl>(Impl{nullptr, outline::Rule::either, impl_, other.impl_}));
}

Shape Shape::operator&(const Shape& other) const {
  return Shape(std::make_shared<Impl>(Impl{nullptr, outline::Rule::both, impl_, other.impl_}));
}

Shape Shape::operator-(const Shape& other) const { return *this & ~other; }

void volume_fractions(const std::vector<Shape>& shapes, const Extent& extent, View<double, 3> out) {
  check_extent(extent, out);
  if (out.extent[0] != std::ptrdiff_t(shapes.size()) + 1)
    refuse("out.shape[0]", double(out.extent[0]), "one material per shape and the rest");
  outline::Layers layers;
  for (const Shape& shape : shapes) ShapeAccess::append(shape, layers);
  const outline::Mesh mesh{{extent.x0, extent.x1, int(out.extent[2])}, {extent.y0, extent.y1, int(out.extent[1])}};
  outline::write_fractions(layers, mesh, out);
}

void overlap(const Shape& shape, View<const double, 2> points, View<const std::int64_t, 1> offsets,
             View<double, 1> out) {
  check_pairs(points);
  const std::ptrdiff_t q = out.extent[0];
  if (offsets.extent[0] != q + 1)
    refuse("offsets.shape[0]", double(offsets.extent[0]), "one offset per polygon and one more");
  for (std::ptrdiff_t k = 0; k <= q; ++k)
    if (offsets(k) < (k > 0 ? offsets(k - 1) : 0) || offsets(k) > points.extent[0])
      refuse("offsets[" + std::to_string(k) + "]", double(offsets(k)), "offsets ascend and stay within points");
  outline::Layers layers;
  ShapeAccess::append(shape, layers);
  for (std::ptrdiff_t k = 0; k < q; ++k)
    out(k) =
        outline::shared_area(layers, list_points(points, std::ptrdiff_t(offsets(k)), std::ptrdiff_t(offsets(k + 1))));
}

} // namespace mirhydro
