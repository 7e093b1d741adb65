#pragma once
#include <array>
#include <cstddef>
#include <vector>

namespace mirhydro::geometry {

struct Point {
  double x, y;
};

/// A convex polygon with room for the square cut by a dozen lines; lives on the stack.
class SmallPolygon {
public:
  static constexpr std::size_t room = 24;
  std::size_t size() const { return size_; }
  void clear() { size_ = 0; }
  void push_back(Point p) {
    if (size_ < room) points_[size_++] = p;
  }
  const Point& operator[](std::size_t k) const { return points_[k]; }

private:
  std::array<Point, room> points_;
  std::size_t size_ = 0;
};

inline SmallPolygon rectangle(double x0, double x1, double y0, double y1) {
  SmallPolygon p;
  for (const Point corner : {Point{x0, y0}, Point{x1, y0}, Point{x1, y1}, Point{x0, y1}}) p.push_back(corner);
  return p;
}

/// Area and integrals of x and y over a polygon.
struct Moments {
  double area = 0, x = 0, y = 0;
};

/// Taken about the first vertex, so that a sliver far from the origin keeps its digits.
template <class Polygon> Moments moments(const Polygon& p) {
  Moments m;
  if (p.size() < 3) return m;
  const Point o = p[0];
  for (std::size_t k = 1; k + 1 < p.size(); ++k) {
    const double ux = p[k].x - o.x, uy = p[k].y - o.y, vx = p[k + 1].x - o.x, vy = p[k + 1].y - o.y;
    const double area = .5 * (ux * vy - vx * uy);
    m.area += area;
    m.x += area * (ux + vx) / 3;
    m.y += area * (uy + vy) / 3;
  }
  m.x += m.area * o.x;
  m.y += m.area * o.y;
  return m;
}

/// The part of a convex polygon where sign * (mx*x + my*y - t) <= 0. A vertex on the line belongs to both sides and is
/// kept as it is, so that a line along an edge or through a corner cuts nothing twice.
/// Source: Sutherland & Hodgman, Comm. ACM 17 (1974) 32.
template <class Polygon> void clip(const Polygon& in, double mx, double my, double t, double sign, Polygon& out) {
  out.clear();
  const std::size_t n = in.size();
  if (n == 0) return;
  const auto beyond = [&](const Point& p) { return sign * ((mx * p.x + my * p.y) - t); };
  Point from = in[n - 1];
  double d0 = beyond(from);
  for (std::size_t k = 0; k < n; ++k) {
    const Point to = in[k];
    const double d1 = beyond(to);
    if ((d0 < 0 && d1 > 0) || (d0 > 0 && d1 < 0)) {
      const double s = d0 / (d0 - d1);
      out.push_back({from.x + s * (to.x - from.x), from.y + s * (to.y - from.y)});
    }
    if (d1 <= 0) out.push_back(to);
    from = to;
    d0 = d1;
  }
}

} // namespace mirhydro::geometry
