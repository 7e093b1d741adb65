#include <mirhydro/engine.hpp>

#include <cmath>
#include <filesystem>
#include <fstream>

#include <mirhydro/error.hpp>

#include "engine/interrupt.hpp"
#include "engine/models.hpp"
#include "engine/native/native_engine.hpp"
#include "engine/torch_library.hpp"

namespace mirhydro {

namespace {

using engine::Runner;

[[noreturn]] void refuse(const std::string& text) { throw Error(Status::bad_argument, text); }

void check(const EngineOptions& options) {
  if (options.engine != "native" && options.engine != "torch")
    refuse("engine = \"" + options.engine + "\": native or torch");
  if (options.threads < 1 || options.threads > 1024)
    refuse("threads = " + std::to_string(options.threads) + ": lies in [1, 1024]");
  if (options.engine == "native" && options.device != "cpu")
    refuse("device = \"" + options.device + "\": the native engine runs on \"cpu\"");
  if (options.engine == "native" && options.precision == Precision::float16)
    refuse("precision = \"float16\": the native engine multiplies in float32 or bfloat16");
}

/// TorchScript files are zip archives. Anything else goes to the reader of model files, which says what is wrong.
bool is_script(const std::string& path) {
  std::ifstream file;
  std::error_code ignored;
  // a pipe would be opened for ever
  if (std::filesystem::is_regular_file(path, ignored)) file.open(path, std::ios::binary);
  char magic[4] = {};
  file.read(magic, sizeof magic);
  return file && std::string_view(magic, 4) == "PK\x03\x04";
}

std::shared_ptr<Runner> stencil_net(const neural::ModelFile& file, const EngineOptions& options) {
  neural::StencilNet net(file);
  return options.engine == "torch" ? engine::torch_library().make({&net, {}, nullptr}, options)
                                   : engine::native::native_engine(std::move(net), options);
}

std::shared_ptr<Runner> autoencoder(const neural::ModelFile& file, const EngineOptions& options) {
  neural::Autoencoder net(file);
  return options.engine == "torch" ? engine::torch_library().make({nullptr, {}, &net}, options)
                                   : engine::native::autoencoder_engine(std::move(net), options);
}

std::shared_ptr<const Runner> make(const std::string& model, const EngineOptions& options) {
  check(options);
  const std::string path = engine::model_path(model);
  const bool torch = options.engine == "torch", script = is_script(path);
  if (script && !torch)
    refuse("model file " + path + ": a zip archive; TorchScript modules run with engine = \"torch\", trusted = True");
  if (script && !options.trusted)
    refuse("model file " + path + ": a TorchScript module runs code of its own; trusted = True allows that");
  std::shared_ptr<Runner> runner;
  if (script) {
    runner = engine::torch_library().make({nullptr, path, nullptr}, options);
  } else {
    const neural::ModelFile file = neural::ModelFile::read(path);
    runner = file.metadata("architecture") == "autoencoder" ? autoencoder(file, options) : stencil_net(file, options);
  }
  runner->model = model;
  runner->options = options;
  return runner;
}

std::ptrdiff_t size_of(const std::vector<std::ptrdiff_t>& shape) {
  std::ptrdiff_t size = 1;
  for (const std::ptrdiff_t extent : shape) size *= extent;
  return size;
}

template <class T> void check_extents(const char* name, View<T, 2> view, std::ptrdiff_t rows, std::ptrdiff_t columns) {
  if (view.extent[0] != rows || view.extent[1] != columns)
    refuse(std::string(name) + " has the shape (" + std::to_string(view.extent[0]) + ", " +
           std::to_string(view.extent[1]) + "), not (" + std::to_string(rows) + ", " + std::to_string(columns) + ")");
  if (view.data == nullptr && rows > 0) refuse(std::string(name) + " is a null pointer");
}

template <class T> bool finite(View<T, 2> view, std::ptrdiff_t row) {
  for (std::ptrdiff_t k = 0; k < view.extent[1]; ++k)
    if (!std::isfinite(view(row, k))) return false;
  return true;
}

} // namespace

Engine::Engine(const std::string& model, const EngineOptions& options) : runner_(make(model, options)) {}

void Engine::infer(View<const float, 2> batch, View<float, 2> out) const {
  const std::ptrdiff_t rows = batch.extent[0];
  check_extents("batch", batch, rows, size_of(runner_->input_shape));
  check_extents("out", out, rows, size_of(runner_->output_shape));
  if (rows < 1) return;
  engine::begin_call();
  runner_->infer(batch, out);
  if (!runner_->may_fail()) return;
  for (std::ptrdiff_t row = 0; row < rows; ++row)
    if (!finite(out, row) && finite(batch, row))
      refuse("model " + model() + ": out[" + std::to_string(row) + "] is not finite, though batch[" +
             std::to_string(row) + "] is");
}

void Engine::infer_dlpack(void* batch, void* out) const { runner_->infer_dlpack(batch, out); }

const std::vector<std::ptrdiff_t>& Engine::input_shape() const noexcept { return runner_->input_shape; }
const std::vector<std::ptrdiff_t>& Engine::output_shape() const noexcept { return runner_->output_shape; }
const std::string& Engine::model() const noexcept { return runner_->model; }
const EngineOptions& Engine::options() const noexcept { return runner_->options; }
std::string Engine::description() const { return runner_->description(); }

ModelDescription describe_model(const std::string& model) {
  ModelDescription result;
  result.path = engine::model_path(model);
  const neural::ModelFile file = neural::ModelFile::read(result.path);
  result.metadata = file.all_metadata();
  for (const neural::TensorEntry& t : file.tensors())
    result.tensors.push_back({t.name, t.dtype, std::vector<std::size_t>(t.shape.begin(), t.shape.end())});
  return result;
}

} // namespace mirhydro
