#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include <mirhydro/export.hpp>
#include <mirhydro/view.hpp>

namespace mirhydro {

enum class Axis { x, y };

/// What one call of a Reconstructor met.
struct Stats {
  std::int64_t mixed = 0;  ///< mixed cells reconstructed
  double residual = 0;     ///< largest |area of a region - its fraction|
  int iterations = 0;      ///< most iterations that any offset took (0: closed form)
  std::int64_t kept = 0;   ///< cells where the base curve was kept because a network gave no number
  std::int64_t folded = 0; ///< cells whose fractions were off by round-off and were made to fit
  /// Cells whose level sets can be cut nowhere so that the fractions come out, being flat there (uniform mixtures,
  /// drops of equal size and place): their materials own shares of the same points, and volumes are exact all the same.
  std::int64_t blended = 0;
};

/// Materials that left a cell entirely in `swept(..., flush)`; see there.
struct Flushed {
  std::vector<std::int32_t> cells;    ///< (k, 2) j, i of the donor
  std::vector<std::int32_t> material; ///< (k)
  std::vector<double> share;          ///< (k, 2) of its content through the low and the high face; they add up to 1
};

/// Convex polygons in the layout of vtkCellArray: polygon q has the points offsets[q] to offsets[q + 1].
struct Polygons {
  std::vector<double> points;         ///< (p, 2) x, y in index space: cell (j, i) is [i, i+1] x [j, j+1]
  std::vector<std::int64_t> offsets;  ///< (q + 1)
  std::vector<std::int32_t> cell;     ///< (q) row in cells()
  std::vector<std::int32_t> material; ///< (q)
};

/// Straight pieces of interface inside the mixed cells.
struct Segments {
  std::vector<double> ends;               ///< (s, 2, 2) two points x, y in index space, `below` on the left hand
  std::vector<double> normal;             ///< (s, 2) unit normal in index space, out of `below`
  std::vector<double> length;             ///< (s) in cells
  std::vector<std::int32_t> below, above; ///< (s) the two materials
  std::vector<std::int32_t> cell;         ///< (s) row in cells()
};

/// Interfaces joined across cells. Polyline q has the points offsets[q] to offsets[q + 1]; a closed one repeats its
/// first point at the end.
struct Contours {
  std::vector<double> points;             ///< (p, 2) x, y in index space
  std::vector<std::int64_t> offsets;      ///< (q + 1)
  std::vector<std::int32_t> below, above; ///< (q) the material on the left hand, and the other one
};

/// One region per material in every mixed cell. Owns its geometry, keeps no view of the host's arrays.
/// Const calls may run together from many threads.
class MIRHYDRO_PUBLIC Reconstruction {
public:
  Reconstruction();
  ~Reconstruction();
  Reconstruction(Reconstruction&&) noexcept;
  Reconstruction& operator=(Reconstruction&&) noexcept;

  std::ptrdiff_t nmat() const noexcept;
  std::ptrdiff_t ny() const noexcept;
  std::ptrdiff_t nx() const noexcept;
  /// Mixed cells reconstructed.
  std::ptrdiff_t size() const noexcept;
  const Stats& stats() const noexcept;

  /// out (n, 2): j, i of the mixed cells, in row order.
  void cells(View<std::int32_t, 2> out) const;
  /// out (ny, nx): row in cells, or -1.
  void index(View<std::int32_t, 2> out) const;
  /// out (ny, nx): material of a pure cell, or -1 in a mixed one.
  void owner(View<std::int32_t, 2> out) const;

  /// out (n, nmat): area of each region, from its geometry; the fractions to round-off. Cost: O(n).
  void volumes(View<double, 2> out) const;
  /// out (n, nmat, 2): centroid x, y of each region in the unit cell; NaN where the material is absent.
  void centroids(View<double, 3> out) const;
  /// out (n, nmat, s, s): exact fraction of each of the s x s sub-cells, row 0 at the bottom.
  void subcell(View<double, 4> out) const;
  /// Area and first moments of each material inside convex polygons of cells, pure ones too.
  /// @param points   (p, 2) x, y in the unit cell, counter-clockwise or clockwise
  /// @param offsets  (m + 1) polygon q has the points offsets[q] to offsets[q + 1]
  /// @param cells    (m, 2) j, i
  /// @param out      (m, nmat, 3) area, integral of x, integral of y
  void clip(View<const double, 2> points, View<const std::int64_t, 1> offsets, View<const std::int32_t, 2> cells,
            View<double, 3> out) const;
  Polygons polygons() const;
  Segments segments() const;
  Contours contours() const;

  /// Volume of each material that faces displaced along `axis` sweep out of their donor cells.
  /// @param displacement  (ny, nx+1) along x, (ny+1, nx) along y; donor-cell widths in [-1, 1], positive to larger i
  ///                      (j). The outflow through both faces of a cell is at most 1. The donor of an inflow through
  ///                      the edge of the mesh is the cell that the boundary rule puts there.
  /// @param out      (nmat, ny, nx+1) or (nmat, ny+1, nx); donor-cell areas, signed as the displacement. The materials
  ///                 add up to the displacement; each is at most its fraction, also left and right together.
  /// @param flush    0, or an area: in mixed donors |S| < flush becomes 0, a material that would leave less than flush
  ///                 behind leaves entirely, and the largest remaining |S| of the face closes the sum.
  /// @param flushed  where to list the materials that left entirely; may be null.
  /// @throws Error(Status::bad_argument) naming face and value; then `out` is untouched.
  /// Cost: one read of displacement, one write of out, closed forms in mixed donors; allocates nothing once warm.
  /// Source: Rider & Kothe, J. Comput. Phys. 141 (1998) 112.
  void swept(Axis axis, View<const double, 2> displacement, View<double, 3> out, double flush = 0,
             Flushed* flushed = nullptr) const;

  struct Impl;

private:
  friend class Reconstructor;
  std::unique_ptr<Impl> impl_;
};

} // namespace mirhydro
