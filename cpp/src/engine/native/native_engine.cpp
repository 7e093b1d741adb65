#include "engine/native/native_engine.hpp"

#include <algorithm>

#include <mirhydro/error.hpp>

#include "engine/interrupt.hpp"
#include "engine/native/net_kernels.hpp"
#include "engine/threads.hpp"

namespace mirhydro::engine::native {

namespace {

using plic::block;

class NativeEngine final : public Runner {
public:
  NativeEngine(neural::StencilNet net, const EngineOptions& wanted)
      : net_(std::move(net)), kernels_(net_kernels()),
        run_(wanted.precision == Precision::bfloat16 ? kernels_.bfloat16 : kernels_.float32), threads_(wanted.threads) {
    options = wanted;
    input_shape = {net_.inputs()};
    output_shape = {net_.outputs()};
  }

  void infer(View<const float, 2> batch, View<float, 2> out) const override {
    const std::ptrdiff_t n = batch.extent[0];
    const auto blocks = static_cast<std::size_t>((n + block - 1) / block);
    // a second thread pays from about 30 us of work on
    share(&threads_, blocks, 16, [&](int, std::size_t begin, std::size_t end) { some_blocks(batch, out, begin, end); });
  }

  void infer_dlpack(void*, void*) const override {
    throw Error(Status::bad_argument, "batch lies on a device: the native engine reads CPU memory");
  }

  std::string description() const override {
    std::string text = std::string("native ") + kernels_.name;
    if (options.precision == Precision::bfloat16)
      text += kernels_.bfloat16_in_hardware ? ", bfloat16 products in hardware" : ", bfloat16 emulated in float32";
    return text;
  }

  const neural::StencilNet* stencil_net() const noexcept override { return &net_; }

private:
  void some_blocks(View<const float, 2> batch, View<float, 2> out, std::size_t begin, std::size_t end) const {
    const int inputs = net_.inputs(), outputs = net_.outputs();
    float* const in = scratch(std::size_t(inputs + outputs) * block + net_.scratch());
    float *const result = in + inputs * block, *const rest = result + outputs * block;
    for (std::size_t b = begin; b < end; ++b) {
      let_interrupt();
      const std::ptrdiff_t first = std::ptrdiff_t(b) * block;
      const int cells = static_cast<int>(std::min<std::ptrdiff_t>(block, batch.extent[0] - first));
      kernels_.gather(batch.data + first * batch.stride[0], batch.stride[0], batch.stride[1], cells, inputs, in);
      run_(net_, in, result, rest, cells);
      kernels_.scatter(result, cells, outputs, out.data + first * out.stride[0], out.stride[0], out.stride[1]);
    }
  }

  neural::StencilNet net_;
  const NetKernels& kernels_;
  NetKernel run_;
  Threads threads_;
};

} // namespace

std::shared_ptr<Runner> native_engine(neural::StencilNet net, const EngineOptions& options) {
  return std::make_shared<NativeEngine>(std::move(net), options);
}

} // namespace mirhydro::engine::native
