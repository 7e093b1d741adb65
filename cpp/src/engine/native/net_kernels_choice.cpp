#include "engine/native/net_kernels.hpp"

#include <array>

#include "lane/instruction_set.hpp"

namespace mirhydro::engine::native {

// one per set of flags that net_kernels.cpp was compiled with
namespace portable {
const NetKernels& net_kernels_of_this_set();
}
#if defined(MIRHYDRO_X86_KERNELS)
namespace avx2 {
const NetKernels& net_kernels_of_this_set();
}
namespace avx512 {
const NetKernels& net_kernels_of_this_set();
}
namespace avx512_bf16 {
const NetKernels& net_kernels_of_this_set();
}
#endif

namespace {

std::vector<const NetKernels*> runnable(lane::InstructionSet most) {
  std::vector<const NetKernels*> all = {&portable::net_kernels_of_this_set()};
#if defined(MIRHYDRO_X86_KERNELS)
  using lane::InstructionSet;
  __builtin_cpu_init();
  if (most == InstructionSet::portable) return all;
  // a few processors have AVX2 without fused multiply-adds: the portable kernels give the same bits
  if (__builtin_cpu_supports("fma")) all.push_back(&avx2::net_kernels_of_this_set());
  if (most == InstructionSet::avx2) return all;
  all.push_back(&avx512::net_kernels_of_this_set());
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512bf16"))
    all.push_back(&avx512_bf16::net_kernels_of_this_set());
#else
  static_cast<void>(most);
#endif
  return all;
}

} // namespace

float* scratch(std::size_t floats) {
  struct alignas(64) Row {
    std::array<float, 16> values;
  };
  thread_local std::vector<Row> rows;
  if (rows.size() * 16 < floats) rows.assign((floats + 15) / 16, Row{});
  return rows.data()->values.data();
}

std::vector<const NetKernels*> all_net_kernels() { return runnable(lane::instruction_set()); }

const NetKernels& net_kernels() {
  static const NetKernels& best = *runnable(lane::instruction_set()).back();
  return best;
}

} // namespace mirhydro::engine::native
