#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "c_api/meanings.hpp"
#include "c_api/views.hpp"

using namespace mirhydro;
using namespace mirhydro::c_api;

namespace {

/// One of the functions that fill an array of the caller.
template <class T, int Rank>
mirhydro_status filled(const mirhydro_reconstruction* r, const mirhydro_view* out,
                       void (Reconstruction::*fill)(View<T, Rank>) const) noexcept {
  return guarded([&] { (object(r, "r").*fill)(view<T, Rank>(out, "out")); });
}

template <class T> std::int64_t count(const std::vector<T>& v) { return static_cast<std::int64_t>(v.size()); }

template <class Out> void start(Out* out) {
  need(out, "out");
  *out = Out{};
}

} // namespace

namespace mirhydro::c_api {

Axis axis_of(std::int32_t axis) {
  if (axis != MIRHYDRO_X && axis != MIRHYDRO_Y) refuse("axis = " + std::to_string(axis) + ": MIRHYDRO_X or MIRHYDRO_Y");
  return axis == MIRHYDRO_X ? Axis::x : Axis::y;
}

void put_stats(const Stats& s, mirhydro_stats* out) {
  need(out, "out");
  const std::uint64_t size = out->struct_size;
  if (size < 16 || size > sizeof *out || size % 8 != 0)
    refuse("out.struct_size = " + std::to_string(size) + ": 16 to " + std::to_string(sizeof *out));
  const mirhydro_stats all{size, s.mixed, s.kept, s.folded, s.blended, s.residual, s.iterations};
  std::memcpy(out, &all, size);
}

} // namespace mirhydro::c_api

mirhydro_status mirhydro_reconstruction_create(mirhydro_reconstruction** out) {
  return create(out, [] { return Reconstruction(); });
}
mirhydro_status mirhydro_reconstruction_destroy(mirhydro_reconstruction* r) { return destroy(r, "r"); }

mirhydro_status mirhydro_extents(const mirhydro_reconstruction* r, int64_t* nmat, int64_t* ny, int64_t* nx,
                                 int64_t* size) {
  return guarded([&] {
    const Reconstruction& result = object(r, "r");
    if (nmat != nullptr) *nmat = result.nmat();
    if (ny != nullptr) *ny = result.ny();
    if (nx != nullptr) *nx = result.nx();
    if (size != nullptr) *size = result.size();
  });
}

mirhydro_status mirhydro_get_stats(const mirhydro_reconstruction* r, mirhydro_stats* out) {
  return guarded([&] {
    const Stats& stats = object(r, "r").stats();
    put_stats(stats, out);
  });
}

mirhydro_status mirhydro_cells(const mirhydro_reconstruction* r, const mirhydro_view* out) {
  return filled(r, out, &Reconstruction::cells);
}
mirhydro_status mirhydro_index(const mirhydro_reconstruction* r, const mirhydro_view* out) {
  return filled(r, out, &Reconstruction::index);
}
mirhydro_status mirhydro_owner(const mirhydro_reconstruction* r, const mirhydro_view* out) {
  return filled(r, out, &Reconstruction::owner);
}
mirhydro_status mirhydro_volumes(const mirhydro_reconstruction* r, const mirhydro_view* out) {
  return filled(r, out, &Reconstruction::volumes);
}
mirhydro_status mirhydro_centroids(const mirhydro_reconstruction* r, const mirhydro_view* out) {
  return filled(r, out, &Reconstruction::centroids);
}
mirhydro_status mirhydro_subcell(const mirhydro_reconstruction* r, const mirhydro_view* out) {
  return filled(r, out, &Reconstruction::subcell);
}

mirhydro_status mirhydro_clip(const mirhydro_reconstruction* r, const mirhydro_view* points,
                              const mirhydro_view* offsets, const mirhydro_view* cells, const mirhydro_view* out) {
  return guarded([&] {
    object(r, "r").clip(view<const double, 2>(points, "points"), view<const std::int64_t, 1>(offsets, "offsets"),
                        view<const std::int32_t, 2>(cells, "cells"), view<double, 3>(out, "out"));
  });
}

mirhydro_status mirhydro_flushed_create(mirhydro_flushed** out) {
  return create(out, [] { return Flushed(); });
}
mirhydro_status mirhydro_flushed_destroy(mirhydro_flushed* flushed) { return destroy(flushed, "flushed"); }

mirhydro_status mirhydro_flushed_get(const mirhydro_flushed* flushed, int64_t* size, const int32_t** cells,
                                     const int32_t** material, const double** share) {
  return guarded([&] {
    const Flushed& left = object(flushed, "flushed");
    if (size != nullptr) *size = count(left.material);
    if (cells != nullptr) *cells = left.cells.data();
    if (material != nullptr) *material = left.material.data();
    if (share != nullptr) *share = left.share.data();
  });
}

mirhydro_status mirhydro_swept(const mirhydro_reconstruction* r, int32_t axis, const mirhydro_view* displacement,
                               const mirhydro_view* out, double flush, mirhydro_flushed* flushed) {
  return guarded([&] {
    object(r, "r").swept(axis_of(axis), view<const double, 2>(displacement, "displacement"),
                         view<double, 3>(out, "out"), flush,
                         flushed != nullptr ? &writable(flushed, "flushed") : nullptr);
  });
}

mirhydro_status mirhydro_arrays_destroy(mirhydro_arrays* owner) { return destroy(owner, "owner"); }

mirhydro_status mirhydro_get_polygons(const mirhydro_reconstruction* r, mirhydro_polygons* out) {
  return guarded([&] {
    start(out);
    auto arrays = std::make_unique<Arrays>();
    const Polygons& p = arrays->polygons = object(r, "r").polygons();
    mirhydro_polygons all{nullptr,          count(p.cell), count(p.points) / 2, p.points.data(),
                          p.offsets.data(), p.cell.data(), p.material.data()};
    all.owner = handle_of<mirhydro_arrays>(std::move(arrays));
    *out = all;
  });
}

mirhydro_status mirhydro_get_segments(const mirhydro_reconstruction* r, mirhydro_segments* out) {
  return guarded([&] {
    start(out);
    auto arrays = std::make_unique<Arrays>();
    const Segments& s = arrays->segments = object(r, "r").segments();
    mirhydro_segments all{nullptr,         count(s.cell),  s.ends.data(),  s.normal.data(),
                          s.length.data(), s.below.data(), s.above.data(), s.cell.data()};
    all.owner = handle_of<mirhydro_arrays>(std::move(arrays));
    *out = all;
  });
}

mirhydro_status mirhydro_get_contours(const mirhydro_reconstruction* r, mirhydro_contours* out) {
  return guarded([&] {
    start(out);
    auto arrays = std::make_unique<Arrays>();
    const Contours& c = arrays->contours = object(r, "r").contours();
    mirhydro_contours all{nullptr,          count(c.below), count(c.points) / 2, c.points.data(),
                          c.offsets.data(), c.below.data(), c.above.data()};
    all.owner = handle_of<mirhydro_arrays>(std::move(arrays));
    *out = all;
  });
}
