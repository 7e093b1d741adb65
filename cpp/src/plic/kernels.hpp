#pragma once
#include <cstddef>
#include <cstdint>

namespace mirhydro::plic {

enum class Method { youngs, myc, elvira, lvira, mof, ppic, neural, autoencoder };

/// Cells that one call of a kernel works on; a multiple of every pack.
inline constexpr int block = 64;
/// Level-set kernels do the first cells of a block, in whole groups: that many cells, or harmless ones, are there.
constexpr int whole_groups(int cells) { return (cells + 15) / 16 * 16; }

/// What the kernels read of up to `block` mixed cells, cell by cell in each row. Rows past the last cell hold harmless
/// values (a half-full cell in a uniform gradient), so that no kernel has a tail.
struct alignas(64) Block {
  double d[9][block];        ///< (fraction of a) - (fraction of b) over the 3x3 stencil
  double a[block], b[block]; ///< the cell's two fractions
  double width_x[2][block];  ///< widths of the neighbours in units of the cell's own, low and high side
  double width_y[2][block];
  double moment_x[block], moment_y[block]; ///< mof: first moments of a minus those of b about the centre
  double weight_x[block], weight_y[block]; ///< mof: squares of the cell's widths
};

/// Lines of many cells, structure of arrays: a is where mx*x + my*y <= t about the centre.
struct Lines {
  double *mx, *my, *t;
};
struct ConstLines {
  const double *mx, *my, *t, *a, *b;
};

/// The inner loops, compiled once per instruction set. Every n is padded to a multiple of `pad` by the caller.
struct Kernels {
  /// Lines of the cells of a block.
  void (*lines)(Method method, bool stretched, const Block& block, const Lines& out);
  /// Areas of a and b swept through the low and the high face along the line's first axis, widths in [0, 1].
  /// out: a through low, a through high, b through low, b through high, `block` numbers each.
  void (*slabs)(const ConstLines& lines, const double* low, const double* high, double (*out)[block]);
  /// Area of a: that of the smaller side of each line, or what it leaves.
  void (*areas)(const ConstLines& lines, double* out_a, double* out_b);
  /// One material's fractions in 64 cells: what they hold up to now.
  void (*accumulate)(const double* vf, int material, int planes, double tolerance, struct Word& word);
  void (*accumulate_float)(const float* vf, int material, int planes, double tolerance, struct Word& word);
  /// All materials have passed: which cells are mixed, whose fractions do not add up, which are off by round-off.
  void (*classify)(double eps, double tolerance, struct Word& word);
  /// Fluxes out of pure cells along a row: out[i] = d[i] where the donor's owner is `material`, else 0.
  void (*pure_row)(const double* d, const double* low_owner, const double* high_owner, double material, double* out,
                   std::ptrdiff_t n);
  /// Largest |d| of a row, a NaN counting as 2.
  double (*largest)(const double* d, std::ptrdiff_t n);
};

/// 64 cells while the materials pass by. Starts as zeros.
struct alignas(64) Word {
  double largest[64], second[64], sum[64];
  std::uint64_t owner[16]; ///< bit planes of the number of the largest material
  std::uint64_t bad;       ///< a fraction out of range, or a sum off by more than the tolerance
  std::uint64_t mixed;     ///< at least two materials above eps
  std::uint64_t inexact;   ///< pure, but not exactly 1 and 0
};

const Kernels& kernels();

} // namespace mirhydro::plic
