#include <mirhydro/reconstruction.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include "geometry/competition.hpp"
#include "plic/level_kernels.hpp"
#include "reconstruct/donor.hpp"
#include "reconstruct/pieces.hpp"
#include "reconstruct/result.hpp"
#include "reconstruct/text.hpp"

namespace mirhydro {

using namespace reconstruct;
using geometry::Point;
using geometry::SmallPolygon;

namespace {

SmallPolygon unit_square() { return geometry::rectangle(-.5, .5, -.5, .5); }

template <class T, int Rank>
void check_extent(const char* name, const View<T, Rank>& v, const std::array<std::ptrdiff_t, Rank>& want) {
  for (std::size_t d = 0; d < Rank; ++d)
    if (v.extent[d] != want[d])
      refuse(std::string(name) + " has " + text(v.extent[d]) + " entries along axis " + text(std::ptrdiff_t(d)) +
             ", not " + text(want[d]));
}

/// Areas of the regions, and what their points share (docs/method.md).
void level_set_volumes(const Regions& regions, View<double, 2> out) {
  geometry::Competition competition;
  std::vector<double> area;
  alignas(64) double of_a[plic::block], of_b[plic::block];
  for (std::size_t row = 0; row < regions.size(); ++row) {
    const std::size_t k = row % plic::block;
    if (k == 0) plic::level_kernels(regions.K()).areas(&regions.nodes[regions.at(row, 0)], of_a, of_b);
    const auto r = std::ptrdiff_t(row);
    if (!regions.has_skin(row)) {
      out(r, regions.a[row]) = of_a[k] - regions.excess[row];
      out(r, regions.b[row]) = of_b[k] + regions.excess[row];
      continue;
    }
    const Skin& s = regions.skin(row);
    const auto first = std::size_t(s.first), count = std::size_t(s.count);
    area.resize(count);
    competition.of(regions.K(), count).areas(&regions.skin_nodes[first * regions.nodes_per_cell()], area.data());
    share_areas(regions, s, area);
    for (std::size_t q = 0; q < count; ++q) out(r, regions.skin_material[first + q]) = area[q];
  }
}

} // namespace

Reconstruction::Reconstruction() : impl_(std::make_unique<Impl>()) {}
Reconstruction::~Reconstruction() = default;
Reconstruction::Reconstruction(Reconstruction&&) noexcept = default;
Reconstruction& Reconstruction::operator=(Reconstruction&&) noexcept = default;

std::ptrdiff_t Reconstruction::nmat() const noexcept { return impl_->now.mesh.nmat(); }
std::ptrdiff_t Reconstruction::ny() const noexcept { return impl_->now.mesh.ny(); }
std::ptrdiff_t Reconstruction::nx() const noexcept { return impl_->now.mesh.nx(); }
std::ptrdiff_t Reconstruction::size() const noexcept { return std::ptrdiff_t(impl_->now.regions.size()); }
const Stats& Reconstruction::stats() const noexcept { return impl_->now.stats; }

void Reconstruction::cells(View<std::int32_t, 2> out) const {
  check_extent<std::int32_t, 2>("out", out, {size(), 2});
  for (std::ptrdiff_t r = 0; r < size(); ++r)
    for (std::ptrdiff_t k = 0; k < 2; ++k) out(r, k) = impl_->now.regions.cells[std::size_t(2 * r + k)];
}

void Reconstruction::index(View<std::int32_t, 2> out) const {
  check_extent<std::int32_t, 2>("out", out, {ny(), nx()});
  for (std::ptrdiff_t j = 0; j < ny(); ++j)
    for (std::ptrdiff_t i = 0; i < nx(); ++i) out(j, i) = std::int32_t(impl_->now.mesh.row(j, i));
}

void Reconstruction::owner(View<std::int32_t, 2> out) const {
  check_extent<std::int32_t, 2>("out", out, {ny(), nx()});
  for (std::ptrdiff_t j = 0; j < ny(); ++j)
    for (std::ptrdiff_t i = 0; i < nx(); ++i) out(j, i) = std::int32_t(impl_->now.mesh.owner(j, i));
}

void Reconstruction::volumes(View<double, 2> out) const {
  check_extent<double, 2>("out", out, {size(), nmat()});
  const Regions& regions = impl_->now.regions;
  for (std::ptrdiff_t r = 0; r < size(); ++r)
    for (std::ptrdiff_t m = 0; m < nmat(); ++m) out(r, m) = 0;
  if (regions.K() > 0) return level_set_volumes(regions, out);
  for (std::ptrdiff_t r = 0; r < size(); ++r) {
    const auto k = std::size_t(r);
    if (regions.has_skin(k)) {
      pieces(regions, k, unit_square(), [&](int m, const SmallPolygon& p) { out(r, m) += geometry::moments(p).area; });
      continue;
    }
    const double part = geometry::smaller_side(regions.mx[k], regions.my[k], regions.t[k]);
    out(r, regions.a[k]) = regions.t[k] < 0 ? part : 1 - part;
    out(r, regions.b[k]) = regions.t[k] < 0 ? 1 - part : part;
  }
}

void Reconstruction::centroids(View<double, 3> out) const {
  check_extent<double, 3>("out", out, {size(), nmat(), 2});
  std::vector<geometry::Moments> sums;
  for (std::ptrdiff_t r = 0; r < size(); ++r) {
    for (std::ptrdiff_t m = 0; m < nmat(); ++m)
      for (std::ptrdiff_t k = 0; k < 2; ++k) out(r, m, k) = std::numeric_limits<double>::quiet_NaN();
    sums.assign(std::size_t(nmat()), {});
    parts(impl_->now.regions, std::size_t(r), unit_square(), [&](int m, const SmallPolygon& p, double share) {
      const geometry::Moments piece = geometry::moments(p);
      geometry::Moments& sum = sums[std::size_t(m)];
      sum.area += share * piece.area, sum.x += share * piece.x, sum.y += share * piece.y;
      const Point some = p[0]; // of a sliver without area every point is as good
      out(r, m, 0) = .5 + (sum.area > 0 ? std::clamp(sum.x / sum.area, -.5, .5) : some.x);
      out(r, m, 1) = .5 + (sum.area > 0 ? std::clamp(sum.y / sum.area, -.5, .5) : some.y);
    });
  }
}

void Reconstruction::subcell(View<double, 4> out) const {
  const std::ptrdiff_t s = out.extent[2];
  if (s < 1) refuse("s = " + text(s) + ": at least one sub-cell a side");
  check_extent<double, 4>("out", out, {size(), nmat(), s, s});
  const double area = 1 / double(s * s);
  for (std::ptrdiff_t r = 0; r < size(); ++r)
    for (std::ptrdiff_t q = 0; q < s; ++q)
      for (std::ptrdiff_t p = 0; p < s; ++p) {
        for (std::ptrdiff_t m = 0; m < nmat(); ++m) out(r, m, q, p) = 0;
        const auto edge = [&](std::ptrdiff_t k) { return double(k) / double(s) - .5; };
        parts(impl_->now.regions, std::size_t(r), geometry::rectangle(edge(p), edge(p + 1), edge(q), edge(q + 1)),
              [&](int m, const SmallPolygon& piece, double share) {
                out(r, m, q, p) = std::min(out(r, m, q, p) + share * geometry::moments(piece).area / area, 1.);
              });
      }
}

namespace {

/// A caller's polygon: any number of points.
class AnyPolygon {
public:
  std::size_t size() const { return points_.size(); }
  void clear() { points_.clear(); }
  void push_back(Point p) { points_.push_back(p); }
  const Point& operator[](std::size_t k) const { return points_[k]; }

private:
  std::vector<Point> points_;
};

AnyPolygon polygon_of(View<const double, 2> points, std::int64_t begin, std::int64_t end) {
  AnyPolygon p;
  for (std::int64_t k = begin; k < end; ++k) {
    for (std::ptrdiff_t axis = 0; axis < 2; ++axis)
      if (!(points(k, axis) >= -1e-12 && points(k, axis) <= 1 + 1e-12))
        refuse("polygons: point " + at(std::ptrdiff_t(k), axis) + " = " + text(points(k, axis)) +
               ": points lie in the unit cell, [0, 1]");
    p.push_back({points(k, 0) - .5, points(k, 1) - .5});
  }
  return p;
}

} // namespace

void Reconstruction::clip(View<const double, 2> points, View<const std::int64_t, 1> offsets,
                          View<const std::int32_t, 2> cells, View<double, 3> out) const {
  const std::ptrdiff_t n = cells.extent[0];
  check_extent<const std::int64_t, 1>("offsets", offsets, {n + 1});
  check_extent<double, 3>("out", out, {n, nmat(), 3});
  const Impl::Content& content = impl_->now;
  for (std::ptrdiff_t q = 0; q < n; ++q) {
    if (offsets(q) < 0 || offsets(q) > offsets(q + 1) || offsets(q + 1) > points.extent[0])
      refuse("offsets" + at(q + 1) + " = " + text(std::ptrdiff_t(offsets(q + 1))) + ": ascending, at most " +
             text(points.extent[0]) + " points");
    const std::ptrdiff_t j = cells(q, 0), i = cells(q, 1);
    if (j < 0 || j >= ny() || i < 0 || i >= nx()) refuse("cells" + at(q) + " = " + at(j, i) + ": not in the mesh");
    if (content.mesh.is_mixed(j, i) && content.mesh.row(j, i) < 0)
      refuse("cells" + at(q) + " = " + at(j, i) + ": a mixed cell that was not reconstructed");
    polygon_of(points, offsets(q), offsets(q + 1)); // all is checked before anything is written
  }
  for (std::ptrdiff_t q = 0; q < n; ++q) {
    for (std::ptrdiff_t m = 0; m < nmat(); ++m)
      for (std::ptrdiff_t k = 0; k < 3; ++k) out(q, m, k) = 0;
    const AnyPolygon frame = polygon_of(points, offsets(q), offsets(q + 1));
    const auto add = [&](int m, const AnyPolygon& piece, double share) {
      const geometry::Moments v = geometry::moments(piece);
      const double sign = v.area < 0 ? -share : share; // clockwise is as good
      out(q, m, 0) += sign * v.area;
      out(q, m, 1) += sign * (v.x + .5 * v.area);
      out(q, m, 2) += sign * (v.y + .5 * v.area);
    };
    const std::ptrdiff_t j = cells(q, 0), i = cells(q, 1), r = content.mesh.row(j, i);
    if (r < 0)
      add(content.mesh.owner(j, i), frame, 1.);
    else
      parts(content.regions, std::size_t(r), frame, add);
  }
}

Polygons Reconstruction::polygons() const {
  Polygons all;
  all.offsets.push_back(0);
  const Regions& regions = impl_->now.regions;
  for (std::size_t r = 0; r < regions.size(); ++r)
    pieces(regions, r, unit_square(), [&](int m, const SmallPolygon& p) {
      for (std::size_t k = 0; k < p.size(); ++k) {
        all.points.push_back(regions.cells[2 * r + 1] + .5 + p[k].x);
        all.points.push_back(regions.cells[2 * r] + .5 + p[k].y);
      }
      all.offsets.push_back(std::int64_t(all.points.size() / 2));
      all.cell.push_back(std::int32_t(r));
      all.material.push_back(m);
    });
  return all;
}

} // namespace mirhydro
