// The image autoencoder: weights from the model file, the forward pass written down in ATen's own operators.
#include <ATen/ops/addmm.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/replication_pad2d.h>

#include <algorithm>

#include "engine/torch/session.hpp"
#include "engine/torch/torch_runner.hpp"

namespace mirhydro::engine::torch_engine {

namespace {

using neural::AutoencoderShape, neural::Weights;
constexpr std::int64_t side = AutoencoderShape::image;

/// Rows whose largest planes take `bytes`: what keeps a processor's part small, and a GPU busy.
std::int64_t rows_within(const AutoencoderShape& shape, std::int64_t bytes) {
  return std::max<std::int64_t>(1, bytes / (std::int64_t(sizeof(float)) * shape.channels * side * side));
}

class AutoencoderRunner final : public TorchRunner {
public:
  AutoencoderRunner(const neural::Autoencoder& net, const EngineOptions& wanted)
      : TorchRunner(wanted, rows_within(net.shape(), std::int64_t(1) << 26),
                    rows_within(net.shape(), std::int64_t(1) << 32)),
        net_(net), type_(type_of(wanted.precision)) {
    input_shape = output_shape = {side, side};
    for (const Weights& w : net_.encoder()) encoder_.push_back(convolution(w, w.outputs, w.inputs));
    for (const Weights& w : net_.decoder()) decoder_.push_back(convolution(w, w.inputs, w.outputs));
    squeeze_ = dense(net_.squeeze());
    expand_ = dense(net_.expand());
  }

  const neural::Autoencoder* autoencoder() const noexcept override { return &net_; }

private:
  struct Layer {
    at::Tensor weight, bias;
  };

  at::TensorOptions place() const { return at::TensorOptions(type_).device(device_); }
  at::Tensor there(const std::vector<float>& values, at::IntArrayRef shape) const {
    return at::from_blob(const_cast<float*>(values.data()), shape, at::TensorOptions(at::kFloat))
        .to(place(), false, true);
  }
  Layer convolution(const Weights& w, int first, int second) const {
    return {there(w.weight, {first, second, w.size, w.size}), there(w.bias, {w.outputs})};
  }
  Layer dense(const Weights& w) const {
    return {there(w.weight, {w.outputs, w.inputs}).t(), there(w.bias, {w.outputs})};
  }

  /// Where operators take them: input, the dense layers' outputs.
  std::vector<at::Tensor> make_layers(std::int64_t rows) const override {
    return {at::empty({rows, side * side}, place()), at::empty({rows, net_.shape().bottleneck}, place()),
            at::empty({rows, net_.shape().flat()}, place())};
  }

  at::Tensor pooled(const at::Tensor& x, std::int64_t stride) const {
    const std::int64_t d = net_.shape().dilation, beyond = stride == 1 ? d : std::max<std::int64_t>(0, d - stride + 1);
    const at::Tensor padded = beyond > 0 ? at::replication_pad2d(x, {0, beyond, 0, beyond}) : x;
    return at::max_pool2d(padded, {2, 2}, {stride, stride}, {0, 0}, {d, d});
  }

  void forward(const at::Tensor& batch, const at::Tensor& out, Buffers& buffers) const override {
    const AutoencoderShape& shape = net_.shape();
    const std::int64_t rows = batch.size(0), inner = shape.side(shape.convolutions);
    const auto buffer = [&](std::size_t k) { return buffers.layers[k].narrow(0, 0, rows); };
    at::Tensor x = batch;
    if (batch.device() != device_ || batch.scalar_type() != type_ || !batch.is_contiguous()) x = buffer(0).copy_(batch);
    x = x.view({rows, 1, side, side});
    for (int k = 0; k < shape.convolutions; ++k) {
      const Layer& layer = encoder_[std::size_t(k)];
      x = at::conv2d(x, layer.weight, layer.bias, {1, 1}, {1, 1});
      at::relu_(x);
      if (shape.pools(k)) x = pooled(x, shape.pool);
    }
    at::Tensor code = buffer(1), flat = buffer(2);
    at::addmm_out(code, squeeze_.bias, x.reshape({rows, shape.flat()}), squeeze_.weight);
    at::relu_(code);
    at::addmm_out(flat, expand_.bias, code, expand_.weight);
    at::relu_(flat);
    x = flat.view({rows, shape.channels, inner, inner});
    for (int k = shape.convolutions; k-- > 0;) {
      const Layer& layer = decoder_[std::size_t(k)];
      const std::int64_t up = shape.up(k);
      x = at::conv_transpose2d(x, layer.weight, layer.bias, {up, up}, {1, 1});
      if (k > 0) at::relu_(x);
      if (shape.pools_back(k)) x = pooled(x, 1);
    }
    out.copy_(x.reshape({rows, side * side}));
  }

  const neural::Autoencoder net_;
  at::ScalarType type_;
  std::vector<Layer> encoder_, decoder_;
  Layer squeeze_, expand_; ///< weights (inputs, outputs), a transposed view
};

} // namespace

std::shared_ptr<Runner> autoencoder_runner(const neural::Autoencoder& net, const EngineOptions& options) {
  return guarded("engine = \"torch\"", [&]() -> std::shared_ptr<Runner> {
    const Session session(options.threads);
    return std::make_shared<AutoencoderRunner>(net, options);
  });
}

} // namespace mirhydro::engine::torch_engine
