#include "geometry/fractions.hpp"

#include <algorithm>
#include <utility>

#include "geometry/cell_sweep.hpp"
#include "geometry/level_columns.hpp"

namespace mirhydro::outline {
namespace {

using Outlines = std::vector<std::unique_ptr<MeshOutline>>;

Outlines on_mesh(const Layers& layers, const Mesh& mesh) {
  Outlines all;
  for (const auto& outline : layers.outlines) all.push_back(outline->on(mesh));
  return all;
}

/// The corner nearest to the outline as the origin, where what is small keeps its digits.
void localise_best(const MeshOutline& outline, const Mesh& mesh, int j, int i, LocalOutline& local) {
  outline.localise(cell_frame(mesh, j, i), j, local);
  if (local.arcs.empty()) return;
  int best = 0;
  double least = local.distance(0, 0);
  for (const int corner : {1, 2, 3}) {
    const double distance = local.distance(corner & 1, corner >> 1);
    if (distance < least) least = distance, best = corner;
  }
  if (best != 0) outline.localise(cell_frame(mesh, j, i, (best & 1) != 0, (best & 2) != 0), j, local);
}

bool is_whole_ellipse(const LocalOutline& local) {
  if (local.is_polygon || local.curves.front().is_line) return false;
  const Curve& c = local.curves.front();
  return c.s_min >= 0 && c.s_max <= 1 && c.t_min >= 0 && c.t_max <= 1;
}

/// Areas of the materials in one cell whose outlines are all curves of known form.
class CellAreas {
public:
  CellAreas(const Layers& layers, const Outlines& outlines, const Mesh& mesh)
      : layers_(layers), outlines_(outlines), mesh_(mesh), inside_(layers.outlines.size(), 0) {}

  void add(const CellStack& stack, int j, int i, std::vector<double>& area) {
    local_.resize(stack.outlines.size());
    if (stack.outlines.size() == 1) {
      const std::size_t only = std::size_t(stack.outlines[0]);
      localise_best(*outlines_[only], mesh_, j, i, local_[0]);
      if (is_whole_ellipse(local_[0])) {
        const double part = 3.14159265358979323846 / local_[0].curves.front().scale;
        inside_[only] = 1;
        area[std::size_t(layers_.owner(stack, inside_.data()))] += part;
        inside_[only] = 0;
        area[std::size_t(layers_.owner(stack, inside_.data()))] += 1 - part;
        return;
      }
    } else {
      for (std::size_t k = 0; k < local_.size(); ++k)
        outlines_[std::size_t(stack.outlines[k])]->localise(cell_frame(mesh_, j, i), j, local_[k]);
    }
    add_areas(layers_, stack, local_, area);
  }

private:
  const Layers& layers_;
  const Outlines& outlines_;
  const Mesh& mesh_;
  std::vector<LocalOutline> local_;
  std::vector<std::uint8_t> inside_;
};

/// What a row of cells holds: the material of each, and which layers above it cut the cell.
class RowStacks {
public:
  RowStacks(const Layers& layers, const Outlines& outlines, int nx)
      : layers_(layers), outlines_(outlines), covers_(layers.outlines.size()), under(std::size_t(nx), 0) {}

  void read(int j) {
    for (std::size_t k = 0; k < covers_.size(); ++k) {
      covers_[k].clear();
      outlines_[k]->row(j, covers_[k]);
    }
    const int rest = int(layers_.rules.size());
    std::fill(under.begin(), under.end(), rest);
    cuts_.clear();
    for (int layer = 0; layer < rest; ++layer) {
      int begin = 0;
      for (const Run& run : layers_.cover(layer, covers_)) {
        if (run.cover != Cover::outside)
          for (int i = begin; i < run.end; ++i) {
            int& below = under[std::size_t(i)];
            if (below < rest) continue;
            if (run.cover == Cover::inside)
              below = layer;
            else
              cuts_.push_back({i, layer});
          }
        begin = run.end;
      }
    }
    std::sort(cuts_.begin(), cuts_.end());
  }

  /// Calls use(i, stack) for every cell that an outline cuts above the material under it.
  template <class Use> void each_cut_cell(Use&& use) {
    for (std::size_t c = 0; c < cuts_.size();) {
      const int i = cuts_[c].first;
      stack_.under = under[std::size_t(i)];
      stack_.layers.clear();
      for (; c < cuts_.size() && cuts_[c].first == i; ++c) stack_.layers.push_back(cuts_[c].second);
      layers_.list_outlines(stack_);
      use(i, stack_);
    }
  }

private:
  const Layers& layers_;
  const Outlines& outlines_;
  std::vector<RowCover> covers_;
  std::vector<std::pair<int, int>> cuts_;
  CellStack stack_;

public:
  std::vector<int> under;
};

void write_pure_row(const std::vector<int>& under, int j, View<double, 3> out) {
  for (std::ptrdiff_t m = 0; m < out.extent[0]; ++m) {
    double* row = &out(m, j, 0);
    const std::ptrdiff_t step = out.stride[2];
    for (std::size_t i = 0; i < under.size(); ++i) row[std::ptrdiff_t(i) * step] = under[i] == m ? 1.0 : 0.0;
  }
}

} // namespace

void write_fractions(const Layers& layers, const Mesh& mesh, View<double, 3> out) {
  const Outlines outlines = on_mesh(layers, mesh);
  RowStacks row(layers, outlines, mesh.x.count);
  CellAreas cell(layers, outlines, mesh);
  LevelColumns columns(layers, outlines, mesh);
  std::vector<double> area(std::size_t(out.extent[0]));
  const auto write = [&](int j, int i) {
    close_sum(area);
    for (std::size_t m = 0; m < area.size(); ++m) out(m, j, i) = area[m];
  };
  const auto write_columns = [&] { columns.solve(area, write); };
  for (int j = 0; j < mesh.y.count; ++j) {
    row.read(j);
    write_pure_row(row.under, j, out);
    row.each_cut_cell([&](int i, const CellStack& stack) {
      if (columns.concerns(stack)) {
        columns.add(stack, j, i);
        return;
      }
      std::fill(area.begin(), area.end(), 0.0);
      cell.add(stack, j, i, area);
      write(j, i);
    });
    if (columns.full()) write_columns();
  }
  write_columns();
}

double shared_area(const Layers& layers, const std::vector<double>& points) {
  std::shared_ptr<const Outline> polygon = simple_polygon_outline(points);
  if (!polygon) return 0;
  Mesh box{{points[0], points[0], 1}, {points[1], points[1], 1}};
  for (std::size_t k = 0; k < points.size(); k += 2) {
    box.x.low = std::min(box.x.low, points[k]);
    box.x.high = std::max(box.x.high, points[k]);
    box.y.low = std::min(box.y.low, points[k + 1]);
    box.y.high = std::max(box.y.high, points[k + 1]);
  }
  // The polygon's complement on top: what is left for the shape is what they share.
  Layers clipped = layers;
  clipped.outlines.push_back(std::move(polygon));
  clipped.rules.insert(clipped.rules.begin(), {{int(layers.outlines.size()), Rule::complement}});
  std::vector<double> area(3, 0.0);
  write_fractions(clipped, box, View<double, 3>(area.data(), {3, 1, 1}));
  return area[1] * box.x.width() * box.y.width();
}

} // namespace mirhydro::outline
