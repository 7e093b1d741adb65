#include "engine/torch/torch_runner.hpp"

#include <ATen/ops/empty.h>

#include <algorithm>

#include <mirhydro/error.hpp>
#include <mirhydro/version.hpp>

#include "engine/torch/block.hpp"
#include "engine/torch/session.hpp"

namespace mirhydro::engine::torch_engine {

namespace {

std::ptrdiff_t product(const std::vector<std::ptrdiff_t>& shape) {
  std::ptrdiff_t size = 1;
  for (const std::ptrdiff_t extent : shape) size *= extent;
  return size;
}

bool takes(std::ptrdiff_t row, std::ptrdiff_t column) { return row >= 0 && column >= 0; }

} // namespace

// rows of one part: activations that stay in the second-level cache, or that keep a GPU busy
TorchRunner::TorchRunner(const EngineOptions& wanted, std::int64_t most_on_host, std::int64_t most_on_device)
    : device_(device_of(wanted.device)), most_rows_(device_.is_cpu() ? most_on_host : most_on_device) {
  options = wanted;
}

std::ptrdiff_t TorchRunner::inputs() const noexcept { return product(input_shape); }
std::ptrdiff_t TorchRunner::outputs() const noexcept { return product(output_shape); }

std::string TorchRunner::description() const {
  return std::string("LibTorch ") + loaded_version() + ", " + device_.str() +
         (options.precision == Precision::float32   ? ""
          : options.precision == Precision::float16 ? ", float16"
                                                    : ", bfloat16");
}

std::unique_ptr<Buffers> TorchRunner::take() const {
  const std::lock_guard lock(lock_);
  if (idle_.empty()) return std::make_unique<Buffers>();
  std::unique_ptr<Buffers> buffers = std::move(idle_.back());
  idle_.pop_back();
  return buffers;
}

void TorchRunner::give(std::unique_ptr<Buffers> buffers) const {
  const std::lock_guard lock(lock_);
  idle_.push_back(std::move(buffers));
}

void TorchRunner::make_buffers(Buffers& buffers, std::int64_t rows) const {
  if (buffers.rows >= rows) return;
  buffers = {};
  buffers.host_in = at::empty({rows, inputs()}, at::kFloat);
  buffers.host_out = at::empty({rows, outputs()}, at::kFloat);
  buffers.layers = make_layers(rows);
  buffers.rows = rows;
}

/// Calls part(begin, count, buffers) over all rows, with fewer at a time after every lack of memory.
template <class Part> void TorchRunner::in_parts(std::int64_t rows, Part&& part) const {
  std::unique_ptr<Buffers> buffers = take();
  for (std::int64_t begin = 0; begin < rows;) {
    const std::int64_t most = most_rows_, count = std::min(most, rows - begin);
    try {
      make_buffers(*buffers, count);
      part(begin, count, *buffers);
      begin += count;
    } catch (const std::exception& error) {
      if (count < 2 || !lacks_memory(error)) throw;
      *buffers = {};
      most_rows_ = (count + 1) / 2;
    }
  }
  give(std::move(buffers));
}

void TorchRunner::infer(View<const float, 2> batch, View<float, 2> out) const {
  guarded("model " + model, [&] {
    const Session session(options.threads);
    in_parts(batch.extent[0], [&](std::int64_t begin, std::int64_t count, Buffers& buffers) {
      const float* const from = batch.data + begin * batch.stride[0];
      at::Tensor x;
      if (takes(batch.stride[0], batch.stride[1])) {
        x = over(from, count, batch.extent[1], batch.stride[0], batch.stride[1]);
      } else {
        x = buffers.host_in.narrow(0, 0, count);
        auto* p = x.mutable_data_ptr<float>();
        for (std::ptrdiff_t r = 0; r < count; ++r)
          for (std::ptrdiff_t c = 0; c < batch.extent[1]; ++c) *p++ = from[r * batch.stride[0] + c * batch.stride[1]];
      }
      float* const to = out.data + begin * out.stride[0];
      if (takes(out.stride[0], out.stride[1]))
        return forward(x, over(to, count, out.extent[1], out.stride[0], out.stride[1]), buffers);
      const at::Tensor y = buffers.host_out.narrow(0, 0, count);
      forward(x, y, buffers);
      const auto* p = y.const_data_ptr<float>();
      for (std::ptrdiff_t r = 0; r < count; ++r)
        for (std::ptrdiff_t c = 0; c < out.extent[1]; ++c) to[r * out.stride[0] + c * out.stride[1]] = *p++;
    });
  });
}

void TorchRunner::infer_dlpack(void* batch, void* out) const {
  guarded("model " + model, [&] {
    Taken taken_batch = take_over(batch), taken_out = take_over(out);
    const Session session(options.threads);
    const at::Tensor x = tensor(std::move(taken_batch)), y = tensor(std::move(taken_out));
    const auto check = [&](const char* name, const at::Tensor& t, std::int64_t rows, std::int64_t columns) {
      const std::string who = name;
      check_device(name, t, device_);
      if (t.scalar_type() != at::kFloat) throw Error(Status::bad_argument, who + " is not float32");
      if (t.dim() != 2 || t.size(0) != rows || t.size(1) != columns)
        throw Error(Status::bad_argument,
                    who + " does not have the shape (" + std::to_string(rows) + ", " + std::to_string(columns) + ")");
    };
    const std::int64_t rows = x.dim() > 0 ? x.size(0) : 0;
    check("batch", x, rows, inputs());
    check("out", y, rows, outputs());
    in_parts(rows, [&](std::int64_t begin, std::int64_t count, Buffers& buffers) {
      forward(x.narrow(0, begin, count), y.narrow(0, begin, count), buffers);
    });
  });
}

std::shared_ptr<const DeviceBlock> TorchRunner::reconstruct(const DeviceRules& rules, void* vf) const {
  return guarded("model " + model, [&] {
    Taken taken = take_over(vf);
    const Session session(options.threads);
    const at::Tensor fractions = tensor(std::move(taken));
    check_device("vf", fractions, device_);
    return make_block(rules, fractions, [&](const at::Tensor& features) {
      const at::Tensor out = at::empty({features.size(0), outputs()}, features.options());
      in_parts(features.size(0), [&](std::int64_t begin, std::int64_t count, Buffers& buffers) {
        forward(features.narrow(0, begin, count), out.narrow(0, begin, count), buffers);
      });
      return out;
    });
  });
}

namespace {

std::shared_ptr<Runner> make(const TorchModel& model, const EngineOptions& options) {
  check_version();
  if (model.net != nullptr) return net_runner(*model.net, options);
  if (model.autoencoder != nullptr) return autoencoder_runner(*model.autoencoder, options);
  return script_runner(model.script, options);
}

} // namespace

} // namespace mirhydro::engine::torch_engine

/// What libmirhydro looks for.
extern "C" MIRHYDRO_PUBLIC const mirhydro::engine::TorchLibrary mirhydro_torch_library;
const mirhydro::engine::TorchLibrary mirhydro_torch_library = {MIRHYDRO_VERSION, mirhydro::engine::torch_engine::make,
                                                               mirhydro::engine::torch_engine::loaded_version};
