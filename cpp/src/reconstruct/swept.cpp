#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "plic/kernels.hpp"
#include "plic/level_kernels.hpp"
#include "reconstruct/donor.hpp"
#include "reconstruct/field.hpp"
#include "reconstruct/result.hpp"
#include "reconstruct/text.hpp"

namespace mirhydro {

using namespace reconstruct;

namespace {

using Content = Reconstruction::Impl::Content;

/// Rows that live on in their thread, so that a warm call allocates nothing.
struct Scratch {
  std::vector<double> low_owner, high_owner, displacement, out;
  Outflow outflow;
};

/// Faces and cells along one axis: the same code sweeps both. `along` counts cells or faces in the direction of the
/// displacement, `across` the rows beside each other.
class Sweep {
public:
  Sweep(const Content& content, Axis axis, View<const double, 2> displacement, View<double, 3> out, double flush)
      : mesh_(content.mesh), regions_(content.regions), edge_(content.boundary), ghost_(content.ghost),
        rim_(content.rim), along_y_(axis == Axis::y), flush_(flush), d_(displacement), out_(out),
        length_(along_y_ ? mesh_.ny() : mesh_.nx()), width_(along_y_ ? mesh_.nx() : mesh_.ny()) {}

  void check() const;
  void pure(std::ptrdiff_t begin, std::ptrdiff_t end) const;
  void mixed(std::size_t begin, std::size_t end, Flushed* flushed) const;
  void outside() const;

private:
  double moved(std::ptrdiff_t across, std::ptrdiff_t face) const {
    return along_y_ ? d_(face, across) : d_(across, face);
  }
  double& swept(std::ptrdiff_t m, std::ptrdiff_t across, std::ptrdiff_t face) const {
    return along_y_ ? out_(m, face, across) : out_(m, across, face);
  }
  Boundary boundary(bool high) const { return edge_[(along_y_ ? 2u : 0u) + (high ? 1u : 0u)]; }
  std::string named(std::ptrdiff_t across, std::ptrdiff_t face) const {
    return "displacement" + (along_y_ ? at(face, across) : at(across, face)) + " = " + text(moved(across, face));
  }
  /// Only faces of the host's own cells are swept; those between two ghost cells are another's.
  bool is_ours(std::ptrdiff_t across, std::ptrdiff_t face) const {
    return across >= ghost_ && across < width_ - ghost_ && face >= ghost_ && face <= length_ - ghost_;
  }
  std::ptrdiff_t row(std::ptrdiff_t across, std::ptrdiff_t along) const {
    return along_y_ ? mesh_.row(along, across) : mesh_.row(across, along);
  }
  bool is_mixed(std::ptrdiff_t across, std::ptrdiff_t along) const {
    return along_y_ ? mesh_.is_mixed(along, across) : mesh_.is_mixed(across, along);
  }
  double leaving(std::ptrdiff_t across, std::ptrdiff_t along, bool high) const {
    const std::ptrdiff_t face = along + (high ? 1 : 0);
    if (!is_ours(across, face)) return 0;
    return high ? std::max(moved(across, face), 0.) : std::max(-moved(across, face), 0.);
  }
  /// What a ghost cell that sends `ours` through a face of ours sends through its other one, between two ghost cells:
  /// both together are at most what there is, so that the owner of that face must find the same bits. Nothing where the
  /// host left it undefined.
  double leaving_elsewhere(std::ptrdiff_t across, std::ptrdiff_t along, bool high, double ours) const {
    const std::ptrdiff_t face = along + (high ? 1 : 0);
    if (ghost_ == 0 || !(ours > 0) || is_ours(across, face)) return 0;
    const double d = high ? moved(across, face) : -moved(across, face);
    return d > 0 && d + ours <= 1 ? d : 0;
  }

  void check_faces(std::ptrdiff_t j) const;
  void check_cells(std::ptrdiff_t j) const;
  void check_donors() const;
  void check_images() const;
  void slabs(std::size_t first, const double* low, const double* high, double (*out)[plic::block]) const;
  void slabs_of_block(std::size_t first, std::size_t count, Flushed* flushed) const;
  void outflow(std::size_t row, double low, double high, const double (*slabs)[plic::block], std::size_t k,
               Outflow& out) const;
  void image(std::ptrdiff_t across, bool high) const;

  const Mesh& mesh_;
  const Regions& regions_;
  const std::array<Boundary, 4>& edge_;
  const std::ptrdiff_t ghost_;
  const int rim_;
  const bool along_y_;
  const double flush_;
  const View<const double, 2> d_;
  const View<double, 3> out_;
  const std::ptrdiff_t length_, width_;
};

Scratch& scratch() {
  thread_local Scratch rows;
  return rows;
}

template <std::size_t Rank>
void check_extent(const char* name, const std::array<std::ptrdiff_t, Rank>& have,
                  const std::array<std::ptrdiff_t, Rank>& want) {
  if (have != want) refuse(std::string(name) + " has the shape " + shape(have) + ", not " + shape(want));
}

/// Refuses |d| > 1, NaN, a cell that would lose more than itself, and outflow from a mixed cell without a region.
void Sweep::check() const {
  if (mesh_.ny() == 0) refuse("nothing has been reconstructed yet: there are no cells to sweep"); // nor images of them
  const std::ptrdiff_t rows = mesh_.ny() + (along_y_ ? 1 : 0), columns = mesh_.nx() + (along_y_ ? 0 : 1);
  check_extent<2>("displacement", d_.extent, {rows, columns});
  check_extent<3>("out", out_.extent, {mesh_.nmat(), rows, columns});
  if (!(flush_ >= 0 && flush_ <= .01)) refuse("flush = " + text(flush_) + ": lies in [0, 0.01]");
  // No cell can lose more than itself where no face moves further than half a cell: other rows are looked at twice.
  const auto needs_a_look = [&](std::ptrdiff_t j) {
    return d_.stride[1] != 1 || !(plic::kernels().largest(&d_(j, 0), columns) <= .5);
  };
  bool far = false;
  for (std::ptrdiff_t j = 0; j < rows; ++j)
    if (needs_a_look(j)) far = true, check_faces(j);
  for (std::ptrdiff_t j = 0; j < rows && far; ++j)
    if (needs_a_look(j)) check_cells(j);
  check_donors();
  check_images();
}

void Sweep::check_faces(std::ptrdiff_t j) const {
  for (std::ptrdiff_t i = 0; i < d_.extent[1]; ++i) {
    const std::ptrdiff_t across = along_y_ ? i : j, face = along_y_ ? j : i;
    if (is_ours(across, face) && !(std::abs(d_(j, i)) <= 1))
      refuse(named(across, face) + ": a face moves by at most one cell, |d| <= 1");
  }
}

/// The two cells at each face of a row.
void Sweep::check_cells(std::ptrdiff_t j) const {
  for (std::ptrdiff_t i = 0; i < d_.extent[1]; ++i) {
    const std::ptrdiff_t across = along_y_ ? i : j, face = along_y_ ? j : i;
    if (!is_ours(across, face)) continue;
    for (const std::ptrdiff_t cell : {face - 1, face}) {
      if (cell < 0 || cell >= length_) continue;
      if (leaving(across, cell, false) + leaving(across, cell, true) > 1)
        refuse(named(across, cell) + " and " + named(across, cell + 1) +
               ": the outflow through both faces of a cell is at most 1");
    }
  }
}

void Sweep::check_donors() const {
  for (std::ptrdiff_t j = 0; j < mesh_.ny(); ++j)
    for (std::ptrdiff_t w = 0; w < mesh_.words(); ++w)
      for (std::uint64_t left = mesh_.mixed(j, w) & ~mesh_.rows(j, w); left != 0; left &= left - 1) {
        const std::ptrdiff_t i = 64 * w + std::countr_zero(left);
        const std::ptrdiff_t across = along_y_ ? i : j, along = along_y_ ? j : i;
        for (const bool high : {false, true})
          if (leaving(across, along, high) > 0)
            refuse(named(across, along + (high ? 1 : 0)) + ": its donor, mixed cell " + at(j, i) +
                   ", was not reconstructed (where=, or fewer than " + text(std::ptrdiff_t(rim_) + 1) +
                   " ghost layers)");
      }
}

/// The same for inflow through the edge of the mesh from an image of such a cell.
void Sweep::check_images() const {
  if (ghost_ > 0) return;
  for (const bool high : {false, true}) {
    const std::ptrdiff_t face = high ? length_ : 0;
    const std::ptrdiff_t along = inside(high ? length_ : -1, length_, boundary(false), boundary(true));
    for (std::ptrdiff_t across = 0; across < width_; ++across)
      if ((high ? -moved(across, face) : moved(across, face)) > 0 && is_mixed(across, along) && row(across, along) < 0)
        refuse(named(across, face) + ": its donor, the image of a mixed cell, was not reconstructed (where=)");
  }
}

/// Faces of some rows of the arrays as if mixed cells held nothing.
void Sweep::pure(std::ptrdiff_t begin, std::ptrdiff_t end) const {
  Scratch& s = scratch();
  const std::ptrdiff_t columns = d_.extent[1], nx = mesh_.nx(), ny = mesh_.ny();
  for (std::vector<double>* v : {&s.low_owner, &s.high_owner, &s.displacement, &s.out}) v->resize(std::size_t(nx + 2));
  const auto owners = [&](std::ptrdiff_t j, std::vector<double>& to) {
    mesh_.owners(inside(j, ny, edge_[2], edge_[3]), to.data() + 1);
    to[0] = to[std::size_t(1 + inside(-1, nx, edge_[0], edge_[1]))];
    to[std::size_t(nx + 1)] = to[std::size_t(1 + inside(nx, nx, edge_[0], edge_[1]))];
  };
  if (along_y_) owners(begin - 1, s.low_owner);
  for (std::ptrdiff_t j = begin; j < end; ++j) {
    owners(j, s.high_owner);
    const double* moved_row = &d_(j, 0);
    if (d_.stride[1] != 1 || ghost_ > 0) {
      for (std::ptrdiff_t i = 0; i < columns; ++i)
        s.displacement[std::size_t(i)] = is_ours(along_y_ ? i : j, along_y_ ? j : i) ? d_(j, i) : 0;
      moved_row = s.displacement.data();
    }
    const double* low = along_y_ ? s.low_owner.data() + 1 : s.high_owner.data();
    for (std::ptrdiff_t m = 0; m < mesh_.nmat(); ++m) {
      const bool dense = out_.stride[2] == 1;
      double* to = dense ? &out_(m, j, 0) : s.out.data();
      plic::kernels().pure_row(moved_row, low, s.high_owner.data() + 1, double(m), to, columns);
      for (std::ptrdiff_t i = 0; i < columns && !dense; ++i) out_(m, j, i) = to[i];
    }
    if (along_y_) std::swap(s.low_owner, s.high_owner);
  }
}

/// Volumes that a block of rows sends through both its faces: by lines, turned so that the displacement runs along
/// their first axis, or by level sets.
void Sweep::slabs(std::size_t first, const double* low, const double* high, double (*out)[plic::block]) const {
  const double *a = &regions_.vf_a[first], *b = &regions_.vf_b[first];
  if (regions_.K() > 0)
    return plic::level_kernels(regions_.K())
        .slabs(&regions_.nodes[regions_.at(first, 0)], along_y_, a, b, &regions_.excess[first], low, high, out);
  const std::vector<double>&mx = along_y_ ? regions_.my : regions_.mx, &my = along_y_ ? regions_.mx : regions_.my;
  plic::kernels().slabs({&mx[first], &my[first], &regions_.t[first], a, b}, low, high, out);
}

/// What a mixed cell sends: two materials from the kernel's slabs, more from its skin.
void Sweep::outflow(std::size_t r, double low, double high, const double (*slabs)[plic::block], std::size_t k,
                    Outflow& out) const {
  out.reset(regions_, r);
  if (regions_.has_skin(r)) return skin_outflow(regions_, r, along_y_, low, high, out);
  out.low = {slabs[0][k], slabs[2][k]};
  out.high = {slabs[1][k], slabs[3][k]};
}

void Sweep::slabs_of_block(std::size_t first, std::size_t count, Flushed* flushed) const {
  alignas(64) double low[plic::block] = {}, high[plic::block] = {}, volumes[4][plic::block];
  double ours_low[plic::block], ours_high[plic::block];
  const auto along_and_across = [&](std::size_t k) {
    const std::ptrdiff_t j = regions_.cells[2 * (first + k)], i = regions_.cells[2 * (first + k) + 1];
    return along_y_ ? std::pair(j, i) : std::pair(i, j);
  };
  for (std::size_t k = 0; k < count; ++k) {
    const auto [along, across] = along_and_across(k);
    ours_low[k] = leaving(across, along, false), ours_high[k] = leaving(across, along, true);
    low[k] = ours_low[k] + leaving_elsewhere(across, along, false, ours_high[k]);
    high[k] = ours_high[k] + leaving_elsewhere(across, along, true, ours_low[k]);
  }
  slabs(first, low, high, volumes);
  Outflow& out = scratch().outflow;
  for (std::size_t k = 0; k < count; ++k) {
    const auto [along, across] = along_and_across(k);
    const std::size_t r = first + k;
    if (!regions_.has_skin(r) && flush_ == 0) { // the common case, without detours
      if (ours_low[k] > 0) {
        swept(regions_.a[r], across, along) = -volumes[0][k];
        swept(regions_.b[r], across, along) = -volumes[2][k];
      }
      if (ours_high[k] > 0) {
        swept(regions_.a[r], across, along + 1) = volumes[1][k];
        swept(regions_.b[r], across, along + 1) = volumes[3][k];
      }
      continue;
    }
    if (!(low[k] > 0 || high[k] > 0)) continue;
    outflow(r, low[k], high[k], volumes, k, out);
    if (flush_ > 0) flush(low[k], high[k], flush_, out);
    for (std::size_t q = 0; q < out.size(); ++q) {
      if (ours_low[k] > 0) swept(out.material[q], across, along) = -out.low[q];
      if (ours_high[k] > 0) swept(out.material[q], across, along + 1) = out.high[q];
      if (!out.gone[q] || flushed == nullptr) continue;
      flushed->cells.insert(flushed->cells.end(), {regions_.cells[2 * r], regions_.cells[2 * r + 1]});
      flushed->material.push_back(out.material[q]);
      double share_low = out.low[q], share_high = out.high[q];
      divide(1, share_low + share_high, share_low, share_high);
      flushed->share.insert(flushed->share.end(), {share_low, share_high});
    }
  }
}

void Sweep::mixed(std::size_t begin, std::size_t end, Flushed* flushed) const {
  for (std::size_t block = begin; block < end; ++block)
    slabs_of_block(block * plic::block, std::min<std::size_t>(plic::block, regions_.size() - block * plic::block),
                   flushed);
}

/// Inflow through the edge of the mesh from a mixed cell's image: wrapped, mirrored or copied.
void Sweep::image(std::ptrdiff_t across, bool high) const {
  const std::ptrdiff_t face = high ? length_ : 0;
  const double d = moved(across, face), width = high ? -d : d;
  const Boundary rule = boundary(high);
  const std::ptrdiff_t along = inside(high ? length_ : -1, length_, boundary(false), boundary(true));
  if (!(width > 0) || !is_mixed(across, along)) return;
  const std::ptrdiff_t other = length_ - face;
  if (rule == Boundary::periodic && moved(across, other) == d) { // the same face: the same bits
    for (std::ptrdiff_t m = 0; m < mesh_.nmat(); ++m) swept(m, across, face) = swept(m, across, other);
    return;
  }
  const std::ptrdiff_t r = row(across, along);
  // an image that is not mirrored sends through the end that faces the mesh, a mirrored one through the cell's own
  const bool through_high = (rule == Boundary::mirror) == high;
  alignas(64) double low[plic::block] = {}, upper[plic::block] = {}, volumes[4][plic::block];
  const std::size_t k = std::size_t(r) % plic::block;
  (through_high ? upper : low)[k] = width;
  slabs(std::size_t(r) - k, low, upper, volumes);
  Outflow& out = scratch().outflow;
  outflow(std::size_t(r), low[k], upper[k], volumes, k, out);
  if (flush_ > 0) flush(low[k], upper[k], flush_, out);
  for (std::size_t q = 0; q < out.size(); ++q) {
    const double volume = through_high ? out.high[q] : out.low[q];
    swept(out.material[q], across, face) = high ? -volume : volume;
  }
}

void Sweep::outside() const {
  if (ghost_ > 0) return;
  for (std::ptrdiff_t across = 0; across < width_; ++across)
    for (const bool high : {false, true}) image(across, high);
}

void append(Flushed& to, const Flushed& from) {
  to.cells.insert(to.cells.end(), from.cells.begin(), from.cells.end());
  to.material.insert(to.material.end(), from.material.begin(), from.material.end());
  to.share.insert(to.share.end(), from.share.begin(), from.share.end());
}

} // namespace

void Reconstruction::swept(Axis axis, View<const double, 2> displacement, View<double, 3> out, double flush,
                           Flushed* flushed) const {
  const Impl::Content& content = impl_->now;
  const Sweep sweep(content, axis, displacement, out, flush);
  sweep.check();
  if (flushed != nullptr) flushed->cells.clear(), flushed->material.clear(), flushed->share.clear();
  const Threads* threads = content.threads.get();
  share(threads, std::size_t(displacement.extent[0]), 64,
        [&](int, std::size_t begin, std::size_t end) { sweep.pure(std::ptrdiff_t(begin), std::ptrdiff_t(end)); });
  const std::size_t blocks = (content.regions.size() + plic::block - 1) / plic::block;
  if (flushed == nullptr || threads == nullptr || threads->count() == 1) {
    share(threads, blocks, 1024 / plic::block,
          [&](int, std::size_t begin, std::size_t end) { sweep.mixed(begin, end, flushed); });
  } else { // lists in the order of the cells, whatever the threads
    std::vector<Flushed> lists(static_cast<std::size_t>(threads->count()));
    share(threads, blocks, 1024 / plic::block,
          [&](int part, std::size_t begin, std::size_t end) { sweep.mixed(begin, end, &lists[std::size_t(part)]); });
    for (const Flushed& list : lists) append(*flushed, list);
  }
  sweep.outside();
}

} // namespace mirhydro
