#pragma once
#include <array>
#include <cstddef>
#include <string>

#include <mirhydro/reconstruction.hpp>
#include <mirhydro/reconstructor.hpp>

namespace mirhydro::engine {

/// What a block of mixed cells on a device needs to know of its Reconstructor.
struct DeviceRules {
  int K;
  double eps, tolerance, tolerance_of_floats; ///< how far fractions may be from a field, in float64 and in float32
  double size_x, size_y;
  int ghost, threads;
  std::array<Boundary, 4> boundary;
};

/// A reconstruction on a device. Pointers are DLManagedTensor*, which every call takes over. Header only: see Runner.
struct DeviceBlock {
  virtual ~DeviceBlock() = default;
  virtual Stats stats() const = 0;
  virtual void cells(void* out) const = 0;
  virtual void volumes(void* out) const = 0;
  virtual void swept(Axis axis, void* displacement, void* out) const = 0;

  std::ptrdiff_t ny = 0, nx = 0, size = 0;
};

} // namespace mirhydro::engine
