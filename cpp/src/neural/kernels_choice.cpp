#include "lane/instruction_set.hpp"
#include "neural/neural_kernels.hpp"

namespace mirhydro::neural {

namespace portable {
const NeuralKernels& neural_kernels_of_this_set(int K);
}
#if defined(MIRHYDRO_X86_KERNELS)
namespace avx2 {
const NeuralKernels& neural_kernels_of_this_set(int K);
}
namespace avx512 {
const NeuralKernels& neural_kernels_of_this_set(int K);
}
#endif

const NeuralKernels& neural_kernels(int K) {
#if defined(MIRHYDRO_X86_KERNELS)
  switch (lane::instruction_set()) {
  case lane::InstructionSet::avx512: return avx512::neural_kernels_of_this_set(K);
  case lane::InstructionSet::avx2: return avx2::neural_kernels_of_this_set(K);
  case lane::InstructionSet::portable: break;
  }
#endif
  return portable::neural_kernels_of_this_set(K);
}

} // namespace mirhydro::neural
