// Which cells the interface of an implicit shape may cross.
#include <algorithm>
#include <array>
#include <cmath>

#include "geometry/level_roots.hpp"
#include "geometry/outline.hpp"

namespace mirhydro::outline {
namespace {

constexpr std::size_t batch = 65536; // points handed to f in one call, about

/// Signs of f on the nodes decide the cells far from the interface. A cell where f changes by more than half of its
/// least absolute value over the neighbourhood (one cell around) is sampled again on 9 x 9 points, and is cut when a
/// sign changes or three samples in line dip towards zero.
class LevelSetOnMesh final : public MeshOutline {
public:
  LevelSetOnMesh(const LevelSet& f, const Mesh& mesh) : f_(f), mesh_(mesh) {
    nx_ = std::size_t(mesh.x.count);
    ny_ = std::size_t(mesh.y.count);
    sample_nodes();
    covers_.resize(nx_ * ny_);
    std::vector<std::size_t> suspects;
    for (std::size_t j = 0; j < ny_; ++j)
      for (std::size_t i = 0; i < nx_; ++i) {
        covers_[j * nx_ + i] = nodal_cover(j, i);
        if (covers_[j * nx_ + i] != Cover::cut && is_suspect(j, i)) suspects.push_back(j * nx_ + i);
      }
    nodes_ = {};
    for (std::size_t k = 0; k < suspects.size(); k += batch / 81)
      look_closer({suspects.begin() + std::ptrdiff_t(k),
                   suspects.begin() + std::ptrdiff_t(std::min(suspects.size(), k + batch / 81))});
  }

  void row(int j, RowCover& cover) const override {
    const Cover* cells = &covers_[std::size_t(j) * nx_];
    for (std::size_t i = 0; i < nx_; ++i) append(cover, int(i) + 1, cells[i]);
  }

  void localise(const Frame&, int, LocalOutline& local) const override { local.clear(); }

  const LevelSet* level_set() const override { return &f_; }

private:
  void sample_nodes() {
    nodes_.reserve((nx_ + 1) * (ny_ + 1));
    std::vector<double> x, y, values;
    for (std::size_t j = 0; j <= ny_; ++j) {
      for (std::size_t i = 0; i <= nx_; ++i) {
        x.push_back(double(mesh_.x.line(int(i))));
        y.push_back(double(mesh_.y.line(int(j))));
      }
      if (x.size() < batch && j < ny_) continue;
      evaluate(f_, x, y, values);
      nodes_.insert(nodes_.end(), values.begin(), values.end());
      x.clear();
      y.clear();
    }
  }

  double node(std::size_t j, std::size_t i) const { return nodes_[j * (nx_ + 1) + i]; }

  Cover nodal_cover(std::size_t j, std::size_t i) const {
    const int inside = (node(j, i) < 0) + (node(j, i + 1) < 0) + (node(j + 1, i) < 0) + (node(j + 1, i + 1) < 0);
    if (inside == 0) return Cover::outside;
    return inside == 4 ? Cover::inside : Cover::cut;
  }

  bool is_suspect(std::size_t j, std::size_t i) const {
    if (nx_ < 4 || ny_ < 4) return true; // too few neighbours to judge by
    const double nearest = std::min(std::min(std::abs(node(j, i)), std::abs(node(j, i + 1))),
                                    std::min(std::abs(node(j + 1, i)), std::abs(node(j + 1, i + 1))));
    double low = node(j, i), high = low;
    for (std::size_t q = j > 0 ? j - 1 : 0; q <= std::min(ny_, j + 2); ++q)
      for (std::size_t p = i > 0 ? i - 1 : 0; p <= std::min(nx_, i + 2); ++p) {
        low = std::min(low, node(q, p));
        high = std::max(high, node(q, p));
      }
    return nearest <= .5 * (high - low);
  }

  void look_closer(const std::vector<std::size_t>& cells) {
    std::vector<double> x, y, values;
    for (const std::size_t cell : cells) {
      const Frame frame = cell_frame(mesh_, int(cell / nx_), int(cell % nx_));
      for (int q = 0; q < 9; ++q)
        for (int p = 0; p < 9; ++p) {
          x.push_back(double(frame.s.origin) + p / 8.0 * frame.s.step);
          y.push_back(double(frame.t.origin) + q / 8.0 * frame.t.step);
        }
    }
    evaluate(f_, x, y, values);
    for (std::size_t k = 0; k < cells.size(); ++k)
      if (shows_interface(&values[81 * k])) covers_[cells[k]] = Cover::cut;
  }

  static bool shows_interface(const double* v) {
    for (std::size_t k = 1; k < 81; ++k)
      if ((v[k] < 0) != (v[0] < 0)) return true;
    const double sign = v[0] < 0 ? -1 : 1;
    for (std::size_t line = 0; line < 9; ++line)
      for (std::size_t n = 1; n < 8; ++n) {
        const std::size_t row = 9 * line + n, column = 9 * n + line;
        if (may_dip(sign * v[row - 1], sign * v[row], sign * v[row + 1])) return true;
        if (may_dip(sign * v[column - 9], sign * v[column], sign * v[column + 9])) return true;
      }
    return false;
  }

  const LevelSet& f_;
  Mesh mesh_;
  std::size_t nx_ = 0, ny_ = 0;
  std::vector<double> nodes_;
  std::vector<Cover> covers_;
};

class LevelSetOutline final : public Outline {
public:
  explicit LevelSetOutline(LevelSet f) : f_(std::move(f)) {}
  std::unique_ptr<MeshOutline> on(const Mesh& mesh) const override {
    return std::make_unique<LevelSetOnMesh>(f_, mesh);
  }

private:
  LevelSet f_;
};

} // namespace

std::unique_ptr<Outline> level_set_outline(LevelSet f) { return std::make_unique<LevelSetOutline>(std::move(f)); }

} // namespace mirhydro::outline
