#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "geometry/line.hpp"

namespace mirhydro::reconstruct {

/// A cell of three and more materials. By lines: cut by one after the other, material q is what lies inside line q of
/// what the lines before it left; they are parallel (onion skin) unless the method is mof. By level sets: each material
/// has one, and owns the points where it is the largest.
struct Skin {
  std::int32_t first, count; ///< where its materials stand in Regions::skin_*
};

/// The geometry of all mixed cells, row by row. Two materials share a line, or a level set; more have a Skin.
struct Regions {
  static constexpr std::size_t block = 64; ///< rows whose level sets stand side by side, as kernels read them

  std::vector<std::int32_t> cells; ///< (n, 2) j, i
  std::vector<std::int32_t> a, b;  ///< inner and outer material; b = -1: a is the number of a Skin
  std::vector<double> vf_a, vf_b;  ///< fractions that its line, or its level set, meets
  std::vector<double> mx, my, t;   ///< of lines only: about the cell's centre (geometry/line.hpp)
  std::vector<double> nodes;       ///< of level sets only, as are the next two; positive in a: see at()
  std::vector<double> weight;      ///< of what a cell says of the nodes that it shares
  std::vector<double> excess;      ///< what a holds beyond its fraction where a flat level set can be cut nowhere
  std::vector<Skin> skins;
  std::vector<std::int32_t> skin_material;
  std::vector<double> skin_vf, skin_mx, skin_my, skin_t; ///< the last line of a skin is not used
  std::vector<double> skin_nodes;                        ///< level sets, one material after the other
  std::vector<double> skin_kept, skin_gets; ///< share of its area that a material keeps; of the rest, what it gets

  std::size_t size() const { return size_; }
  /// K of the level sets; 0: lines.
  int K() const { return K_; }
  std::size_t nodes_per_cell() const { return K_ > 0 ? static_cast<std::size_t>((K_ + 1) * (K_ + 1)) : 0; }
  /// Where node n of a row stands.
  std::size_t at(std::size_t row, std::size_t n) const {
    return (row / block * nodes_per_cell() + n) * block + row % block;
  }
  std::size_t rows_of_block(std::size_t number) const { return std::min(block, size_ - number * block); }
  /// No rows; room for as many as there will be keeps their memory from being moved while it grows.
  void start(int K, std::size_t expected = 0) {
    K_ = K;
    clear();
    each_column([&](auto& column, std::size_t per_row) {
      const std::size_t room = padded(expected + block) * per_row;
      if (column.capacity() < room) column.reserve(std::max(room, 2 * column.capacity()));
      if (column.size() < capacity_ * per_row) column.resize(capacity_ * per_row);
    });
  }
  /// One more row; a whole block behind the last row is always there, so that kernels need no tail. Vectors double when
  /// they move, but only an eighth more than there are rows is written to: what nobody touches is no memory yet.
  std::size_t add() {
    if (size_ + 1 + block > capacity_) grow(size_ + size_ / 8 + 4 * block);
    return size_++;
  }
  void resize(std::size_t n) {
    if (n + block > capacity_) grow(n + block);
    size_ = n;
  }
  void clear() {
    size_ = 0;
    skins.clear();
    skin_material.clear(), skin_vf.clear(), skin_mx.clear(), skin_my.clear(), skin_t.clear();
    skin_nodes.clear(), skin_kept.clear(), skin_gets.clear();
  }

  bool has_skin(std::size_t row) const { return b[row] < 0; }
  const Skin& skin(std::size_t row) const { return skins[static_cast<std::size_t>(a[row])]; }
  /// Calls visit(material, fraction) for each material present in a row.
  template <class Visit> void materials(std::size_t row, Visit&& visit) const {
    if (!has_skin(row)) {
      visit(a[row], vf_a[row]);
      visit(b[row], vf_b[row]);
      return;
    }
    const Skin& s = skin(row);
    for (std::size_t q = 0; q < std::size_t(s.count); ++q) visit(skin_material[s.first + q], skin_vf[s.first + q]);
  }
  /// A row's place in blocks is filled though it has no level set of two materials: no lane raises a flag.
  void fill_harmless(std::size_t row) {
    const auto side = static_cast<std::size_t>(K_ + 1);
    for (std::size_t n = 0; n < nodes_per_cell(); ++n) nodes[at(row, n)] = double(n % side) / K_ - .5;
    vf_a[row] = vf_b[row] = .5;
    excess[row] = 0, weight[row] = 1;
  }
  /// The rest of the last block.
  void fill_last_block() {
    for (std::size_t row = size_; row % block != 0; ++row) fill_harmless(row);
  }
  /// Row `from` takes the place of row `to` <= from.
  void move_row(std::size_t from, std::size_t to) {
    cells[2 * to] = cells[2 * from], cells[2 * to + 1] = cells[2 * from + 1];
    a[to] = a[from], b[to] = b[from];
    vf_a[to] = vf_a[from], vf_b[to] = vf_b[from], excess[to] = excess[from], weight[to] = weight[from];
    for (std::size_t n = 0; n < nodes_per_cell(); ++n) nodes[at(to, n)] = nodes[at(from, n)];
  }

private:
  static std::size_t padded(std::size_t n) { return (n + block - 1) / block * block; }
  /// Calls work(vector, elements a row) for what each row has.
  template <class Work> void each_column(Work&& work) {
    work(cells, 2), work(a, 1), work(b, 1), work(vf_a, 1), work(vf_b, 1);
    if (K_ > 0)
      work(nodes, nodes_per_cell()), work(weight, 1), work(excess, 1);
    else
      work(mx, 1), work(my, 1), work(t, 1);
  }
  void grow(std::size_t n) {
    n = padded(n);
    each_column([&](auto& column, std::size_t per_row) { column.resize(n * per_row); });
    capacity_ = n; // only now: where memory ends halfway, the next call grows again
  }
  int K_ = 0;
  std::size_t size_ = 0, capacity_ = 0;
};

} // namespace mirhydro::reconstruct
