#include "reconstruct/shared_nodes.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <mutex>
#include <vector>

#include "engine/interrupt.hpp"
#include "geometry/competition.hpp"
#include "plic/level_kernels.hpp"
#include "reconstruct/fold.hpp"
#include "reconstruct/neighbours.hpp"
#include "reconstruct/pair_nodes.hpp"
#include "reconstruct/several_nodes.hpp"

namespace mirhydro::reconstruct {

namespace {

using plic::fine, plic::flat;

static_assert(Regions::block == plic::block);

/// Scratch of a thread, so that a warm call allocates nothing.
struct Scratch {
  geometry::Competition competition;
  std::vector<double> lacking;
  std::vector<double> own, own_skins; ///< nodes before they are averaged
  SeveralNodes several;
};
Scratch& scratch() {
  thread_local Scratch mine;
  return mine;
}

/// A few cells of several materials are worth a thread already.
constexpr std::size_t least_shared = 2;

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
  stats.iterations = std::max(stats.iterations, competition.settle(phi, &r.skin_vf[first]));
  share_excess(r, s, competition.settled(), stats);
}

/// Calls work(block, stats) for each block of rows, on the threads that there are.
template <class Work> void each_block(Regions& regions, const Threads* threads, Stats& stats, Work&& work) {
  regions.fill_last_block();
  regions.skin_kept.resize(regions.skin_vf.size());
  regions.skin_gets.resize(regions.skin_vf.size());
  std::mutex together;
  const std::size_t blocks = (regions.size() + plic::block - 1) / plic::block;
  share(threads, blocks, least_shared, [&](int, std::size_t begin, std::size_t end) {
    Stats mine;
    for (std::size_t block = begin; block < end; ++block) {
      engine::let_interrupt();
      work(block, mine);
    }
    const std::lock_guard lock(together);
    stats.iterations = std::max(stats.iterations, mine.iterations);
    stats.residual = std::max(stats.residual, mine.residual);
    stats.blended += mine.blended;
  });
}

} // namespace

void match_block(Regions& r, std::size_t block, double* nodes, Stats& stats) {
  const std::size_t first = block * plic::block, rows = r.rows_of_block(block);
  const int rounds = plic::level_kernels(r.K()).match(nodes, &r.vf_a[first], &r.vf_b[first],
                                                      plic::whole_groups(int(rows)), &r.excess[first]);
  stats.iterations = std::max(stats.iterations, rounds);
  for (std::size_t row = first; row < first + rows; ++row) {
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
    const std::size_t first = block * plic::block;
    double* const nodes = &regions.nodes[regions.at(first, 0)];
    Neighbours near(mesh, boundary);
    std::uint64_t several = average_pairs(regions, near, mesh.nmat() == 2, own.data(), block, nodes);
    for (; several != 0; several &= several - 1)
      scratch().several.average(regions, near, own, own_skins, first + std::size_t(std::countr_zero(several)));
    if (matched != nullptr) match_block(regions, block, nodes, mine); // while it is in cache
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
