#pragma once
// What no choice may hang on.
namespace mirhydro::plic {

/// Of a fraction, and relatively of a misfit: choices that differ by less are equally good, for round-off, that of a
/// host's single precision included, is not to choose. In a run that is symmetric about a diagonal it would, there.
inline constexpr double indifferent = 0x1p-20;

} // namespace mirhydro::plic
