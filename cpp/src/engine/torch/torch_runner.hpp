#pragma once
#include <ATen/core/Tensor.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/runner.hpp"
#include "engine/torch_library.hpp"

namespace mirhydro::engine::torch_engine {

/// What LibTorch calls the numbers that a net multiplies.
inline at::ScalarType type_of(Precision precision) {
  return precision == Precision::bfloat16 ? at::kBFloat16 : precision == Precision::float16 ? at::kHalf : at::kFloat;
}

/// Tensors that one call at a time uses, kept for the next one.
struct Buffers {
  std::int64_t rows = 0;
  at::Tensor host_in, host_out; ///< for strides that LibTorch does not take
  std::vector<at::Tensor> layers;
};

/// Splits a batch into parts that fit, lays tensors over the host's memory, and has `forward` fill them.
class TorchRunner : public Runner {
public:
  /// Rows of one part, on the host and on a device: those of a small net where nothing else is said.
  TorchRunner(const EngineOptions& options, std::int64_t most_on_host = 2048,
              std::int64_t most_on_device = std::int64_t(1) << 18);

  void infer(View<const float, 2> batch, View<float, 2> out) const final;
  void infer_dlpack(void* batch, void* out) const final;
  std::shared_ptr<const DeviceBlock> reconstruct(const DeviceRules& rules, void* vf) const final;
  std::string description() const final;

protected:
  /// Outputs of `batch` (rows, inputs) into `out` (rows, outputs), both float32, on the engine's device or the host's.
  virtual void forward(const at::Tensor& batch, const at::Tensor& out, Buffers& buffers) const = 0;
  void make_buffers(Buffers& buffers, std::int64_t rows) const;
  virtual std::vector<at::Tensor> make_layers(std::int64_t rows) const = 0;

  c10::Device device_;

private:
  template <class Part> void in_parts(std::int64_t rows, Part&& part) const;
  std::unique_ptr<Buffers> take() const;
  void give(std::unique_ptr<Buffers> buffers) const;

  std::ptrdiff_t inputs() const noexcept;
  std::ptrdiff_t outputs() const noexcept;

  mutable std::atomic<std::int64_t> most_rows_; ///< halved where the device runs out of memory
  mutable std::mutex lock_;
  mutable std::vector<std::unique_ptr<Buffers>> idle_;
};

std::shared_ptr<Runner> net_runner(const neural::StencilNet& net, const EngineOptions& options);
std::shared_ptr<Runner> autoencoder_runner(const neural::Autoencoder& net, const EngineOptions& options);
std::shared_ptr<Runner> script_runner(const std::string& path, const EngineOptions& options);

} // namespace mirhydro::engine::torch_engine
