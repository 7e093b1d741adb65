#include <algorithm>

#include <mirhydro/error.hpp>

#include "engine/interrupt.hpp"
#include "engine/native/native_engine.hpp"
#include "engine/native/net_kernels.hpp"
#include "engine/threads.hpp"
#include "neural/tiles.hpp"

namespace mirhydro::engine::native {

namespace {

/// The kernels of eight lanes, which take half the time of sixteen for half as many samples; or else the best.
const AutoencoderKernels& narrow_kernels() {
  for (const NetKernels* set : all_net_kernels())
    if (set->autoencoder().lanes == 8) return set->autoencoder();
  return net_kernels().autoencoder();
}

class AutoencoderEngine final : public Runner {
public:
  AutoencoderEngine(neural::Autoencoder net, const EngineOptions& wanted)
      : net_(std::move(net)), name_(net_kernels().name), kernels_(net_kernels().autoencoder()),
        narrow_(net_.shape().pool > 1 ? narrow_kernels() : kernels_), packed_(net_, kernels_.lanes),
        threads_(wanted.threads) {
    if (wanted.precision != Precision::float32)
      throw Error(Status::bad_argument, "precision = \"bfloat16\": the native engine runs autoencoders in float32");
    options = wanted;
    input_shape = output_shape = {neural::image_side, neural::image_side};
  }

  void infer(View<const float, 2> batch, View<float, 2> out) const override {
    groups(&AutoencoderKernels::images, batch, out);
  }

  bool infer_tiles(View<const float, 2> tiles, View<float, 2> nodes) const override {
    groups(&AutoencoderKernels::tiles, tiles, nodes);
    return true;
  }

  void infer_dlpack(void*, void*) const override {
    throw Error(Status::bad_argument, "batch lies on a device: the native engine reads CPU memory");
  }

  std::string description() const override { return std::string("native ") + name_; }

  const neural::Autoencoder* autoencoder() const noexcept override { return &net_; }

private:
  /// As many samples at a time as a pack holds.
  template <class Kernel> void groups(Kernel kernel, View<const float, 2> in, View<float, 2> out) const {
    const auto lanes = std::size_t(kernels_.lanes), samples = std::size_t(in.extent[0]);
    share(&threads_, (samples + lanes - 1) / lanes, 2, [&](int, std::size_t begin, std::size_t end) {
      float* const memory = scratch(packed_.scratch(kernels_.lanes));
      for (std::size_t group = begin; group < end; ++group) {
        let_interrupt();
        const auto first = std::ptrdiff_t(group * lanes);
        const int count = int(std::min(lanes, samples - group * lanes));
        const AutoencoderKernels& kernels = count <= narrow_.lanes ? narrow_ : kernels_;
        (kernels.*kernel)(packed_,
                          {in.data + first * in.stride[0], in.stride[0], in.stride[1], out.data + first * out.stride[0],
                           out.stride[0], out.stride[1], count},
                          memory);
      }
    });
  }

  neural::Autoencoder net_;
  const char* name_;
  const AutoencoderKernels &kernels_, &narrow_; ///< the latter for batches, and ends of batches, of few samples
  PackedAutoencoder packed_;
  Threads threads_;
};

} // namespace

std::shared_ptr<Runner> autoencoder_engine(neural::Autoencoder net, const EngineOptions& options) {
  return std::make_shared<AutoencoderEngine>(std::move(net), options);
}

} // namespace mirhydro::engine::native
