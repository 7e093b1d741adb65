#include "lane/instruction_set.hpp"

#include <cstdlib>
#include <string>

#include <mirhydro/error.hpp>

namespace mirhydro::lane {

namespace {

bool runs(InstructionSet set) noexcept {
#if defined(MIRHYDRO_X86_KERNELS)
  __builtin_cpu_init();
  if (set == InstructionSet::avx512)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
  if (set == InstructionSet::avx2) return __builtin_cpu_supports("avx2");
#endif
  return set == InstructionSet::portable;
}

InstructionSet choose() {
  constexpr InstructionSet best_first[] = {InstructionSet::avx512, InstructionSet::avx2, InstructionSet::portable};
  const char* wanted = std::getenv("MIRHYDRO_SIMD");
  for (const InstructionSet set : best_first) {
    if (wanted != nullptr && *wanted != '\0' && std::string(wanted) != name(set)) continue;
    if (runs(set)) return set;
  }
  throw Error(Status::bad_argument, "MIRHYDRO_SIMD = " + std::string(wanted) +
                                        ": portable, avx2 or avx512, and one that this processor and build have");
}

} // namespace

InstructionSet instruction_set() {
  static const InstructionSet chosen = choose();
  return chosen;
}

const char* name(InstructionSet set) noexcept {
  return set == InstructionSet::avx512 ? "avx512" : set == InstructionSet::avx2 ? "avx2" : "portable";
}

} // namespace mirhydro::lane
