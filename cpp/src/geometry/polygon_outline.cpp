#include <algorithm>
#include <cmath>
#include <string>

#include <mirhydro/error.hpp>

#include "geometry/outline.hpp"

namespace mirhydro::outline {
namespace {

struct Point {
  double x, y;
};

/// Twice the area of the triangle a, b, c, signed; the sign is that of the exact value down to 1e-31 of the box.
double turn(const Point& a, const Point& b, const Point& c) {
  return double(exact_sum(b.x, -a.x) * exact_sum(c.y, -a.y) - exact_sum(b.y, -a.y) * exact_sum(c.x, -a.x));
}

bool cross(const Point& a, const Point& b, const Point& c, const Point& d) {
  const double c_side = turn(a, b, c), d_side = turn(a, b, d), a_side = turn(c, d, a), b_side = turn(c, d, b);
  return ((c_side < 0 && d_side > 0) || (c_side > 0 && d_side < 0)) &&
         ((a_side < 0 && b_side > 0) || (a_side > 0 && b_side < 0));
}

/// Refuses edges that cross in their interiors. Cost: O(n log n) plus the pairs whose x ranges overlap.
void check_simple(const std::vector<Point>& points) {
  const std::size_t n = points.size();
  struct Span {
    double low, high;
    std::size_t edge;
  };
  std::vector<Span> spans(n);
  for (std::size_t k = 0; k < n; ++k) {
    const double x0 = points[k].x, x1 = points[(k + 1) % n].x;
    spans[k] = {std::min(x0, x1), std::max(x0, x1), k};
  }
  std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.low < b.low; });
  for (std::size_t p = 0; p < n; ++p)
    for (std::size_t q = p + 1; q < n && spans[q].low <= spans[p].high; ++q) {
      const std::size_t e = std::min(spans[p].edge, spans[q].edge), f = std::max(spans[p].edge, spans[q].edge);
      const Point &a = points[e], &b = points[(e + 1) % n], &c = points[f], &d = points[(f + 1) % n];
      if (std::max(a.y, b.y) < std::min(c.y, d.y) || std::max(c.y, d.y) < std::min(a.y, b.y)) continue;
      if (cross(a, b, c, d))
        throw Error(Status::bad_argument, "points: edge " + std::to_string(e) + " crosses edge " + std::to_string(f) +
                                              ": a polygon must not intersect itself");
    }
}

bool has_area(const std::vector<Point>& points) {
  DoubleDouble twice;
  Point low = points[0], high = points[0];
  for (std::size_t k = 0; k < points.size(); ++k) {
    const Point &a = points[k], &b = points[(k + 1) % points.size()];
    twice = twice + exact_sum(a.x, -points[0].x) * exact_sum(b.y, -points[0].y) -
            exact_sum(b.x, -points[0].x) * exact_sum(a.y, -points[0].y);
    low = {std::min(low.x, a.x), std::min(low.y, a.y)};
    high = {std::max(high.x, a.x), std::max(high.y, a.y)};
  }
  return std::abs(double(twice)) > 2e-15 * (high.x - low.x) * (high.y - low.y);
}

std::vector<Point> distinct(const std::vector<double>& coordinates) {
  std::vector<Point> points;
  for (std::size_t k = 0; k + 1 < coordinates.size(); k += 2) {
    const Point p{coordinates[k], coordinates[k + 1]};
    if (points.empty() || points.back().x != p.x || points.back().y != p.y) points.push_back(p);
  }
  while (points.size() > 1 && points.back().x == points[0].x && points.back().y == points[0].y) points.pop_back();
  return points;
}

class PolygonOnMesh final : public MeshOutline {
public:
  PolygonOnMesh(const std::vector<Point>& points, const Mesh& mesh) : points_(points), mesh_(mesh) {
    for (const Point& p : points_) size_ = std::max({size_, std::abs(p.x), std::abs(p.y)});
    const std::size_t n = points_.size(), rows = std::size_t(mesh_.y.count);
    start_.assign(rows + 1, 0);
    std::vector<Columns> spans(n);
    for (std::size_t k = 0; k < n; ++k) {
      const double y0 = points_[k].y, y1 = points_[(k + 1) % n].y;
      spans[k] = columns(mesh_.y, std::min(y0, y1), std::max(y0, y1), size_);
      for (int j = spans[k].first; j <= spans[k].last; ++j) ++start_[std::size_t(j) + 1];
    }
    for (std::size_t j = 0; j < rows; ++j) start_[j + 1] += start_[j];
    edges_.resize(start_[rows]);
    std::vector<std::size_t> next(start_.begin(), start_.end() - 1);
    for (std::size_t k = 0; k < n; ++k)
      for (int j = spans[k].first; j <= spans[k].last; ++j) edges_[next[std::size_t(j)]++] = k;
  }

  void row(int j, RowCover& cover) const override {
    std::vector<Columns> cut;
    const double height = mesh_.y.width(), margin = 1e-9 * height + 1e-15 * std::max(size_, mesh_.y.largest());
    const double low = mesh_.y.low + j * height - margin, high = mesh_.y.low + (j + 1) * height + margin;
    for (std::size_t e = start_[std::size_t(j)]; e < start_[std::size_t(j) + 1]; ++e) {
      const Point &a = points_[edges_[e]], &b = points_[(edges_[e] + 1) % points_.size()];
      const double first = at_height(a, b, std::clamp(low, std::min(a.y, b.y), std::max(a.y, b.y)));
      const double last = at_height(a, b, std::clamp(high, std::min(a.y, b.y), std::max(a.y, b.y)));
      const bool flat = std::abs(b.y - a.y) <= 1e-9 * height;
      const Columns c = flat ? columns(mesh_.x, std::min(a.x, b.x), std::max(a.x, b.x), size_)
                             : columns(mesh_.x, std::min(first, last), std::max(first, last), size_);
      if (c.first <= c.last) cut.push_back(c);
    }
    std::sort(cut.begin(), cut.end(), [](const Columns& p, const Columns& q) { return p.first < q.first; });
    for (const Columns& c : cut) {
      const int done = cover.empty() ? 0 : cover.back().end;
      if (c.first > done) append(cover, c.first, pure(j, done));
      append(cover, c.last + 1, Cover::cut);
    }
    const int done = cover.empty() ? 0 : cover.back().end;
    if (done < mesh_.x.count) append(cover, mesh_.x.count, pure(j, done));
  }

  void localise(const Frame& frame, int j, LocalOutline& local) const override {
    local.clear();
    local.is_polygon = true;
    if (frame.swapped) {
      for (std::size_t k = 0; k < points_.size(); ++k) localise_edge(frame, k, local);
      return;
    }
    for (std::size_t e = start_[std::size_t(j)]; e < start_[std::size_t(j) + 1]; ++e)
      localise_edge(frame, edges_[e], local);
  }

private:
  static double at_height(const Point& a, const Point& b, double y) {
    if (y == a.y) return a.x;
    if (y == b.y) return b.x;
    return a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x);
  }

  /// Cover of a cell that no edge touches, by the parity of its centre.
  Cover pure(int j, int i) const {
    const double x = mesh_.x.low + (i + .5) * mesh_.x.width(), y = mesh_.y.low + (j + .5) * mesh_.y.width();
    bool odd = false;
    for (std::size_t e = start_[std::size_t(j)]; e < start_[std::size_t(j) + 1]; ++e) {
      const Point &a = points_[edges_[e]], &b = points_[(edges_[e] + 1) % points_.size()];
      if ((a.y <= y) != (b.y <= y) && at_height(a, b, y) < x) odd = !odd;
    }
    return odd ? Cover::inside : Cover::outside;
  }

  void localise_edge(const Frame& frame, std::size_t k, LocalOutline& local) const {
    const Point &a = points_[k], &b = points_[(k + 1) % points_.size()];
    const double as = frame.along_s(a.x, a.y), bs = frame.along_s(b.x, b.y);
    const DoubleDouble s0 = frame.s.offset(as), s1 = frame.s.offset(bs);
    const DoubleDouble t0 = frame.t.offset(frame.along_t(a.x, a.y)), t1 = frame.t.offset(frame.along_t(b.x, b.y));
    const double ls0 = double(s0) / frame.s.step, ls1 = double(s1) / frame.s.step;
    const double lt0 = double(t0) / frame.t.step, lt1 = double(t1) / frame.t.step;
    if (std::min(ls0, ls1) > 1) return;
    if (std::max(ls0, ls1) < 0) {
      local.edges.push_back({lt0, lt1, -1});
      return;
    }
    const DoubleDouble es = s1 - s0, et = t1 - t0;
    Curve c;
    c.c0 = double(et * s0 - es * t0);
    c.c1 = -double(et) * frame.s.step;
    c.c2 = double(es) * frame.t.step;
    double size = std::max(std::abs(c.c1), std::abs(c.c2));
    if (!(size > 0)) return; // both ends on one corner of the cell
    if ((frame.s.step < 0) != (frame.t.step < 0)) size = -size;
    c.c0 /= size;
    c.c1 /= size;
    c.c2 /= size;
    if (std::abs(c.c2) < 1e-30) c.c2 = 0;
    local.curves.push_back(c);
    const int index = int(local.curves.size()) - 1;
    local.edges.push_back({lt0, lt1, index});
    const double low = std::max(0.0, std::min(ls0, ls1)), high = std::min(1.0, std::max(ls0, ls1));
    if (std::abs(c.c0) > 4 || std::min(lt0, lt1) > 1 || std::max(lt0, lt1) < 0) return;
    local.stations.push_back(low);
    local.stations.push_back(high);
    if (c.c2 != 0 && low < high) local.add_arcs(index, low, high);
  }

  const std::vector<Point>& points_;
  Mesh mesh_;
  double size_ = 0;
  std::vector<std::size_t> start_, edges_; ///< edges that touch each row
};

class PolygonOutline final : public Outline {
public:
  explicit PolygonOutline(std::vector<Point> points) : points_(std::move(points)) {}
  std::unique_ptr<MeshOutline> on(const Mesh& mesh) const override {
    return std::make_unique<PolygonOnMesh>(points_, mesh);
  }

private:
  std::vector<Point> points_;
};

} // namespace

std::unique_ptr<Outline> polygon_outline(const std::vector<double>& coordinates) {
  std::vector<Point> points = distinct(coordinates);
  if (points.size() < 3)
    throw Error(Status::bad_argument,
                "points: " + std::to_string(points.size()) + " different points: a polygon has at least 3");
  check_simple(points);
  if (!has_area(points)) throw Error(Status::bad_argument, "points: the polygon has no area");
  return std::make_unique<PolygonOutline>(std::move(points));
}

std::unique_ptr<Outline> simple_polygon_outline(const std::vector<double>& coordinates) {
  std::vector<Point> points = distinct(coordinates);
  if (points.size() < 3 || !has_area(points)) return nullptr;
  return std::make_unique<PolygonOutline>(std::move(points));
}

} // namespace mirhydro::outline
