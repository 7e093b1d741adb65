#include "reconstruct/shared_nodes.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <mutex>
#include <vector>

#include "geometry/competition.hpp"
#include "plic/level_kernels.hpp"
#include "reconstruct/fold.hpp"
#include "reconstruct/neighbours.hpp"
#include "reconstruct/pair_nodes.hpp"

namespace mirhydro::reconstruct {

namespace {

static_assert(Regions::block == plic::block);

/// Scratch of a thread, so that a warm call allocates nothing.
struct Scratch {
  geometry::Competition competition;
  std::vector<double> area, lacking;
  std::vector<double> own, own_skins; ///< nodes before they are averaged
  std::vector<int> material, common;
  std::vector<double> values, terms, sums, of_own, of_other, gradient_x, gradient_y;
};
Scratch& scratch() {
  thread_local Scratch mine;
  return mine;
}

/// A few cells of several materials are worth a thread already.
constexpr std::size_t least_shared = 2;

/// An area that is off by more is not round-off: the level set is flat there. What is off by less is shared all the
/// same, where it is more than an ulp or two: a level set that is nearly flat cannot be cut more finely.
constexpr double flat = 1e-12, fine = 1e-15;

/// Of what materials hold beyond their fractions each point gives a share to those that hold too little.
void share_excess(Regions& r, const Skin& s, const std::vector<double>& area, Stats& stats) {
  const auto first = std::size_t(s.first), count = std::size_t(s.count);
  double worst = 0;
  for (std::size_t q = 0; q < count; ++q) worst = std::max(worst, std::abs(area[q] - r.skin_vf[first + q]));
  std::vector<double>& lacking = scratch().lacking;
  lacking.clear();
  for (std::size_t q = 0; q < count; ++q) lacking.push_back(std::max(r.skin_vf[first + q] - area[q], 0.));
  const double all = ascending_sum(lacking);
  const bool some = all > 0; // round-off too: sums close
  for (std::size_t q = 0; q < count; ++q) {
    const double vf = r.skin_vf[first + q];
    r.skin_kept[first + q] = some && area[q] > vf ? vf / area[q] : 1;
    r.skin_gets[first + q] = some ? std::max(vf - area[q], 0.) / all : 0;
  }
  if (worst > flat)
    ++stats.blended;
  else
    stats.residual = std::max(stats.residual, some ? std::min(worst, fine) : worst); // shared, nothing is left
}

void match_skin(Regions& r, const Skin& s, Stats& stats) {
  Scratch& mine = scratch();
  const auto first = std::size_t(s.first), count = std::size_t(s.count);
  geometry::Competition& competition = mine.competition.of(r.K(), count);
  double* phi = &r.skin_nodes[first * r.nodes_per_cell()];
  mine.area.resize(count);
  stats.iterations = std::max(stats.iterations, competition.settle(phi, &r.skin_vf[first]));
  competition.areas(phi, mine.area.data());
  share_excess(r, s, mine.area, stats);
}

/// What the cells around say of the nodes of a row, whatever the materials.
class Averages {
public:
  Averages(const Mesh& mesh, const std::array<Boundary, 4>& boundary, Regions& regions, const std::vector<double>& own,
           const std::vector<double>& own_skins)
      : near_(mesh, boundary), r_(regions), own_(own), own_skins_(own_skins), K_(regions.K()),
        per_(regions.nodes_per_cell()) {}

  /// A block of two materials, the same in all cells.
  void pairs(std::size_t block) {
    average_pairs(r_, near_, own_.data(), block, &r_.nodes[r_.at(block * plic::block, 0)]);
  }
  void any(std::size_t row) {
    near_.find(row, r_.cells[2 * row], r_.cells[2 * row + 1]);
    list_materials(row);
    for (std::size_t n = 0; n < per_; ++n) r_.nodes[r_.at(row, n)] = own_[r_.at(row, n)];
    for (int l = 0; l <= K_; ++l)
      for (int k = 0; k <= K_; ++k) {
        dj_ = l == 0 ? -1 : l == K_ ? 1 : 0, di_ = k == 0 ? -1 : k == K_ ? 1 : 0;
        l_ = l, k_ = k;
        if (dj_ != 0 || di_ != 0) average_several(row);
      }
  }

private:
  void list_materials(std::size_t row) {
    scratch_.material.clear();
    r_.materials(row, [&](int m, double) { scratch_.material.push_back(m); });
  }
  std::size_t node_in(int dj, int di) const { return std::size_t((l_ - dj * K_) * (K_ + 1) + (k_ - di * K_)); }

  /// Calls visit(row, its number for the node, place) for the cells around the node: places 0 and 3 lie opposite each
  /// other, and so do 1 and 2. A mean adds opposite ones first.
  template <class Visit> void visit_cells(Visit&& visit) const {
    const auto cell = [&](int dj, int di, std::size_t place) {
      const std::ptrdiff_t other = near_(dj, di);
      if (other >= 0) visit(std::size_t(other), node_in(dj, di), place);
    };
    cell(0, 0, 0);
    if (dj_ != 0) cell(dj_, 0, 1);
    if (di_ != 0) cell(0, di_, 2);
    if (dj_ != 0 && di_ != 0) cell(dj_, di_, 3);
  }
  static double sum(const double (&terms)[4]) { return (terms[0] + terms[3]) + (terms[1] + terms[2]); }

  /// Level set of a material in a cell; false where it is absent.
  bool says(std::size_t other, std::size_t node, int material, double& value) const {
    if (!r_.has_skin(other)) {
      const double phi = own_[r_.at(other, node)];
      value = r_.a[other] == material ? phi : -phi;
      return r_.a[other] == material || r_.b[other] == material;
    }
    const Skin& s = r_.skin(other);
    for (std::size_t q = std::size_t(s.first); q < std::size_t(s.first + s.count); ++q)
      if (r_.skin_material[q] == material) {
        value = own_skins_[q * per_ + node];
        return true;
      }
    return false;
  }

  /// How steeply the level sets of the common materials part in a cell: twice the sum of |gradient - mean gradient|^2.
  double spread(std::size_t other) const {
    const auto corner = [&](int m, int l, int k) {
      double value = 0;
      says(other, std::size_t(l * K_ * (K_ + 1) + k * K_), m, value);
      return value;
    };
    std::vector<double>&gx = scratch_.gradient_x, &gy = scratch_.gradient_y;
    gx.clear(), gy.clear();
    for (const int m : scratch_.common) {
      const double sw = corner(m, 0, 0), se = corner(m, 0, 1), nw = corner(m, 1, 0), ne = corner(m, 1, 1);
      gx.push_back((se - sw) + (ne - nw));
      gy.push_back((nw - sw) + (ne - se));
    }
    const auto deviation = [&](std::vector<double>& g) {
      const double mean = symmetric(g) / double(g.size());
      for (double& v : g) v = (v - mean) * (v - mean);
      return ascending_sum(g);
    };
    const double x = deviation(gx), y = deviation(gy);
    return x + y;
  }
  /// A sum of signed terms that neither their order nor a change of all signs moves by a bit.
  double symmetric(const std::vector<double>& terms) const {
    std::vector<double>& sorted = scratch_.terms;
    sorted.assign(terms.begin(), terms.end());
    std::sort(sorted.begin(), sorted.end());
    double sum = 0;
    for (std::size_t k = sorted.size() / 2; k-- > 0;) sum += sorted[k] + sorted[sorted.size() - 1 - k];
    return sorted.size() % 2 == 1 ? sum + sorted[sorted.size() / 2] : sum;
  }

  /// Of several materials only differences count: what a neighbour says of those that it has in common is shifted to
  /// where this cell's own stand on average, and scaled to part as steeply; of one alone it says nothing.
  void average_several(std::size_t row) {
    const std::vector<int>& material = scratch_.material;
    const std::size_t count = material.size();
    std::vector<double>& own = scratch_.values;
    own.assign(count, 0);
    scratch_.sums.assign(8 * count, 0);
    for (std::size_t q = 0; q < count; ++q) says(row, node_in(0, 0), material[q], own[q]);
    visit_cells([&](std::size_t other, std::size_t node, std::size_t place) {
      const double weight = r_.weight[other];
      double value = 0, scale = 1;
      scratch_.common.clear(), scratch_.of_own.clear(), scratch_.of_other.clear();
      for (std::size_t q = 0; q < count; ++q)
        if (says(other, node, material[q], value)) {
          scratch_.common.push_back(material[q]);
          scratch_.of_own.push_back(own[q]), scratch_.of_other.push_back(value);
        }
      const std::size_t common = scratch_.common.size();
      if (common < 2) return;
      if (other != row && (r_.has_skin(row) || r_.has_skin(other))) {
        const double here = spread(row), there = spread(other);
        scale = here > 0 && there > 0 ? std::sqrt(here / there) : 1;
      }
      // this cell's own word goes the same way: it must round as that of its mirror image behind a wall does
      const double centre_own = symmetric(scratch_.of_own) / double(common);
      const double centre = symmetric(scratch_.of_other) / double(common);
      for (std::size_t q = 0; q < count; ++q)
        if (says(other, node, material[q], value)) {
          scratch_.sums[8 * q + place] = weight * (centre_own + scale * (value - centre));
          scratch_.sums[8 * q + 4 + place] = weight;
        }
    });
    const auto mean = [&](std::size_t q) {
      const double* s = &scratch_.sums[8 * q];
      return sum({s[0], s[1], s[2], s[3]}) / sum({s[4], s[5], s[6], s[7]});
    };
    const std::size_t node = node_in(0, 0);
    if (!r_.has_skin(row)) {
      r_.nodes[r_.at(row, node)] = .5 * (mean(0) - mean(1));
      return;
    }
    const auto first = std::size_t(r_.skin(row).first);
    for (std::size_t q = 0; q < count; ++q) r_.skin_nodes[(first + q) * per_ + node] = mean(q);
  }

  Neighbours near_;
  Regions& r_;
  const std::vector<double>&own_, &own_skins_;
  Scratch& scratch_ = scratch();
  const int K_;
  const std::size_t per_;
  int dj_ = 0, di_ = 0, l_ = 0, k_ = 0;
};

/// Calls work(block, stats) for each block of rows, on the threads that there are.
template <class Work> void each_block(Regions& regions, const Threads* threads, Stats& stats, Work&& work) {
  regions.fill_last_block();
  regions.skin_kept.resize(regions.skin_vf.size());
  regions.skin_gets.resize(regions.skin_vf.size());
  std::mutex together;
  const std::size_t blocks = (regions.size() + plic::block - 1) / plic::block;
  share(threads, blocks, least_shared, [&](int, std::size_t begin, std::size_t end) {
    Stats mine;
    for (std::size_t block = begin; block < end; ++block) work(block, mine);
    const std::lock_guard lock(together);
    stats.iterations = std::max(stats.iterations, mine.iterations);
    stats.residual = std::max(stats.residual, mine.residual);
    stats.blended += mine.blended;
  });
}

} // namespace

void match_block(Regions& r, std::size_t block, double* nodes, Stats& stats) {
  const std::size_t first = block * plic::block, end = std::min(first + plic::block, r.size());
  const int rounds = plic::level_kernels(r.K()).match(nodes, &r.vf_a[first], &r.vf_b[first], &r.excess[first]);
  stats.iterations = std::max(stats.iterations, rounds);
  for (std::size_t row = first; row < end; ++row) {
    double& excess = r.excess[row];
    if (std::abs(excess) > flat) ++stats.blended;
    if (std::abs(excess) <= fine) {
      stats.residual = std::max(stats.residual, std::abs(excess));
      excess = 0;
    }
    if (r.has_skin(row)) match_skin(r, r.skin(row), stats);
  }
}

void match_volumes(Regions& regions, const Threads* threads, Stats& stats) {
  each_block(regions, threads, stats, [&](std::size_t block, Stats& mine) {
    match_block(regions, block, &regions.nodes[regions.at(block * plic::block, 0)], mine);
  });
}

void average_nodes(const Mesh& mesh, const std::array<Boundary, 4>& boundary, Regions& regions, const Threads* threads,
                   Stats* matched) {
  std::vector<double>&own = scratch().own, &own_skins = scratch().own_skins;
  own.resize(regions.nodes.size());
  regions.fill_last_block();
  own.swap(regions.nodes);
  own_skins = regions.skin_nodes;
  Stats none;
  each_block(regions, threads, matched != nullptr ? *matched : none, [&](std::size_t block, Stats& mine) {
    Averages averages(mesh, boundary, regions, own, own_skins);
    const std::size_t first = block * plic::block, end = std::min(first + plic::block, regions.size());
    if (mesh.nmat() == 2)
      averages.pairs(block);
    else
      for (std::size_t row = first; row < end; ++row) averages.any(row);
    if (matched != nullptr)
      match_block(regions, block, &regions.nodes[regions.at(first, 0)], mine); // while it is in cache
  });
}

void keep_asked(View<const bool, 2> where, std::ptrdiff_t rim, Mesh& mesh, Regions& regions) {
  const auto is_asked = [&](std::ptrdiff_t j, std::ptrdiff_t i) {
    const bool in_rim = j < rim || j >= mesh.ny() - rim || i < rim || i >= mesh.nx() - rim;
    return !in_rim && (!where || where(j, i));
  };
  std::size_t kept = 0;
  for (std::size_t row = 0; row < regions.size(); ++row)
    if (is_asked(regions.cells[2 * row], regions.cells[2 * row + 1])) regions.move_row(row, kept++);
  regions.resize(kept);
  std::ptrdiff_t found = 0;
  for (std::ptrdiff_t j = 0; j < mesh.ny(); ++j)
    for (std::ptrdiff_t w = 0; w < mesh.words(); ++w) {
      std::uint64_t asked = 0;
      for (std::uint64_t left = mesh.rows(j, w); left != 0; left &= left - 1)
        if (is_asked(j, 64 * w + std::countr_zero(left))) asked |= left & -left;
      mesh.rows(j, w) = asked;
      mesh.rank(j, w) = static_cast<std::uint32_t>(found);
      found += std::popcount(asked);
    }
}

} // namespace mirhydro::reconstruct
