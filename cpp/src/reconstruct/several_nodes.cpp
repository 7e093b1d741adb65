#include "reconstruct/several_nodes.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "reconstruct/fold.hpp"

namespace mirhydro::reconstruct {

namespace {
/// Twice the mean gradient, from the cell's corners, of what stands on its nodes.
template <class Phi> std::array<double, 2> twice_the_gradient(const Phi& phi, int K) {
  const auto east = std::size_t(K), north = std::size_t(K * (K + 1));
  const double sw = phi(0), se = phi(east), nw = phi(north), ne = phi(north + east);
  return {(se - sw) + (ne - nw), (nw - sw) + (ne - se)};
}
} // namespace

/// Its phi is null where the material is absent.
SeveralNodes::Word SeveralNodes::Field::of(std::size_t row, int material) const {
  const Regions& r = regions;
  if (!r.has_skin(row)) {
    const bool there = r.a[row] == material || r.b[row] == material;
    return {there ? &own[r.at(row, 0)] : nullptr, Regions::block, r.b[row] == material};
  }
  const Skin& s = r.skin(row);
  for (std::size_t q = std::size_t(s.first); q < std::size_t(s.first + s.count); ++q)
    if (r.skin_material[q] == material) return {&own_skins[q * r.nodes_per_cell()], 1, false};
  return {nullptr, 1, false};
}

/// A sum of signed terms that neither their order nor a change of all signs moves by a bit.
double SeveralNodes::symmetric(const std::vector<double>& terms) {
  if (terms.size() == 2) return terms[0] + terms[1];
  terms_ = terms;
  return geometry::paired_sum(terms_.data(), terms_.size());
}

/// How steeply level sets part in a cell: twice the sum of |gradient - mean gradient|^2.
double SeveralNodes::spread(const std::vector<Word>& words, int K) {
  gradient_x_.clear(), gradient_y_.clear();
  for (const Word& phi : words) {
    const auto [x, y] = twice_the_gradient(phi, K);
    gradient_x_.push_back(x), gradient_y_.push_back(y);
  }
  const auto deviation = [&](std::vector<double>& g) {
    const double mean = symmetric(g) / double(g.size());
    for (double& v : g) v = (v - mean) * (v - mean);
    return ascending_sum(g);
  };
  const double x = deviation(gradient_x_), y = deviation(gradient_y_);
  return x + y;
}

/// Adds what a cell, the neighbour (dj, di) or the row itself, says of the nodes that it has in common with the row.
/// Places 0 and 3 of the terms lie opposite each other about a node, and so do 1 and 2.
void SeveralNodes::hear(const Field& field, std::size_t row, std::size_t other, int dj, int di) {
  const Regions& r = field.regions;
  const int K = r.K();
  common_.clear(), mine_.clear(), theirs_.clear();
  for (std::size_t q = 0; q < material_.size(); ++q) {
    const Word word = field.of(other, material_[q]);
    if (word.phi == nullptr) continue;
    common_.push_back(q), theirs_.push_back(word), mine_.push_back(field.of(row, material_[q]));
  }
  const std::size_t common = common_.size();
  if (common < 2) return;
  double scale = 1;
  if (other != row && (r.has_skin(row) || r.has_skin(other))) {
    const double here = spread(mine_, K), there = spread(theirs_, K);
    if (here > 0 && there > 0) scale = std::sqrt(here / there);
  }
  const std::size_t place = (dj != 0 ? 1 : 0) + (di != 0 ? 2 : 0);
  const double weight = r.weight[other];
  of_mine_.resize(common), of_theirs_.resize(common);
  for (int l = dj == 1 ? K : 0; l <= (dj == -1 ? 0 : K); ++l)
    for (int k = di == 1 ? K : 0; k <= (di == -1 ? 0 : K); ++k) {
      if (l > 0 && l < K && k > 0 && k < K) continue;
      const auto node = std::size_t(l * (K + 1) + k), theirs = std::size_t((l - dj * K) * (K + 1) + (k - di * K));
      for (std::size_t c = 0; c < common; ++c) of_mine_[c] = mine_[c](node), of_theirs_[c] = theirs_[c](theirs);
      // this cell's own word goes the same way: it must round as that of its mirror image behind a wall does
      const double centre_mine = symmetric(of_mine_) / double(common), centre = symmetric(of_theirs_) / double(common);
      for (std::size_t c = 0; c < common; ++c) {
        double* const s = sums(node, common_[c]);
        s[place] = weight * (centre_mine + scale * (of_theirs_[c] - centre));
        s[4 + place] = weight;
      }
    }
}

void SeveralNodes::average(Regions& regions, Neighbours& near, const std::vector<double>& own,
                           const std::vector<double>& own_skins, std::size_t row) {
  Regions& r = regions;
  const std::size_t per = r.nodes_per_cell();
  const auto K = std::size_t(r.K()), side = K + 1;
  material_.clear();
  r.materials(row, [&](int m, double) { material_.push_back(m); });
  sums_.assign(8 * per * material_.size(), 0);
  near.find(row, r.cells[2 * row], r.cells[2 * row + 1]);
  const Field field{r, own, own_skins};
  for (int dj = -1; dj <= 1; ++dj)
    for (int di = -1; di <= 1; ++di)
      if (near(dj, di) >= 0) hear(field, row, std::size_t(near(dj, di)), dj, di);
  const bool has_skin = r.has_skin(row);
  for (std::size_t n = 0; n < per; ++n) {
    r.nodes[r.at(row, n)] = own[r.at(row, n)];
    if (n / side > 0 && n / side < K && n % side > 0 && n % side < K) continue; // no neighbour has it
    const auto mean = [&](std::size_t q) {
      const double* const s = sums(n, q);
      return ((s[0] + s[3]) + (s[1] + s[2])) / ((s[4] + s[7]) + (s[5] + s[6]));
    };
    if (!has_skin) r.nodes[r.at(row, n)] = .5 * (mean(0) - mean(1));
    for (std::size_t q = 0; q < material_.size() && has_skin; ++q)
      r.skin_nodes[(std::size_t(r.skin(row).first) + q) * per + n] = mean(q);
  }
  if (!has_skin) return;
  const std::size_t from = std::size_t(r.skin(row).first) * per, many = material_.size() * per;
  if (talked_out_of(&own_skins[from], &r.skin_nodes[from], r.K()))
    std::copy_n(&own_skins[from], many, &r.skin_nodes[from]);
}

/// Whether an interface between two materials of the cell would turn by more than 30 degrees, or be half as steep:
/// where two level sets part by little, as beside a third one that is straight through the point, a word about one of
/// them and the third decides between the two, and knows nothing of it.
bool SeveralNodes::talked_out_of(const double* own, const double* mean, int K) {
  const auto per = std::size_t((K + 1) * (K + 1));
  const auto gradient = [&](const double* phi, std::size_t m, std::size_t k) {
    return twice_the_gradient([&](std::size_t node) { return phi[m * per + node] - phi[k * per + node]; }, K);
  };
  for (std::size_t m = 0; m < material_.size(); ++m)
    for (std::size_t k = 0; k < m; ++k) {
      const auto [x, y] = gradient(own, m, k);
      const auto [u, v] = gradient(mean, m, k);
      if ((u - x) * (u - x) + (v - y) * (v - y) > .25 * (x * x + y * y)) return true;
    }
  return false;
}

} // namespace mirhydro::reconstruct
