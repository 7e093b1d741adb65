// TorchScript modules of the users, under the contract of every engine: (n, inputs) to (n, outputs) in float32.
#include <ATen/ops/zeros.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <cmath>

#include <mirhydro/error.hpp>

#include "engine/torch/session.hpp"
#include "engine/torch/torch_runner.hpp"

namespace mirhydro::engine::torch_engine {

namespace {

class ScriptRunner final : public TorchRunner {
public:
  ScriptRunner(const std::string& path, const EngineOptions& wanted)
      : TorchRunner(wanted), module_(torch::jit::load(path, device_)) {
    module_.eval();
    if (wanted.precision != Precision::float32) module_.to(type_of(wanted.precision));
    model = path;
    find_shapes();
  }

  bool may_fail() const noexcept override { return true; }

private:
  std::vector<at::Tensor> make_layers(std::int64_t) const override { return {}; }

  void forward(const at::Tensor& batch, const at::Tensor& out, Buffers&) const override {
    out.copy_(call(batch, input_shape).view({batch.size(0), -1}));
  }

  /// The module's output, in the shape that it had in the trial (in the trial: any).
  at::Tensor call(const at::Tensor& batch, const std::vector<std::ptrdiff_t>& shape) const {
    std::vector<std::int64_t> extents = {batch.size(0)};
    extents.insert(extents.end(), shape.begin(), shape.end());
    const at::Tensor x = batch.reshape(extents).to(device_, type_of(options.precision));
    const c10::IValue result = module_.forward({x});
    if (!result.isTensor()) refuse("returns a " + result.tagKind() + ", not a tensor");
    const at::Tensor y = result.toTensor();
    if (!y.defined() || y.dim() < 2 || y.size(0) != batch.size(0))
      refuse("returns the shape " + text_of(y) + " for " + std::to_string(batch.size(0)) + " cells");
    if (!y.is_floating_point()) refuse("returns whole numbers");
    if (!output_shape.empty() &&
        y.sizes().slice(1).vec() != std::vector<std::int64_t>(output_shape.begin(), output_shape.end()))
      refuse("returns the shape " + text_of(y) + ", another one than in its trial");
    return y.contiguous();
  }

  /// What goes in: the module's attribute `input_shape`, or else the columns of its first matrix, or else a stencil's
  /// features. A trial with two cells of zeros says what comes out.
  void find_shapes() {
    std::vector<std::vector<std::ptrdiff_t>> candidates;
    if (module_.hasattr("input_shape")) {
      candidates.push_back(named_shape(module_.attr("input_shape")));
    } else {
      for (const at::Tensor& p : module_.parameters())
        if (p.dim() == 2) {
          candidates.push_back({p.size(1)});
          break;
        }
      candidates.push_back({stencil_features});
    }
    std::string reason;
    for (const auto& shape : candidates) {
      try {
        std::int64_t size = 1;
        for (const std::ptrdiff_t extent : shape) size *= extent;
        const at::Tensor y = call(at::zeros({2, size}, at::kFloat), shape);
        if (!y.isfinite().all().item<bool>()) refuse("returns numbers that are not finite for zeros");
        input_shape = shape;
        output_shape.assign(y.sizes().begin() + 1, y.sizes().end());
        return;
      } catch (...) {
        try {
          rethrow("model " + model);
        } catch (const Error& error) {
          if (reason.empty()) reason = error.what();
        }
      }
    }
    throw Error(Status::bad_argument, reason + ". Its attribute `input_shape` (an int or a list) may name one cell's");
  }

  std::vector<std::ptrdiff_t> named_shape(const c10::IValue& value) const {
    std::vector<std::ptrdiff_t> shape;
    if (value.isInt()) shape.push_back(value.toInt());
    if (value.isIntList())
      for (const std::int64_t extent : value.toIntVector()) shape.push_back(extent);
    std::int64_t size = shape.empty() ? 0 : 1;
    for (const std::ptrdiff_t extent : shape) {
      if (extent < 1 || extent > largest_input) refuse("has an `input_shape` that is none");
      size *= extent;
      if (size > largest_input) refuse("has an `input_shape` that is none");
    }
    if (size == 0) refuse("has an `input_shape` that is neither an int nor a list of int");
    return shape;
  }

  [[noreturn]] void refuse(const std::string& text) const {
    throw Error(Status::bad_argument, "model " + model + " " + text);
  }
  static std::string text_of(const at::Tensor& t) {
    std::string text = "(";
    for (const std::int64_t extent : t.sizes()) text += (text.size() > 1 ? ", " : "") + std::to_string(extent);
    return text + ")";
  }

  static constexpr std::ptrdiff_t stencil_features = 55;
  static constexpr std::int64_t largest_input = 1 << 20;
  mutable torch::jit::Module module_; ///< forward() is not const, though it changes nothing in eval mode
};

} // namespace

std::shared_ptr<Runner> script_runner(const std::string& path, const EngineOptions& options) {
  return guarded("model file " + path, [&]() -> std::shared_ptr<Runner> {
    const Session session(options.threads);
    return std::make_shared<ScriptRunner>(path, options);
  });
}

} // namespace mirhydro::engine::torch_engine
