#pragma once
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <mirhydro/device.hpp>
#include <mirhydro/engine.hpp>
#include <mirhydro/reconstruction.hpp>

namespace mirhydro {

/// What lies outside the mesh: the mirror image of the cells inside (a wall), the other end, or copies of the edge.
enum class Boundary { mirror, periodic, replicate };

struct Options {
  int threads = 1;
  /// A material below eps in a cell counts as round-off there.
  double eps = 1e-12;
  /// Widths of the cells along x and along y: one number, or one per cell. Only ratios matter.
  std::vector<double> spacing_x{1.0}, spacing_y{1.0};
  /// Layers of vf on every side that belong to somebody else: read as neighbours, never reconstructed where their own
  /// neighbours are missing.
  int ghost = 0;
  std::array<Boundary, 4> boundary{}; ///< x low, x high, y low, y high
  /// Order of the materials in onion skins, all of 0 .. nmat-1; empty: chosen per cell, whatever the numbering. Level
  /// sets (ppic) know no order and do not read it.
  std::vector<int> order;
  /// Level sets have nodes + 1 nodes along a side of the cell: 1, 2, 3, 4 or 8.
  int nodes = 2;
  /// Whether neighbours average the nodes that they share; the method's own choice unless set. Lines that share nodes
  /// become level sets.
  std::optional<bool> share_nodes;
  /// The net of neural: one of models() (engine.hpp), or the path of a model file; empty: the shipped one of the
  /// method's name. It brings its own number of nodes.
  std::string model;
  /// What runs the net: "native" in the pass that finds the cells, "torch" in one batch per call. Its own threads are
  /// not read. Geometry is in double whatever the precision of the net.
  EngineOptions engine;
};

/// What one call may add to the fractions.
struct Inputs {
  View<const bool, 2> where;       ///< (ny, nx) cells to reconstruct; default all
  View<const double, 4> centroids; ///< (nmat, ny, nx, 2) x, y in the unit cell; mof needs them
};

/// Reconstructs the interfaces in every mixed cell of a field of volume fractions. Plan once, call every time step.
/// Const: one object may serve many threads at once, each with a Reconstruction of its own.
class MIRHYDRO_PUBLIC Reconstructor {
public:
  /// @param method  one of methods()
  /// @throws Error(Status::bad_argument) naming the option and its value
  explicit Reconstructor(std::string_view method, const Options& options = {});
  ~Reconstructor();
  Reconstructor(Reconstructor&&) noexcept;
  Reconstructor& operator=(Reconstructor&&) noexcept;

  /// @param vf   (nmat, ny, nx) fractions in [0, 1] that add up to 1 in every cell; read in place, not kept
  /// @param out  the result; an earlier one is reused, and its memory grows only when there are more mixed cells
  /// @throws Error(Status::bad_argument) naming argument, material, cell and value; then `out` is unchanged
  /// Cost: one pass over vf, and the method in each mixed cell. Allocates nothing once warm (threads = 1).
  void operator()(View<const double, 3> vf, Reconstruction& out, const Inputs& inputs = {}) const;
  void operator()(View<const float, 3> vf, Reconstruction& out, const Inputs& inputs = {}) const;
  /// vf (ny, nx): one material; the rest of each cell is material 1.
  void operator()(View<const double, 2> vf, Reconstruction& out, const Inputs& inputs = {}) const;
  void operator()(View<const float, 2> vf, Reconstruction& out, const Inputs& inputs = {}) const;

  /// The same where vf lies on the device of neural's torch engine: arrays stay there. vf: DLManagedTensor* of
  /// (2, ny, nx) or (ny, nx), float64 or float32, any strides; taken over, read in place, not kept.
  /// @throws Error(Status::bad_argument) as above, and where a method, an option (widths of each cell, unshared nodes)
  /// or
  ///         a third material has no such path; then vf is not taken over, or its deleter has been called
  /// Cost: some thousand tensor operations, whatever the number of cells; allocates on the device, and waits for it.
  void on_device(void* vf, DeviceReconstruction& out) const;

  std::string_view method() const noexcept;
  /// Layers of ghost cells with which swept volumes at the edge of the host's own cells are those of the whole mesh.
  int ghost_layers() const noexcept;

private:
  struct Impl;
  std::unique_ptr<const Impl> impl_;
};

/// Names of the methods, in order of age.
MIRHYDRO_PUBLIC std::vector<std::string> methods();
/// The instruction set whose kernels run: "portable", "avx2" or "avx512" (the best that the processor has, or the one
/// that the environment variable MIRHYDRO_SIMD names).
MIRHYDRO_PUBLIC std::string instruction_set();

} // namespace mirhydro
