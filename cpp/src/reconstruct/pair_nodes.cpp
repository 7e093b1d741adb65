#include "reconstruct/pair_nodes.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <type_traits>

#include "plic/level_kernels.hpp"
#include "reconstruct/shared_nodes.hpp"

namespace mirhydro::reconstruct {

namespace {

constexpr std::size_t node(int K, int l, int k) { return std::size_t(l * (K + 1) + k) * plic::block; }

template <int K, bool one_pair>
std::uint64_t average(const Regions& r, Neighbours& near, const double* own, std::size_t block, double* nodes) {
  plic::Around around;
  constexpr std::size_t size = node(K, K + 1, 0);
  const auto cells = std::size_t(plic::whole_groups(int(r.rows_of_block(block))));
  std::uint64_t several = 0;
  for (std::size_t c = 0; c < cells; ++c) {
    const std::size_t row = block * plic::block + c;
    if (row < r.size())
      near.find(row, r.cells[2 * row], r.cells[2 * row + 1]);
    else
      near.find_none();
    const double* phi[9];
    for (int n = 0; n < 9; ++n) { // without a branch: which cells are there cannot be foreseen
      const std::ptrdiff_t there = n == 4 ? std::ptrdiff_t(row) : near(n / 3 - 1, n % 3 - 1);
      std::ptrdiff_t none = there >> 63;
      const auto other = std::size_t((there & ~none) | (std::ptrdiff_t(row) & none));
      if constexpr (!one_pair) {
        several |= std::uint64_t(row < r.size() && r.has_skin(other)) << c;
        none |= -std::ptrdiff_t(((r.a[other] ^ r.a[row]) | (r.b[other] ^ r.b[row])) != 0);
      }
      around.weight[n][c] = std::bit_cast<double>(std::bit_cast<std::int64_t>(r.weight[other]) & ~none);
      phi[n] = own + (other / plic::block * size + other % plic::block);
    }
    for (int k = 1; k < K; ++k) {
      around.side[0][k - 1][c] = phi[1][node(K, K, k)], around.side[1][k - 1][c] = phi[7][node(K, 0, k)];
      around.side[2][k - 1][c] = phi[3][node(K, k, K)], around.side[3][k - 1][c] = phi[5][node(K, k, 0)];
    }
    for (int corner = 0; corner < 4; ++corner) {
      const int dj = corner / 2 == 0 ? 0 : 2, di = corner % 2 == 0 ? 0 : 2, l = dj * K / 2, k = di * K / 2;
      auto& said = around.corner[corner];
      said[0][c] = phi[3 * dj + di][node(K, K - l, K - k)];
      said[1][c] = phi[3 * dj + 1][node(K, K - l, k)], said[2][c] = phi[3 + di][node(K, l, K - k)];
    }
  }
  plic::level_kernels(K).average(own + block * size, around, int(cells), nodes);
  return several;
}

std::vector<double>& waiting_of_thread() {
  thread_local std::vector<double> mine; // a warm call allocates nothing
  return mine;
}

} // namespace

std::uint64_t average_pairs(const Regions& regions, Neighbours& near, bool one_pair, const double* own,
                            std::size_t block, double* nodes) {
  const auto of = [&]<int K>(std::integral_constant<int, K>) { // loops that the compiler unrolls
    return one_pair ? average<K, true>(regions, near, own, block, nodes)
                    : average<K, false>(regions, near, own, block, nodes);
  };
  switch (regions.K()) {
  case 1: return of(std::integral_constant<int, 1>());
  case 2: return of(std::integral_constant<int, 2>());
  case 3: return of(std::integral_constant<int, 3>());
  case 4: return of(std::integral_constant<int, 4>());
  default: return of(std::integral_constant<int, 8>());
  }
}

Trail::Trail(const Mesh& mesh, const std::array<Boundary, 4>& boundary, Regions& regions, Stats& stats)
    : mesh_(mesh), near_(mesh, boundary), regions_(regions), stats_(stats),
      size_(regions.nodes_per_cell() * plic::block), waiting_(waiting_of_thread()) {
  waiting_.resize(std::max(waiting_.size() / size_, std::size_t(4)) * size_);
}

void Trail::follow(std::size_t done) {
  while ((next_ + 1) * plic::block <= done) {
    const std::ptrdiff_t j = regions_.cells[2 * ((next_ + 1) * plic::block - 1)];
    if (j + 2 >= mesh_.ny() || mesh_.rank(j + 2, 0) > done) return; // the cells above have none yet
    next();
  }
}

void Trail::finish() {
  regions_.fill_last_block();
  while (next_ * plic::block < regions_.size()) next();
  put_in_place(next_);
  regions_.fill_last_block(); // what was put in place holds anything past the last group
}

void Trail::next() {
  const std::ptrdiff_t j = regions_.cells[2 * next_ * plic::block];
  if (j > 0)
    put_in_place(std::min(std::size_t(mesh_.rank(j - 1, 0)) / plic::block, next_)); // below what this block reads
  if (next_ - placed_ == waiting_.size() / size_) grow();
  average_pairs(regions_, near_, true, regions_.nodes.data(), next_, waiting(next_));
  match_block(regions_, next_, waiting(next_), stats_);
  ++next_;
}

void Trail::put_in_place(std::size_t end) {
  for (; placed_ < end; ++placed_) std::copy_n(waiting(placed_), size_, &regions_.nodes[placed_ * size_]);
}

void Trail::grow() {
  std::vector<double> larger(2 * waiting_.size());
  for (std::size_t block = placed_; block < next_; ++block)
    std::copy_n(waiting(block), size_, &larger[block % (larger.size() / size_) * size_]);
  waiting_.swap(larger);
}

} // namespace mirhydro::reconstruct
