#pragma once
#include <mirhydro/mirhydro.h>
#include <mirhydro/mirhydro.hpp>

#include "c_api/handles.hpp"

namespace mirhydro::c_api {

/// Geometry that the C side looks at until it gives it back.
struct Arrays {
  Polygons polygons;
  Segments segments;
  Contours contours;
};

template <> struct Meaning<mirhydro_reconstructor> {
  using Object = Reconstructor;
  static constexpr Kind kind = Kind::reconstructor;
  static constexpr const char* name = "mirhydro_reconstructor";
};
template <> struct Meaning<mirhydro_reconstruction> {
  using Object = Reconstruction;
  static constexpr Kind kind = Kind::reconstruction;
  static constexpr const char* name = "mirhydro_reconstruction";
};
template <> struct Meaning<mirhydro_flushed> {
  using Object = Flushed;
  static constexpr Kind kind = Kind::flushed;
  static constexpr const char* name = "mirhydro_flushed";
};
template <> struct Meaning<mirhydro_arrays> {
  using Object = Arrays;
  static constexpr Kind kind = Kind::arrays;
  static constexpr const char* name = "mirhydro_arrays";
};
template <> struct Meaning<mirhydro_engine> {
  using Object = Engine;
  static constexpr Kind kind = Kind::engine;
  static constexpr const char* name = "mirhydro_engine";
};
template <> struct Meaning<mirhydro_device_reconstruction> {
  using Object = DeviceReconstruction;
  static constexpr Kind kind = Kind::device_reconstruction;
  static constexpr const char* name = "mirhydro_device_reconstruction";
};
template <> struct Meaning<mirhydro_shape> {
  using Object = Shape;
  static constexpr Kind kind = Kind::shape;
  static constexpr const char* name = "mirhydro_shape";
};

Axis axis_of(std::int32_t axis);
/// As much of them as the caller's struct_size has room for.
void put_stats(const Stats& stats, mirhydro_stats* out);

} // namespace mirhydro::c_api
