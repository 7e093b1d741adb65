// A device of LibTorch's that is not the processor, on machines that have none: its memory cannot be read or written
// but by its own operations, which the processor does for it. Whoever touches an array of it ends in a segmentation
// fault; whoever copies one to the host, or back, is counted. Two devices, so that there is a wrong one.
#include <ATen/EmptyTensor.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <ATen/native/CPUFallback.h>
#include <ATen/native/Resize.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/view_native.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <sys/mman.h>
#include <torch/extension.h>
#include <unistd.h>

#include <map>
#include <mutex>

namespace {

constexpr auto kind = c10::DeviceType::PrivateUse1;
constexpr c10::DeviceIndex devices = 2;

// ---- what it was asked for
struct Counts {
  std::int64_t to_host = 0, to_device = 0; ///< bytes of arrays that a caller copied
  std::int64_t scalars = 0;                ///< single numbers that a caller read
  std::int64_t operations = 0, live = 0, peak = 0;
} counts;
thread_local int inside = 0; ///< operations under way, whose own copies are nobody's
struct Inside {
  Inside() { ++inside; }
  ~Inside() { --inside; }
};

// ---- memory
std::mutex lock;
std::map<std::uintptr_t, std::size_t> blocks; ///< address to bytes, whole pages

std::size_t whole_pages(std::size_t bytes) {
  const auto page = std::size_t(sysconf(_SC_PAGESIZE));
  return std::max(page, (bytes + page - 1) / page * page);
}

/// The block that an address lies in can be touched as long as this lives.
class Open {
public:
  explicit Open(const void* data) : access_(lock) {
    auto block = blocks.upper_bound(reinterpret_cast<std::uintptr_t>(data));
    if (data == nullptr || block == blocks.begin()) return;
    --block;
    if (reinterpret_cast<std::uintptr_t>(data) >= block->first + block->second) return;
    begin_ = reinterpret_cast<void*>(block->first), bytes_ = block->second;
    mprotect(begin_, bytes_, PROT_READ | PROT_WRITE);
  }
  ~Open() {
    if (begin_ != nullptr) mprotect(begin_, bytes_, PROT_NONE);
  }
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;

private:
  std::unique_lock<std::mutex> access_;
  void* begin_ = nullptr;
  std::size_t bytes_ = 0;
};

void free_block(void* data) {
  const std::lock_guard hold(lock);
  const auto block = blocks.find(reinterpret_cast<std::uintptr_t>(data));
  munmap(data, block->second);
  counts.live -= std::int64_t(block->second);
  blocks.erase(block);
}

c10::DeviceIndex current = 0;

struct Memory final : c10::Allocator {
  c10::DataPtr allocate(std::size_t bytes) override {
    const std::size_t size = whole_pages(bytes);
    void* const data = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    TORCH_CHECK(data != MAP_FAILED, "stand-in device: out of memory");
    const std::lock_guard hold(lock);
    blocks[reinterpret_cast<std::uintptr_t>(data)] = size;
    counts.live += std::int64_t(size);
    counts.peak = std::max(counts.peak, counts.live);
    return {data, data, &free_block, c10::Device(kind, current)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &free_block; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    std::vector<char> between(bytes);
    {
      const Open open(from);
      std::memcpy(between.data(), from, bytes);
    }
    const Open open(to);
    std::memcpy(to, between.data(), bytes);
  }
} memory;
REGISTER_ALLOCATOR(kind, &memory);

// ---- which of them is the current one
struct Guard final : c10::impl::DeviceGuardImplInterface {
  Guard() = default;
  explicit Guard(c10::DeviceType) {}
  c10::DeviceType type() const override { return kind; }
  c10::Device exchangeDevice(c10::Device to) const override {
    const c10::Device before = getDevice();
    current = to.index();
    return before;
  }
  c10::Device getDevice() const override { return {kind, current}; }
  void setDevice(c10::Device to) const override { current = to.index(); }
  void uncheckedSetDevice(c10::Device to) const noexcept override { current = to.index(); }
  c10::Stream getStream(c10::Device of) const noexcept override { return c10::Stream(c10::Stream::DEFAULT, of); }
  c10::Stream exchangeStream(c10::Stream to) const noexcept override { return getStream(to.device()); }
  c10::DeviceIndex deviceCount() const noexcept override { return devices; }
};
C10_REGISTER_GUARD_IMPL(PrivateUse1, Guard);

struct Hooks final : at::PrivateUse1HooksInterface {
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
  c10::DeviceIndex deviceCount() const override { return devices; }
  c10::DeviceIndex getCurrentDevice() const override { return current; }
} hooks;

// ---- operations
/// A tensor of the device as the processor sees it while its memory is open.
at::Tensor seen(const at::Tensor& t) {
  return at::from_blob(const_cast<void*>(t.const_data_ptr()), t.sizes(), t.strides(), t.options().device(c10::kCPU));
}

/// The values, in memory of the host.
at::Tensor fetched(const at::Tensor& t) {
  if (t.is_cpu() || t.numel() == 0) return t.is_cpu() ? t : at::empty(t.sizes(), t.options().device(c10::kCPU));
  const Open open(t.const_data_ptr());
  return seen(t).clone();
}

at::Tensor copy_from(const at::Tensor& from, const at::Tensor& to, bool) {
  const Inside now;
  if (inside == 1 && from.device() != to.device()) {
    if (to.is_cpu()) counts.to_host += std::int64_t(from.nbytes());
    if (from.is_cpu()) counts.to_device += std::int64_t(to.nbytes());
  }
  const at::Tensor values = fetched(from);
  if (to.is_cpu()) return const_cast<at::Tensor&>(to).copy_(values);
  if (to.numel() > 0) {
    const Open open(to.const_data_ptr());
    seen(to).copy_(values);
  }
  return to;
}

at::Tensor copy_from_and_resize(const at::Tensor& from, const at::Tensor& to) {
  if (to.sizes() != from.sizes()) const_cast<at::Tensor&>(to).resize_(from.sizes());
  return copy_from(from, to, false);
}

at::Scalar scalar(const at::Tensor& t) {
  if (inside == 0) ++counts.scalars;
  return fetched(t).item();
}

at::Tensor empty(c10::IntArrayRef size, std::optional<c10::ScalarType> type, std::optional<c10::Layout>,
                 std::optional<c10::Device> device, std::optional<bool>, std::optional<c10::MemoryFormat> format) {
  const c10::DeviceGuard guard(device.value_or(c10::Device(kind, current)));
  return at::detail::empty_generic(size, &memory, c10::DispatchKeySet(c10::DispatchKey::PrivateUse1),
                                   type.value_or(at::kFloat), format);
}

at::Tensor empty_strided(c10::IntArrayRef size, c10::IntArrayRef stride, std::optional<c10::ScalarType> type,
                         std::optional<c10::Layout>, std::optional<c10::Device> device, std::optional<bool>) {
  const c10::DeviceGuard guard(device.value_or(c10::Device(kind, current)));
  return at::detail::empty_strided_generic(size, stride, &memory, c10::DispatchKeySet(c10::DispatchKey::PrivateUse1),
                                           type.value_or(at::kFloat));
}

const at::Tensor& resize(const at::Tensor& t, c10::IntArrayRef size, std::optional<c10::MemoryFormat>) {
  c10::TensorImpl* const impl = t.unsafeGetTensorImpl();
  impl->set_sizes_contiguous(size);
  const std::size_t bytes = (std::size_t(impl->numel() + impl->storage_offset())) * impl->itemsize();
  if (bytes > impl->unsafe_storage().nbytes())
    impl->unsafe_storage().set_data_ptr(memory.allocate(bytes)), impl->unsafe_storage().set_nbytes(bytes);
  return t;
}

/// What other convolutions end in; the usual fallback has nothing to call for it.
at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias,
                       c10::SymIntArrayRef stride, c10::SymIntArrayRef padding, c10::SymIntArrayRef dilation,
                       bool transposed, c10::SymIntArrayRef output_padding, c10::SymInt groups) {
  ++counts.operations;
  const Inside now;
  return at::convolution_symint(fetched(x), fetched(weight), bias ? fetched(*bias) : at::Tensor(), stride, padding,
                                dilation, transposed, output_padding, groups)
      .to(x.device());
}

void by_the_processor(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  if (inside == 0) ++counts.operations;
  const Inside now;
  at::native::cpu_fallback(op, stack);
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, m) {
  m.impl("empty.memory_format", &empty);
  m.impl("empty_strided", &empty_strided);
  m.impl("as_strided", &at::native::as_strided_tensorimpl);
  m.impl("view", &at::native::view);
  m.impl("_reshape_alias", &at::native::_reshape_alias);
  m.impl("resize_", &resize);
  m.impl("_copy_from", &copy_from);
  m.impl("_copy_from_and_resize", &copy_from_and_resize);
  m.impl("_local_scalar_dense", &scalar);
  m.impl("convolution_overrideable", &convolution);
}
TORCH_LIBRARY_IMPL(_, PrivateUse1, m) { m.fallback(torch::CppFunction::makeFromBoxedFunction<&by_the_processor>()); }

} // namespace

PYBIND11_MODULE(TORCH_EXTENSION_NAME, m) {
  at::RegisterPrivateUse1HooksInterface(&hooks);
  py::class_<Counts>(m, "Counts")
      .def_readonly("to_host", &Counts::to_host)
      .def_readonly("to_device", &Counts::to_device)
      .def_readonly("scalars", &Counts::scalars)
      .def_readonly("operations", &Counts::operations)
      .def_readonly("live", &Counts::live)
      .def_readonly("peak", &Counts::peak);
  m.def("counts", [] { return counts; });
  m.def("restart", [] { counts = {0, 0, 0, 0, counts.live, counts.live}; });
  m.def("_is_in_bad_fork", [] { return false; }); // torch asks for this, and for seeds, of every device
  m.def("manual_seed_all", [](std::int64_t) {});
  m.def("is_available", [] { return true; });
  m.def("device_count", [] { return devices; });
  m.def("current_device", [] { return current; });
  m.def("synchronize", [](const py::object&) {}, py::arg("device") = py::none());
}
