#include "lane/instruction_set.hpp"
#include "plic/kernels.hpp"
#include "plic/level_kernels.hpp"

namespace mirhydro::plic {

// one per instruction set that kernels.cpp and level_kernels.cpp were compiled for
namespace portable {
const Kernels& kernels_of_this_set();
const LevelKernels& level_kernels_of_this_set(int K);
} // namespace portable
#if defined(MIRHYDRO_X86_KERNELS)
namespace avx2 {
const Kernels& kernels_of_this_set();
const LevelKernels& level_kernels_of_this_set(int K);
} // namespace avx2
namespace avx512 {
const Kernels& kernels_of_this_set();
const LevelKernels& level_kernels_of_this_set(int K);
} // namespace avx512
#endif

const Kernels& kernels() {
#if defined(MIRHYDRO_X86_KERNELS)
  switch (lane::instruction_set()) {
  case lane::InstructionSet::avx512: return avx512::kernels_of_this_set();
  case lane::InstructionSet::avx2: return avx2::kernels_of_this_set();
  case lane::InstructionSet::portable: break;
  }
#endif
  return portable::kernels_of_this_set();
}

const LevelKernels& level_kernels(int K) {
#if defined(MIRHYDRO_X86_KERNELS)
  switch (lane::instruction_set()) {
  case lane::InstructionSet::avx512: return avx512::level_kernels_of_this_set(K);
  case lane::InstructionSet::avx2: return avx2::level_kernels_of_this_set(K);
  case lane::InstructionSet::portable: break;
  }
#endif
  return portable::level_kernels_of_this_set(K);
}

} // namespace mirhydro::plic
