#include "reconstruct/scan.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <string>

#include "plic/kernels.hpp"
#include "reconstruct/text.hpp"

namespace mirhydro::reconstruct {

namespace {

void accumulate(const double* f, int m, int planes, double tolerance, plic::Word& word) {
  plic::kernels().accumulate(f, m, planes, tolerance, word);
}
void accumulate(const float* f, int m, int planes, double tolerance, plic::Word& word) {
  plic::kernels().accumulate_float(f, m, planes, tolerance, word);
}

/// 64 fractions of material m from cell i on: in place where they lie side by side, else copied into `room`; cells past
/// the end of the row belong to material 0.
template <class T>
const T* fractions(const Field<T>& field, std::ptrdiff_t m, std::ptrdiff_t j, std::ptrdiff_t i, T* room) {
  const std::ptrdiff_t n = std::min<std::ptrdiff_t>(64, field.nx() - i);
  const T* first = &field.vf(m, j, i);
  const std::ptrdiff_t step = field.vf.stride[2];
  if (n == 64 && step == 1) return first;
  for (std::ptrdiff_t k = 0; k < n; ++k) room[k] = first[k * step];
  std::fill(room + n, room + 64, T(m == 0 ? 1 : 0));
  return room;
}

/// The rest of a single material, in double whatever the field is: it adds up to 1 by construction.
template <class T> void rest(const T* one, double* out) {
  for (int k = 0; k < 64; ++k) out[k] = 1 - double(one[k]);
}

template <class T>
[[noreturn]] void explain(const Field<T>& field, const ScanRules& rules, std::ptrdiff_t j, std::ptrdiff_t i) {
  double sum = 0;
  for (std::ptrdiff_t m = 0; m < (field.rest ? 1 : field.nmat()); ++m) {
    const double f = field(m, j, i);
    if (!(f >= -rules.tolerance && f <= 1 + rules.tolerance)) {
      const std::string where = field.rest ? at(j, i) : at(m, j, i);
      refuse("vf" + where + " = " + text(f) + ": volume fractions lie in [0, 1]");
    }
    sum += f;
  }
  refuse("vf[:, " + text(j) + ", " + text(i) + "] adds up to " + text(sum) + ": the fractions of a cell add up to 1");
}

/// Bits of the cells of a word that lie in the mesh, away from the rim, where the host asked.
std::uint64_t wanted(const ScanRules& rules, const Mesh& mesh, std::ptrdiff_t j, std::ptrdiff_t begin,
                     std::ptrdiff_t end, std::uint64_t mixed) {
  if (rules.rim > 0) {
    if (j < rules.rim || j >= mesh.ny() - rules.rim) return 0;
    for (std::ptrdiff_t i = begin; i < end; ++i)
      if (i < rules.rim || i >= mesh.nx() - rules.rim) mixed &= ~(std::uint64_t(1) << (i - begin));
  }
  if (rules.where)
    for (std::ptrdiff_t i = begin; i < end; ++i)
      if (!rules.where(j, i)) mixed &= ~(std::uint64_t(1) << (i - begin));
  return mixed;
}

} // namespace

template <class T> RowCount scan_row(const Field<T>& field, const ScanRules& rules, std::ptrdiff_t j, Mesh& mesh) {
  RowCount count;
  const int planes = mesh.planes(), nmat = int(mesh.nmat());
  for (std::ptrdiff_t w = 0; w < mesh.words(); ++w) {
    const std::ptrdiff_t begin = 64 * w, end = std::min(begin + 64, mesh.nx());
    alignas(64) T room[64];
    plic::Word word;
    std::memset(&word, 0, sizeof word);
    for (int m = 0; m < (field.rest ? 1 : nmat); ++m) {
      const T* f = fractions(field, m, j, begin, room);
      accumulate(f, m, planes, rules.tolerance, word);
      if (!field.rest) continue;
      alignas(64) double others[64];
      rest(f, others);
      accumulate(others, 1, planes, rules.tolerance, word);
    }
    plic::kernels().classify(rules.eps, rules.tolerance, word);
    if (word.bad != 0) explain(field, rules, j, begin + std::countr_zero(word.bad));
    const std::uint64_t rows = word.mixed == 0 ? 0 : wanted(rules, mesh, j, begin, end, word.mixed);
    mesh.mixed(j, w) = word.mixed;
    mesh.rows(j, w) = rows;
    for (int p = 0; p < planes; ++p) mesh.owner_plane(p, j, w) = word.owner[p];
    count.rows += std::popcount(rows);
    count.folded += std::popcount(word.inexact);
  }
  return count;
}

template RowCount scan_row(const Field<double>&, const ScanRules&, std::ptrdiff_t, Mesh&);
template RowCount scan_row(const Field<float>&, const ScanRules&, std::ptrdiff_t, Mesh&);

} // namespace mirhydro::reconstruct
