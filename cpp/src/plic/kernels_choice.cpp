#include "lane/instruction_set.hpp"
#include "plic/kernels.hpp"

namespace mirhydro::plic {

// one per object file that kernels.cpp was compiled into
namespace portable {
const Kernels& kernels_of_this_set();
}
#if defined(MIRHYDRO_X86_KERNELS)
namespace avx2 {
const Kernels& kernels_of_this_set();
}
namespace avx512 {
const Kernels& kernels_of_this_set();
}
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

} // namespace mirhydro::plic
