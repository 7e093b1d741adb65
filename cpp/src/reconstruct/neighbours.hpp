#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include <mirhydro/reconstructor.hpp>

#include "reconstruct/field.hpp"
#include "reconstruct/mesh.hpp"

namespace mirhydro::reconstruct {

/// Rows of the 3x3 cells around a mixed cell in the list of mixed cells, -1 where there is none.
class Neighbours {
public:
  Neighbours(const Mesh& mesh, const std::array<Boundary, 4>& boundary) : mesh_(mesh), edge_(boundary) {}

  /// Of the cell (j, i), which has this row.
  void find(std::size_t row, std::ptrdiff_t j, std::ptrdiff_t i) {
    const std::size_t bit = std::size_t(i) % 64, word = std::size_t(i) / 64;
    const bool inner = bit > 0 && bit < 63 && i + 1 < mesh_.nx() && j > 0 && j + 1 < mesh_.ny();
    if (!inner) {
      for (int dj = -1; dj <= 1; ++dj) find_one_by_one(j, i, dj);
      return;
    }
    // three cells of one word: their bits, and how many stand before them
    const auto find_in_word = [&](int dj) {
      const std::uint64_t bits = mesh_.rows(j + dj, std::ptrdiff_t(word)), near = bits >> (bit - 1);
      const std::size_t before =
          mesh_.rank(j + dj, std::ptrdiff_t(word)) + count(bits & ~(~std::uint64_t(0) << (bit - 1)));
      put(row_[dj + 1], before, near);
    };
    find_in_word(-1);
    find_in_word(1);
    const std::uint64_t near = mesh_.rows(j, std::ptrdiff_t(word)) >> (bit - 1);
    put(row_[1], row - (near & 1), near);
  }
  /// Of a row that only fills a block.
  void find_none() { std::fill_n(&row_[0][0], 9, -1); }
  std::ptrdiff_t operator()(int dj, int di) const { return row_[dj + 1][di + 1]; }

private:
  static void put(std::ptrdiff_t (&to)[3], std::size_t before, std::uint64_t near) {
    const std::size_t west = near & 1, here = near >> 1 & 1, east = near >> 2 & 1;
    to[0] = std::ptrdiff_t(before | (west - 1)); // all ones, -1, where there is none
    to[1] = std::ptrdiff_t((before + west) | (here - 1));
    to[2] = std::ptrdiff_t((before + west + here) | (east - 1));
  }
  /// Images that are mirrored or copied share no node with their original: only a periodic end continues the mesh.
  void find_one_by_one(std::ptrdiff_t j, std::ptrdiff_t i, int dj) {
    const std::ptrdiff_t row = j + dj;
    for (int di = -1; di <= 1; ++di) {
      const std::ptrdiff_t column = i + di;
      const bool below = row < 0 || row >= mesh_.ny(), beside = column < 0 || column >= mesh_.nx();
      const bool none = (below && edge_[2] != Boundary::periodic) || (beside && edge_[0] != Boundary::periodic);
      row_[dj + 1][di + 1] =
          none ? -1
               : mesh_.row(inside(row, mesh_.ny(), edge_[2], edge_[3]), inside(column, mesh_.nx(), edge_[0], edge_[1]));
    }
  }
  /// How many bits are set. A processor's own instruction for it is no part of x86-64, and a call costs more.
  static std::size_t count(std::uint64_t word) {
    word -= word >> 1 & 0x5555555555555555u;
    word = (word & 0x3333333333333333u) + (word >> 2 & 0x3333333333333333u);
    word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return word * 0x0101010101010101u >> 56;
  }

  const Mesh& mesh_;
  const std::array<Boundary, 4>& edge_;
  std::ptrdiff_t row_[3][3];
};

} // namespace mirhydro::reconstruct
