#include <cstdint>
#include <string>
#include <vector>

#include "c_api/meanings.hpp"
#include "c_api/views.hpp"

using namespace mirhydro;
using namespace mirhydro::c_api;

mirhydro_status mirhydro_circle(double x, double y, double radius, mirhydro_shape** out) {
  return create(out, [&] { return Shape::circle(x, y, radius); });
}
mirhydro_status mirhydro_ellipse(double x, double y, double a, double b, double angle, mirhydro_shape** out) {
  return create(out, [&] { return Shape::ellipse(x, y, a, b, angle); });
}
mirhydro_status mirhydro_polygon(const mirhydro_view* points, mirhydro_shape** out) {
  return create(out, [&] { return Shape::polygon(view<const double, 2>(points, "points")); });
}
mirhydro_status mirhydro_half_plane(double px, double py, double nx, double ny, mirhydro_shape** out) {
  return create(out, [&] { return Shape::half_plane(px, py, nx, ny); });
}
mirhydro_status mirhydro_implicit(mirhydro_level_set f, void* context, mirhydro_shape** out) {
  return create(out, [&] {
    need(f, "f");
    return Shape::implicit([f, context](const double* x, const double* y, double* values, std::size_t n) {
      if (const int code = f(x, y, values, n, context); code != 0) refuse("f returned " + std::to_string(code));
    });
  });
}

mirhydro_status mirhydro_complement(const mirhydro_shape* a, mirhydro_shape** out) {
  return create(out, [&] { return ~object(a, "a"); });
}
mirhydro_status mirhydro_union(const mirhydro_shape* a, const mirhydro_shape* b, mirhydro_shape** out) {
  return create(out, [&] { return object(a, "a") | object(b, "b"); });
}
mirhydro_status mirhydro_intersection(const mirhydro_shape* a, const mirhydro_shape* b, mirhydro_shape** out) {
  return create(out, [&] { return object(a, "a") & object(b, "b"); });
}
mirhydro_status mirhydro_difference(const mirhydro_shape* a, const mirhydro_shape* b, mirhydro_shape** out) {
  return create(out, [&] { return object(a, "a") - object(b, "b"); });
}
mirhydro_status mirhydro_shape_destroy(mirhydro_shape* shape) { return destroy(shape, "shape"); }

mirhydro_status mirhydro_volume_fractions(const mirhydro_shape* const* shapes, int64_t count, const double* extent,
                                          const mirhydro_view* out) {
  return guarded([&] {
    const auto vf = view<double, 3>(out, "out");
    if (count < 0) refuse("count = " + std::to_string(count) + ": a number of shapes");
    if (count > 0) need(shapes, "shapes");
    std::vector<Shape> all;
    for (std::int64_t k = 0; k < count; ++k)
      all.push_back(object(shapes[k], ("shapes[" + std::to_string(k) + "]").c_str()));
    const Extent box = extent == nullptr ? Extent{} : Extent{extent[0], extent[1], extent[2], extent[3]};
    volume_fractions(all, box, vf);
  });
}

mirhydro_status mirhydro_overlap(const mirhydro_shape* shape, const mirhydro_view* points, const mirhydro_view* offsets,
                                 const mirhydro_view* out) {
  return guarded([&] {
    overlap(object(shape, "shape"), view<const double, 2>(points, "points"),
            view<const std::int64_t, 1>(offsets, "offsets"), view<double, 1>(out, "out"));
  });
}
