#pragma once
#include <vector>

#include "neural/net_block.hpp"
#include "neural/tiles.hpp"
#include "plic/level_kernels.hpp"
#include "plic/several.hpp"
#include "reconstruct/field.hpp"
#include "reconstruct/mesh.hpp"
#include "reconstruct/plan.hpp"
#include "reconstruct/regions.hpp"

namespace mirhydro::reconstruct {

/// Takes what nets read of each block of cells, in the place of a net: for training.
class NetSink {
public:
  /// `windows` is null where the plan has no tiles.
  virtual void take(const neural::NetBlock& net, const neural::WindowBlock* windows, const double* nodes,
                    const double* weight, const std::size_t* rows, int count) = 0;

protected:
  ~NetSink() = default;
};

/// Cells whose answers come later, all at once.
struct Deferred {
  neural::NetBlock net;
  double a[plic::block], b[plic::block], weight[plic::block];
  std::size_t row[plic::block];
  int count;
  std::vector<double> nodes;
  std::vector<float> tiles; ///< (count, 64), where an autoencoder answers
};

/// Turns the mixed cells of rows into level sets: gathers 5x5 stencils block by block, and keeps the
/// method's curves; cells of three and more materials are done one by one. One per thread.
template <class T> class LevelGather {
public:
  LevelGather(const Plan& plan, const Field<T>& field, Regions& out, NetSink* inputs = nullptr);

  void row(const Mesh& mesh, std::ptrdiff_t j);
  /// The stencils that wait for a whole block, and those that wait for their answers.
  void finish();
  /// Rows before this one have their level sets.
  std::size_t done() const { return deferred_count_ > 0 ? deferred_[0].row[0] : waiting_ > 0 ? row_[0] : out_.size(); }
  std::ptrdiff_t folded() const { return folded_; }
  /// Cells in which the net gave no numbers: the base curve is kept there.
  std::ptrdiff_t kept() const { return kept_; }
  double residual() const { return 0; } ///< volumes are matched later

private:
  void cell(std::ptrdiff_t j, std::ptrdiff_t i);
  void two(std::size_t row, int a, int b);
  bool third_is_near(int a, int b) const;
  void several(std::size_t row);
  void finish_block();
  bool fills_block() const;
  bool defers() const { return plan_.engine && plan_.net() == nullptr; }
  template <class Difference> void window(const Difference& difference);
  void ask(std::size_t cells, std::size_t inputs, std::size_t outputs);
  void defer();
  void answer();
  void land(const double* nodes, const double* weight, const double* merit, const std::size_t* rows, int count);
  void land(const double* nodes, const double* weight, const double* merit, std::size_t row, int views);
  void wait(std::size_t row);
  double at(int m, std::size_t n) const { return field_(m, j_[n / 5], i_[n % 5]); }
  void curves(double* nodes, double* weight);
  void neural_curves(double* nodes, double* weight);
  void lines(double* nodes);

  const Plan& plan_;
  const Field<T>& field_;
  Regions& out_;
  NetSink* const inputs_;
  const plic::LevelKernels& kernels_;
  std::ptrdiff_t j_[5], i_[5]; ///< rows and columns of the cell's stencil
  std::ptrdiff_t window_j_[neural::window_side], window_i_[neural::window_side]; ///< ... and of its window
  plic::WideBlock block_;
  neural::NetBlock& net_;
  neural::WindowBlock& windows_;
  std::vector<Deferred>& deferred_;
  std::size_t deferred_count_ = 0; ///< memory is kept
  std::vector<float>&batch_, &answers_, &images_;
  std::size_t row_[plic::block]; ///< whose stencils wait
  int waiting_ = 0;
  std::vector<double>&nodes_, &terms_;
  std::vector<int>& present_;
  plic::Neighbourhood& cell_;
  plic::Several& several_;
  std::ptrdiff_t folded_ = 0, kept_ = 0;
};

} // namespace mirhydro::reconstruct
