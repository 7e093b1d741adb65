#pragma once
#include <vector>

#include "plic/nested_mof.hpp"
#include "reconstruct/field.hpp"
#include "reconstruct/mesh.hpp"
#include "reconstruct/onion.hpp"
#include "reconstruct/plan.hpp"
#include "reconstruct/regions.hpp"

namespace mirhydro::reconstruct {

/// Turns the mixed cells of rows into regions: gathers their stencils block by block, runs the method's kernel and
/// keeps the lines. One per thread; its buffers live on.
template <class T> class Gather {
public:
  Gather(const Plan& plan, const Field<T>& field, const Inputs& inputs, Regions& out);

  void row(const Mesh& mesh, std::ptrdiff_t j);
  /// The cells that wait for a whole block.
  void finish();
  std::ptrdiff_t kept() const { return 0; } ///< of nets
  std::ptrdiff_t folded() const { return folded_; }
  double residual() const { return residual_; }

private:
  struct Neighbours {
    std::ptrdiff_t j[3], i[3];
  };

  void cell(std::ptrdiff_t j, std::ptrdiff_t i);
  void two_of_two(std::ptrdiff_t j, std::ptrdiff_t i, const Neighbours& near);
  void two_of_many(const Neighbours& near, int a, int b);
  void skin(const Neighbours& near);
  void fill_layers(const Neighbours& near, bool only_present);
  std::size_t order_layers();
  void differences(std::size_t split);
  void widths(std::ptrdiff_t j, std::ptrdiff_t i);
  void moments(std::ptrdiff_t j, std::ptrdiff_t i, int a, int b);
  double centroid(int m, std::ptrdiff_t j, std::ptrdiff_t i, std::ptrdiff_t axis) const;
  void nest(std::ptrdiff_t j, std::ptrdiff_t i, const Skin& skin);
  void cut_skin(std::size_t row, double mx, double my);

  const Plan& plan_;
  const Field<T>& field_;
  const Inputs& inputs_;
  Regions& out_;
  const plic::Kernels& kernels_;
  plic::Block block_;
  int waiting_ = 0;
  // of the thread that made this, so that a warm call allocates nothing
  std::vector<Layer>& layers_;
  std::vector<double>& ascending_;
  std::vector<plic::Material>& materials_;
  std::vector<plic::NestedCut>& cuts_;
  std::ptrdiff_t folded_ = 0;
  double residual_ = 0;
};

} // namespace mirhydro::reconstruct
