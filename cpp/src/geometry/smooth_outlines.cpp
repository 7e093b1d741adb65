// Outlines of one smooth curve: the ellipse (and circle) and the half-plane.
#include <cmath>

#include "geometry/outline.hpp"

namespace mirhydro::outline {

Columns columns(const Axis& axis, double low, double high, double size) {
  const double width = axis.width();
  const double margin = 1e-9 + 1e-15 * std::max(size, axis.largest()) / width;
  const double count = double(axis.count);
  const double first = std::floor(std::clamp((low - axis.low) / width - margin, 0.0, count));
  const double last = std::floor(std::clamp((high - axis.low) / width + margin, -1.0, count - 1));
  return {int(first), int(last)};
}

namespace {

struct Interval {
  double low, high;
};

Interval band(const Axis& y, int j, double size) {
  const double width = y.width(), margin = 1e-9 * width + 1e-15 * std::max(size, y.largest());
  return {y.low + j * width - margin, y.low + (j + 1) * width + margin};
}

/// Everything of an ellipse that a cell needs: p -> map (p - centre) takes it to the unit circle.
struct Ellipse {
  double x, y, a, b;
  Direction axis;
  DoubleDouble map[2][2];
};

class EllipseOnMesh final : public MeshOutline {
public:
  EllipseOnMesh(const Ellipse& ellipse, const Mesh& mesh) : e_(ellipse), mesh_(mesh) {
    const double c = double(e_.axis.cosine), s = double(e_.axis.sine);
    half_y_ = std::hypot(e_.a * s, e_.b * c);
    half_x_ = std::hypot(e_.a * c, e_.b * s);
    lean_ = (e_.a / half_y_) * (e_.a / half_y_) * s * c - (e_.b / half_y_) * (e_.b / half_y_) * s * c;
    waist_ = (e_.a / half_y_) * e_.b;
    top_ = (e_.a / half_x_) * (e_.a / half_x_) * s * c - (e_.b / half_x_) * (e_.b / half_x_) * s * c;
    size_ = std::max({std::abs(e_.x), std::abs(e_.y), e_.a, e_.b});
  }

  void row(int j, RowCover& cover) const override {
    const Interval y = band(mesh_.y, j, size_);
    const double low = std::max(y.low - e_.y, -half_y_), high = std::min(y.high - e_.y, half_y_);
    if (low <= high) {
      const Interval left = branch(-1, low, high), right = branch(1, low, high);
      const bool capped = low <= -half_y_ || high >= half_y_;
      const Columns l = columns(mesh_.x, e_.x + left.low, e_.x + (capped ? right.high : left.high), size_);
      const Columns r = columns(mesh_.x, e_.x + right.low, e_.x + right.high, size_);
      append(cover, l.first, Cover::outside);
      append(cover, l.last + 1, Cover::cut);
      if (!capped) {
        append(cover, r.first, Cover::inside);
        append(cover, r.last + 1, Cover::cut);
      }
    }
    append(cover, mesh_.x.count, Cover::outside);
  }

  void localise(const Frame& frame, int, LocalOutline& local) const override {
    const DoubleDouble cs = frame.s.origin - DoubleDouble(frame.along_s(e_.x, e_.y));
    const DoubleDouble ct = frame.t.origin - DoubleDouble(frame.along_t(e_.x, e_.y));
    DoubleDouble w[2], mu[2], mv[2];
    Curve c;
    c.is_line = false;
    for (std::size_t k = 0; k < 2; ++k) {
      mu[k] = frame.along_s(e_.map[k][0], e_.map[k][1]);
      mv[k] = frame.along_t(e_.map[k][0], e_.map[k][1]);
      w[k] = mu[k] * cs + mv[k] * ct;
      mu[k] = mu[k] * DoubleDouble(frame.s.step);
      mv[k] = mv[k] * DoubleDouble(frame.t.step);
      c.w[k] = double(w[k]);
      c.mu[k] = double(mu[k]);
      c.mv[k] = double(mv[k]);
    }
    const auto dot = [](const DoubleDouble* a, const DoubleDouble* b) { return a[0] * b[0] + a[1] * b[1]; };
    const auto cross = [](const DoubleDouble* a, const DoubleDouble* b) { return a[0] * b[1] - a[1] * b[0]; };
    c.c0 = double(dot(w, w) - DoubleDouble(1));
    c.c1 = 2 * double(dot(w, mu));
    c.c2 = 2 * double(dot(w, mv));
    c.c11 = double(dot(mu, mu));
    c.c12 = 2 * double(dot(mu, mv));
    c.c22 = double(dot(mv, mv));
    const DoubleDouble area = cross(mu, mv);
    c.scale = std::abs(double(area));
    // Where the curve turns back in s, the column there is tangent: abs(cross(mv, w + s * mu)) = abs(mv).
    const DoubleDouble s_mid = cross(mv, w) / area, s_half = sqrt(dot(mv, mv)) / area;
    const DoubleDouble t_mid = -cross(mu, w) / area, t_half = sqrt(dot(mu, mu)) / area;
    order(s_mid, s_half, frame.s, c.s_min, c.s_max);
    order(t_mid, t_half, frame.t, c.t_min, c.t_max);
    local.clear();
    local.curves.push_back(c);
    if (c.s_max > 0 && c.s_min < 1 && c.t_max > 0 && c.t_min < 1)
      local.add_arcs(0, std::max(0.0, c.s_min), std::min(1.0, c.s_max));
  }

private:
  void order(DoubleDouble middle, DoubleDouble half, const FrameAxis& axis, double& low, double& high) const {
    const double one = double(middle - half), other = double(middle + half);
    low = axis.snapped(std::min(one, other), size_);
    high = axis.snapped(std::max(one, other), size_);
  }

  /// x - centre of the left (side -1) or right branch at height y - centre.
  double abscissa(int side, double y) const {
    const double ratio = y / half_y_;
    return lean_ * y + side * waist_ * std::sqrt(std::max(0.0, (1 - ratio) * (1 + ratio)));
  }

  /// Smallest and largest abscissa of a branch for heights in [low, high].
  Interval branch(int side, double low, double high) const {
    const double one = abscissa(side, low), other = abscissa(side, high);
    Interval range{std::min(one, other), std::max(one, other)};
    const double extreme = side * top_ * half_x_; // height at which this branch reaches side * half_x_
    if (low <= extreme && extreme <= high) (side < 0 ? range.low : range.high) = side * half_x_;
    return range;
  }

  const Ellipse& e_;
  Mesh mesh_;
  double half_x_, half_y_, lean_, waist_, top_, size_;
};

class EllipseOutline final : public Outline {
public:
  EllipseOutline(double x, double y, double a, double b, double angle) : e_{x, y, a, b, {}, {}} {
    e_.axis = a == b ? Direction{1, 0} : direction(angle);
    const DoubleDouble c = e_.axis.cosine, s = e_.axis.sine;
    e_.map[0][0] = c / DoubleDouble(a);
    e_.map[0][1] = s / DoubleDouble(a);
    e_.map[1][0] = -s / DoubleDouble(b);
    e_.map[1][1] = c / DoubleDouble(b);
  }
  std::unique_ptr<MeshOutline> on(const Mesh& mesh) const override { return std::make_unique<EllipseOnMesh>(e_, mesh); }

private:
  Ellipse e_;
};

struct HalfPlane {
  double px, py, nx, ny;
};

class HalfPlaneOnMesh final : public MeshOutline {
public:
  HalfPlaneOnMesh(const HalfPlane& plane, const Mesh& mesh) : h_(plane), mesh_(mesh) {
    size_ = std::max(std::abs(h_.px), std::abs(h_.py));
  }

  void row(int j, RowCover& cover) const override {
    const Interval y = band(mesh_.y, j, size_);
    const int count = mesh_.x.count;
    if (std::abs(h_.nx) < 1e-12 * std::abs(h_.ny)) {
      append(cover, count, flat_row(y));
      return;
    }
    const double slope = -h_.ny / h_.nx;
    const double one = h_.px + slope * (y.low - h_.py), other = h_.px + slope * (y.high - h_.py);
    const double reach = std::abs(slope) * std::max(mesh_.y.largest(), size_);
    const Columns c = columns(mesh_.x, std::min(one, other), std::max(one, other), size_ + reach);
    append(cover, c.first, h_.nx > 0 ? Cover::inside : Cover::outside);
    append(cover, c.last + 1, Cover::cut);
    append(cover, count, h_.nx > 0 ? Cover::outside : Cover::inside);
  }

  void localise(const Frame& frame, int, LocalOutline& local) const override {
    const double ns = frame.along_s(h_.nx, h_.ny), nt = frame.along_t(h_.nx, h_.ny);
    const double ps = frame.along_s(h_.px, h_.py), pt = frame.along_t(h_.px, h_.py);
    // Only a line along an axis can coincide with a side of the cell.
    const DoubleDouble s = nt == 0 ? frame.s.offset(ps) : DoubleDouble(ps) - frame.s.origin;
    const DoubleDouble t = ns == 0 ? frame.t.offset(pt) : DoubleDouble(pt) - frame.t.origin;
    Curve c;
    c.c0 = -double(DoubleDouble(ns) * s + DoubleDouble(nt) * t);
    c.c1 = ns * frame.s.step;
    c.c2 = nt * frame.t.step;
    const double size = std::max(std::abs(c.c1), std::abs(c.c2));
    c.c0 /= size;
    c.c1 /= size;
    c.c2 /= size;
    if (std::abs(c.c2) < 1e-30) c.c2 = 0;
    local.clear();
    local.curves.push_back(c);
    if (std::abs(c.c0) > 4) return;
    if (c.c2 == 0)
      local.stations.push_back(-c.c0 / c.c1);
    else
      local.add_arcs(0, 0, 1);
  }

private:
  /// Cover of a row by a line that is all but parallel to it.
  Cover flat_row(const Interval& y) const {
    const double slope = -h_.nx / h_.ny;
    const double one = h_.py + slope * (mesh_.x.low - h_.px), other = h_.py + slope * (mesh_.x.high - h_.px);
    if (y.high < std::min(one, other)) return h_.ny > 0 ? Cover::inside : Cover::outside;
    if (y.low > std::max(one, other)) return h_.ny > 0 ? Cover::outside : Cover::inside;
    return Cover::cut;
  }

  const HalfPlane& h_;
  Mesh mesh_;
  double size_;
};

class HalfPlaneOutline final : public Outline {
public:
  HalfPlaneOutline(double px, double py, double nx, double ny) : h_{px, py, nx, ny} {
    int exponent = 0; // a power of two: the direction keeps its bits, the length becomes harmless
    std::frexp(std::max(std::abs(nx), std::abs(ny)), &exponent);
    h_.nx = std::ldexp(nx, -exponent);
    h_.ny = std::ldexp(ny, -exponent);
  }
  std::unique_ptr<MeshOutline> on(const Mesh& mesh) const override {
    return std::make_unique<HalfPlaneOnMesh>(h_, mesh);
  }

private:
  HalfPlane h_;
};

} // namespace

std::unique_ptr<Outline> ellipse_outline(double x, double y, double a, double b, double angle) {
  return std::make_unique<EllipseOutline>(x, y, a, b, angle);
}

std::unique_ptr<Outline> half_plane_outline(double px, double py, double nx, double ny) {
  return std::make_unique<HalfPlaneOutline>(px, py, nx, ny);
}

} // namespace mirhydro::outline
