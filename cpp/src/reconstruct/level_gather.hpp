#pragma once
#include <vector>

#include "plic/level_kernels.hpp"
#include "plic/several.hpp"
#include "reconstruct/field.hpp"
#include "reconstruct/mesh.hpp"
#include "reconstruct/plan.hpp"
#include "reconstruct/regions.hpp"

namespace mirhydro::reconstruct {

/// Turns the mixed cells of rows into level sets: gathers 5x5 stencils block by block, and keeps the
/// method's curves; cells of three and more materials are done one by one. One per thread.
template <class T> class LevelGather {
public:
  LevelGather(const Plan& plan, const Field<T>& field, Regions& out);

  void row(const Mesh& mesh, std::ptrdiff_t j);
  /// The stencils that wait for a whole block.
  void finish();
  std::ptrdiff_t folded() const { return folded_; }
  double residual() const { return 0; } ///< volumes are matched later

private:
  void cell(std::ptrdiff_t j, std::ptrdiff_t i);
  void two(std::size_t row, int a, int b);
  bool third_is_near(int a, int b) const;
  void several(std::size_t row);
  void wait(std::size_t row);
  double at(int m, std::size_t n) const { return field_(m, j_[n / 5], i_[n % 5]); }
  void lines();

  const Plan& plan_;
  const Field<T>& field_;
  Regions& out_;
  const plic::LevelKernels& kernels_;
  std::ptrdiff_t j_[5], i_[5]; ///< rows and columns of the cell's stencil
  plic::WideBlock block_;
  std::size_t row_[plic::block]; ///< whose stencils wait
  int waiting_ = 0;
  std::vector<double>&nodes_, &terms_;
  std::vector<int>& present_;
  plic::Neighbourhood& cell_;
  plic::Several& several_;
  std::ptrdiff_t folded_ = 0;
};

} // namespace mirhydro::reconstruct
