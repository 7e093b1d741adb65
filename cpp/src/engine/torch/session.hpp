#pragma once
// What every call into LibTorch does first and last, and how its errors become ours.
#include <ATen/core/Tensor.h>
#include <ATen/dlpack.h>
#include <c10/core/InferenceMode.h>

#include <exception>
#include <memory>
#include <string>

#include <mirhydro/engine.hpp>

namespace mirhydro::engine::torch_engine {

/// Inference mode, and the caller's own number of threads given back at the end.
/// @throws Error in a process forked off from the one that loaded LibTorch: its threads did not come along
class Session {
public:
  explicit Session(int threads);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

private:
  c10::InferenceMode inference_;
  int before_;
};

/// A device by name. @throws Error where LibTorch has none of that name
c10::Device device_of(const std::string& name);

/// "2.13.0", of the LibTorch that was loaded. @throws Error where it is not the one that this was built for
void check_version();
const char* loaded_version();

/// Whether LibTorch says that memory ran out: by type, or (the processor's allocator, TorchScript) only in words.
bool lacks_memory(const std::exception& error);

/// Calls LibTorch; its exceptions come out as Error, with the first line of what it says.
[[noreturn]] void rethrow(const std::string& what);
template <class Call> auto guarded(const std::string& what, Call&& call) {
  try {
    return call();
  } catch (...) {
    rethrow(what);
  }
}

/// A float32 tensor over the host's memory, without a copy. Strides are not negative.
at::Tensor over(const float* data, std::ptrdiff_t rows, std::ptrdiff_t columns, std::ptrdiff_t row,
                std::ptrdiff_t column);

/// A DLPack tensor that is ours, and goes back to its owner if nobody wants it.
struct GiveBack {
  void operator()(DLManagedTensor* t) const {
    if (t->deleter != nullptr) t->deleter(t);
  }
};
using Taken = std::unique_ptr<DLManagedTensor, GiveBack>;
inline Taken take_over(void* tensor) { return Taken(static_cast<DLManagedTensor*>(tensor)); }
at::Tensor tensor(Taken taken);

/// @throws Error naming the argument where it lies elsewhere
void check_device(const char* name, const at::Tensor& t, const c10::Device& device);
/// "float64", "(2, 3)": as NumPy has it.
std::string dtype_of(const at::Tensor& t);
std::string shape_of(at::IntArrayRef sizes);

} // namespace mirhydro::engine::torch_engine
