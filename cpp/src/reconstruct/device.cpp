#include <mirhydro/device.hpp>

#include "engine/device_block.hpp"
#include "reconstruct/text.hpp"

namespace mirhydro {

const engine::DeviceBlock& DeviceReconstruction::block() const {
  if (block_ == nullptr) reconstruct::refuse("nothing has been reconstructed on a device yet");
  return *block_;
}

std::ptrdiff_t DeviceReconstruction::nmat() const noexcept { return block_ != nullptr ? 2 : 0; }
std::ptrdiff_t DeviceReconstruction::ny() const noexcept { return block_ != nullptr ? block_->ny : 0; }
std::ptrdiff_t DeviceReconstruction::nx() const noexcept { return block_ != nullptr ? block_->nx : 0; }
std::ptrdiff_t DeviceReconstruction::size() const noexcept { return block_ != nullptr ? block_->size : 0; }
Stats DeviceReconstruction::stats() const { return block_ != nullptr ? block_->stats() : Stats{}; }
void DeviceReconstruction::cells(void* out) const { block().cells(out); }
void DeviceReconstruction::volumes(void* out) const { block().volumes(out); }
void DeviceReconstruction::swept(Axis axis, void* displacement, void* out) const {
  block().swept(axis, displacement, out);
}

} // namespace mirhydro
