// Nets of ours: weights from the model file, the forward pass written down in ATen's own operators.
#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/relu.h>

#include "engine/torch/session.hpp"
#include "engine/torch/torch_runner.hpp"

namespace mirhydro::engine::torch_engine {

namespace {

class NetRunner final : public TorchRunner {
public:
  NetRunner(const neural::StencilNet& net, const EngineOptions& wanted)
      : TorchRunner(wanted), type_(type_of(wanted.precision)) {
    input_shape = {net.inputs()};
    output_shape = {net.outputs()};
    const auto place = at::TensorOptions(type_).device(device_);
    for (const neural::DenseLayer& layer : net.dense()) {
      weights_.push_back(
          over(layer.weight.data(), layer.outputs, layer.inputs, layer.inputs, 1).to(place, false, true).t());
      biases_.push_back(over(layer.bias.data(), 1, layer.outputs, layer.outputs, 1).to(place, false, true));
    }
  }

private:
  /// Input, hidden layers and output, where they do not lie in the host's memory already.
  std::vector<at::Tensor> make_layers(std::int64_t rows) const override {
    const auto place = at::TensorOptions(type_).device(device_);
    std::vector<at::Tensor> layers = {at::empty({rows, weights_[0].size(0)}, place)};
    for (const at::Tensor& weight : weights_) layers.push_back(at::empty({rows, weight.size(1)}, place));
    return layers;
  }

  void forward(const at::Tensor& batch, const at::Tensor& out, Buffers& buffers) const override {
    const std::int64_t rows = batch.size(0);
    const auto buffer = [&](std::size_t k) { return buffers.layers[k].narrow(0, 0, rows); };
    const auto fits = [&](const at::Tensor& t) { return t.device() == device_ && t.scalar_type() == type_; };
    at::Tensor x = batch;
    if (!fits(batch)) x = buffer(0).copy_(batch);
    const std::size_t last = weights_.size() - 1;
    for (std::size_t k = 0; k < last; ++k) {
      at::Tensor y = buffer(k + 1);
      at::addmm_out(y, biases_[k], x, weights_[k]);
      x = at::relu_(y);
    }
    at::Tensor y = fits(out) ? out : buffer(last + 1);
    at::addmm_out(y, biases_[last], x, weights_[last]);
    if (!fits(out)) out.copy_(y);
  }

  at::ScalarType type_;
  std::vector<at::Tensor> weights_, biases_; ///< weights (inputs, outputs), a transposed view
};

} // namespace

std::shared_ptr<Runner> net_runner(const neural::StencilNet& net, const EngineOptions& options) {
  return guarded("engine = \"torch\"", [&]() -> std::shared_ptr<Runner> {
    const Session session(options.threads);
    return std::make_shared<NetRunner>(net, options);
  });
}

} // namespace mirhydro::engine::torch_engine
