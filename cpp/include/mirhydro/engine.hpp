#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <mirhydro/export.hpp>
#include <mirhydro/view.hpp>

namespace mirhydro {

namespace engine {
struct Runner;
}

/// Numbers that a net multiplies; inputs and outputs are float32 in all, and so are the sums of the native engine.
/// float16 (largest number 65504) is for LibTorch, on a GPU: processors rarely multiply it faster.
enum class Precision { float32, bfloat16, float16 };

struct EngineOptions {
  /// "native": models of ours on the processor, any batch with the same bits. "torch": LibTorch, loaded on demand;
  /// models of ours and TorchScript modules, on the processor or a GPU.
  std::string engine = "native";
  std::string device = "cpu"; ///< torch: "cpu", "cuda", "cuda:1", "xpu", "mps", or the name of a plug-in of LibTorch
  Precision precision = Precision::float32;
  int threads = 1;
  /// Whether the model may run code of its own, as a TorchScript module does.
  bool trusted = false;
};

/// A model that is ready to run: cells in, their outputs out. Copies share the model. Const after construction: any
/// number of threads may call one Engine at once.
class MIRHYDRO_PUBLIC Engine {
public:
  /// @param model  name of a model that comes with the library (one of models()), or the path of a model file; for
  ///               torch also the path of a TorchScript file
  /// @throws Error(Status::bad_argument) naming file and reason, or the option and its value
  /// Cost: reads the file, and for torch loads LibTorch. Keep the Engine and call infer() in the loop.
  explicit Engine(const std::string& model, const EngineOptions& options = {});

  /// Extents of one cell's input and output; a batch is (n, product of the input's).
  const std::vector<std::ptrdiff_t>& input_shape() const noexcept;
  const std::vector<std::ptrdiff_t>& output_shape() const noexcept;
  /// Runs the model on n cells. A row of `out` depends on its row of `batch` alone; native: to the last bit, whatever
  /// n.
  /// @param batch  (n, inputs), any strides; read in place, not kept
  /// @param out    (n, outputs), any strides; written in place. Must not share elements with `batch`
  /// @throws Error(Status::bad_argument) naming argument and extents; torch: also where a module fails, or returns
  ///         another shape or a NaN for finite inputs
  /// Cost: native: no allocation once the thread is warm, no lock (threads = 1). Exact zeros and NaN go through.
  void infer(View<const float, 2> batch, View<float, 2> out) const;
  /// The same on arrays that lie on the engine's own device, float32, as DLPack tensors (DLManagedTensor*). Takes both
  /// over: their deleters are called. Work is queued on LibTorch's current stream, CUDA's default one unless the host
  /// has set another. @throws Error as infer(); a native engine always, and it takes nothing over
  void infer_dlpack(void* batch, void* out) const;

  const std::string& model() const noexcept;
  const EngineOptions& options() const noexcept;
  /// What runs, in words: "native avx512_bf16, bfloat16 products in hardware", "LibTorch 2.13.0, cpu".
  std::string description() const;
  /// For the library's own rooms.
  const engine::Runner& runner() const noexcept { return *runner_; }

private:
  std::shared_ptr<const engine::Runner> runner_;
};

/// Names of the models that come with the library: *.safetensors in the folders of MIRHYDRO_MODELS (separated by
/// colons), or else beside the library.
MIRHYDRO_PUBLIC std::vector<std::string> models();

/// What a model file says of itself.
struct ModelDescription {
  struct Tensor {
    std::string name, dtype;
    std::vector<std::size_t> shape;
  };
  std::string path;
  std::vector<std::pair<std::string, std::string>> metadata;
  std::vector<Tensor> tensors; ///< in the order of the file
};
/// Reads a model file, of any architecture, with all checks. @throws Error naming file and reason
MIRHYDRO_PUBLIC ModelDescription describe_model(const std::string& model);

} // namespace mirhydro
