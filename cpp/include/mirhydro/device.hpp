#pragma once
#include <cstddef>
#include <memory>

#include <mirhydro/export.hpp>
#include <mirhydro/reconstruction.hpp>

namespace mirhydro {

namespace engine {
struct DeviceBlock;
}

/// What Reconstructor::on_device fills: a reconstruction whose arrays stay on the device that its fractions lie on.
/// Arrays are DLPack tensors (DLManagedTensor*), read and written in place; a call takes them over and calls their
/// deleters, also where it fails, unless nothing has been reconstructed yet. Work is queued on LibTorch's current
/// stream, CUDA's default one unless the host has set another. Const calls may run side by side.
class MIRHYDRO_PUBLIC DeviceReconstruction {
public:
  std::ptrdiff_t nmat() const noexcept;
  std::ptrdiff_t ny() const noexcept;
  std::ptrdiff_t nx() const noexcept;
  std::ptrdiff_t size() const noexcept; ///< mixed cells
  /// Waits for the device.
  Stats stats() const;
  /// (n, 2) j, i of the mixed cells in row order, int32.
  void cells(void* out) const;
  /// (n, 2) areas of the two materials, float64.
  void volumes(void* out) const;
  /// Volumes that cross the faces, signed, as Reconstruction::swept: displacement (ny, nx + 1) or (ny + 1, nx), out
  /// (2, the same), float64. @throws Error naming argument, face and value; nothing is written then
  void swept(Axis axis, void* displacement, void* out) const;

private:
  friend class Reconstructor;
  const engine::DeviceBlock& block() const;
  std::shared_ptr<const engine::DeviceBlock> block_;
};

} // namespace mirhydro
