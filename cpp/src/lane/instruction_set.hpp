#pragma once

namespace mirhydro::lane {

enum class InstructionSet { portable, avx2, avx512 };

/// The one whose kernels run: the best that both this build and this processor have, unless MIRHYDRO_SIMD names one.
/// Decided once. @throws Error where MIRHYDRO_SIMD names none, or one that this machine cannot run.
InstructionSet instruction_set();
const char* name(InstructionSet set) noexcept;

} // namespace mirhydro::lane
