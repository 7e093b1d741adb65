#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace mirhydro::reconstruct {

/// Which cells are mixed, which of them are reconstructed and who owns the others: bit planes of 64 cells a word, two
/// or three bits a cell, so that a large mesh costs little beside its fractions.
class Mesh {
public:
  /// Memory grows only beyond the largest mesh that it has held.
  void resize(std::ptrdiff_t nmat, std::ptrdiff_t ny, std::ptrdiff_t nx) {
    nmat_ = nmat, ny_ = ny, nx_ = nx;
    words_ = (nx + 63) / 64;
    planes_ = std::bit_width(static_cast<unsigned>(nmat - 1));
    const auto size = static_cast<std::size_t>(ny * words_);
    mixed_.resize(size);
    rows_.resize(size);
    rank_.resize(size);
    owner_.resize(size * static_cast<std::size_t>(planes_));
  }

  std::ptrdiff_t nmat() const { return nmat_; }
  std::ptrdiff_t ny() const { return ny_; }
  std::ptrdiff_t nx() const { return nx_; }
  std::ptrdiff_t words() const { return words_; }
  int planes() const { return planes_; }

  std::uint64_t& mixed(std::ptrdiff_t j, std::ptrdiff_t w) { return mixed_[at(j, w)]; }
  std::uint64_t& rows(std::ptrdiff_t j, std::ptrdiff_t w) { return rows_[at(j, w)]; }
  std::uint32_t& rank(std::ptrdiff_t j, std::ptrdiff_t w) { return rank_[at(j, w)]; }
  std::uint64_t& owner_plane(int p, std::ptrdiff_t j, std::ptrdiff_t w) { return owner_[plane(p, j, w)]; }
  std::uint64_t mixed(std::ptrdiff_t j, std::ptrdiff_t w) const { return mixed_[at(j, w)]; }
  std::uint64_t rows(std::ptrdiff_t j, std::ptrdiff_t w) const { return rows_[at(j, w)]; }
  std::uint32_t rank(std::ptrdiff_t j, std::ptrdiff_t w) const { return rank_[at(j, w)]; }

  bool is_mixed(std::ptrdiff_t j, std::ptrdiff_t i) const { return (mixed_[at(j, i / 64)] >> (i % 64) & 1) != 0; }

  /// Row of a reconstructed cell in the list of mixed cells, or -1.
  std::ptrdiff_t row(std::ptrdiff_t j, std::ptrdiff_t i) const {
    const std::uint64_t word = rows_[at(j, i / 64)], bit = std::uint64_t(1) << (i % 64);
    if ((word & bit) == 0) return -1;
    return std::ptrdiff_t(rank_[at(j, i / 64)]) + std::popcount(word & (bit - 1));
  }

  /// Material of a pure cell, or -1.
  int owner(std::ptrdiff_t j, std::ptrdiff_t i) const {
    if (is_mixed(j, i)) return -1;
    unsigned material = 0;
    for (int p = 0; p < planes_; ++p) material |= unsigned(owner_[plane(p, j, i / 64)] >> (i % 64) & 1) << p;
    return int(material);
  }

  /// Owners of a row of cells as numbers, -1 in mixed cells: what the kernel of swept volumes reads.
  void owners(std::ptrdiff_t j, double* out) const {
    for (std::ptrdiff_t w = 0; w < words_; ++w) {
      const std::ptrdiff_t begin = 64 * w, end = begin + 64 < nx_ ? begin + 64 : nx_;
      const std::uint64_t mixed = mixed_[at(j, w)];
      bool uniform = mixed == 0;
      for (int p = 0; p < planes_ && uniform; ++p) {
        const std::uint64_t bits = owner_[plane(p, j, w)];
        const std::uint64_t valid = end - begin == 64 ? ~std::uint64_t(0) : (std::uint64_t(1) << (end - begin)) - 1;
        uniform = (bits & valid) == 0 || (bits & valid) == valid;
      }
      const double first = uniform ? owner(j, begin) : 0;
      for (std::ptrdiff_t i = begin; i < end; ++i) out[i] = uniform ? first : owner(j, i);
    }
  }

private:
  std::size_t at(std::ptrdiff_t j, std::ptrdiff_t w) const { return static_cast<std::size_t>(j * words_ + w); }
  std::size_t plane(int p, std::ptrdiff_t j, std::ptrdiff_t w) const {
    return static_cast<std::size_t>((p * ny_ + j) * words_ + w);
  }

  std::ptrdiff_t nmat_ = 0, ny_ = 0, nx_ = 0, words_ = 0;
  int planes_ = 0;
  std::vector<std::uint64_t> mixed_, rows_, owner_;
  std::vector<std::uint32_t> rank_;
};

} // namespace mirhydro::reconstruct
