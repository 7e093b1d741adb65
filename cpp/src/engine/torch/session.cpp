#include "engine/torch/session.hpp"

#include <ATen/Context.h>
#include <ATen/DLConvertor.h>
#include <ATen/DeviceAccelerator.h>
#include <ATen/Parallel.h>
#include <ATen/ops/from_blob.h>
#include <c10/util/Exception.h>
#include <torch/csrc/inductor/aoti_torch/c/shim.h>
#include <torch/headeronly/version.h>
#include <unistd.h>

#include <optional>

#include <mirhydro/error.hpp>

namespace mirhydro::engine::torch_engine {

namespace {

const pid_t loaded_in = getpid();

std::string text_of(std::uint64_t version) {
  return std::to_string(version >> 56) + "." + std::to_string(version >> 48 & 0xff) + "." +
         std::to_string(version >> 40 & 0xff);
}

[[noreturn]] void refuse(const std::string& reason) { throw Error(Status::bad_argument, reason); }

} // namespace

Session::Session(int threads) : before_(0) {
  if (getpid() != loaded_in)
    refuse(
        "engine = \"torch\" in a forked process: LibTorch's threads stayed in its parent. Start workers by spawn, or "
        "use engine = \"native\"");
  const int now = at::get_num_threads();
  if (now == threads) return;
  before_ = now;
  at::set_num_threads(threads);
}

Session::~Session() {
  if (before_ > 0) at::set_num_threads(before_);
}

const char* loaded_version() {
  static const std::string text = text_of(aoti_torch_abi_version());
  return text.c_str();
}

void check_version() {
  constexpr std::uint64_t built = TORCH_ABI_VERSION;
  if (built >> 48 != aoti_torch_abi_version() >> 48)
    refuse("engine = \"torch\": built for LibTorch " + text_of(built) + ", but LibTorch " + loaded_version() +
           " was loaded");
}

namespace {

/// Devices of a kind that can be used now; of a plug-in's kind none unless it was loaded.
int available(c10::DeviceType kind) {
  try {
    const at::AcceleratorHooksInterface& hooks = at::globalContext().getAcceleratorHooksInterface(kind);
    return hooks.isAvailable() ? hooks.deviceCount() : 0;
  } catch (const c10::Error&) {
    return 0;
  }
}

std::optional<c10::Device> accelerator(const std::string& name) {
  try {
    const c10::Device device(name);
    if (at::isAccelerator(device.type())) return device;
  } catch (const c10::Error&) { // no name of a device
  }
  return std::nullopt;
}

} // namespace

c10::Device device_of(const std::string& name) {
  if (name == "cpu") return {c10::kCPU};
  const std::optional<c10::Device> device = accelerator(name);
  if (!device) refuse("device = \"" + name + R"(": "cpu", or one of LibTorch's: "cuda", "cuda:1", "xpu", "mps")");
  const std::string kind = c10::DeviceTypeName(device->type(), true);
  const int count = available(device->type()), index = device->has_index() ? device->index() : 0;
  if (count == 0)
    refuse("device = \"" + name + "\": LibTorch " + loaded_version() + " sees no " + kind +
           " device (a build without it, or no driver)");
  if (index >= count)
    refuse("device = \"" + name + "\": there are " + std::to_string(count) + ' ' + kind + " devices, from " + kind +
           ":0 on");
  return {device->type(), static_cast<c10::DeviceIndex>(index)};
}

bool lacks_memory(const std::exception& error) {
  if (dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr) return true;
  const std::string text = error.what();
  return text.find("out of memory") != std::string::npos || text.find("can't allocate memory") != std::string::npos;
}

void rethrow(const std::string& what) {
  const auto refuse_memory = [&] { throw Error(Status::out_of_memory, what + ": out of memory for a single cell"); };
  const auto first_line = [](const std::string& text) { return text.substr(0, text.find('\n')); };
  try {
    throw;
  } catch (const Error&) {
    throw;
  } catch (const c10::Error& error) {
    if (lacks_memory(error)) refuse_memory();
    refuse(what + ": " + first_line(error.what_without_backtrace()));
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) { // a module's own exception: the reason stands in the last line
    if (lacks_memory(error)) refuse_memory();
    const std::string text = error.what();
    const std::size_t end = text.find_last_not_of('\n');
    const std::size_t begin = text.rfind('\n', end);
    refuse(what + ": " + (begin == std::string::npos ? text.substr(0, end + 1) : text.substr(begin + 1, end - begin)));
  }
}

at::Tensor over(const float* data, std::ptrdiff_t rows, std::ptrdiff_t columns, std::ptrdiff_t row,
                std::ptrdiff_t column) {
  return at::from_blob(const_cast<float*>(data), {rows, columns}, {row, column}, at::TensorOptions(at::kFloat));
}

at::Tensor tensor(Taken taken) {
  at::Tensor t = at::fromDLPack(taken.get());
  static_cast<void>(taken.release()); // the tensor has it now
  return t;
}

void check_device(const char* name, const at::Tensor& t, const c10::Device& device) {
  if (t.device() != device)
    refuse(std::string(name) + " lies on " + t.device().str() + ", the engine on " + device.str());
}

std::string dtype_of(const at::Tensor& t) {
  switch (t.scalar_type()) {
  case at::kDouble: return "float64";
  case at::kFloat: return "float32";
  case at::kHalf: return "float16";
  case at::kInt: return "int32";
  case at::kLong: return "int64";
  default: return c10::toString(t.scalar_type());
  }
}

std::string shape_of(at::IntArrayRef sizes) {
  std::string text = "(";
  for (const std::int64_t extent : sizes) text += (text.size() > 1 ? ", " : "") + std::to_string(extent);
  return text + (sizes.size() == 1 ? ",)" : ")");
}

} // namespace mirhydro::engine::torch_engine
