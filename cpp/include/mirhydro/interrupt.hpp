#pragma once
#include <exception>

#include <mirhydro/export.hpp>

namespace mirhydro {

/// Whether a call is to end before it is done. Must not throw.
using Interrupt = bool (*)();

/// Thrown by the call that was ended: its results are unchanged, and all objects go on working.
class MIRHYDRO_PUBLIC Interrupted : public std::exception {
public:
  const char* what() const noexcept override { return "interrupted"; }
};

/// Reconstructors and native engines that this thread calls from here on ask `wanted`, in this thread, twenty times a
/// second; null (as at first): nobody, and nothing is lost by it. Returns whom they asked before.
MIRHYDRO_PUBLIC Interrupt set_interrupt(Interrupt wanted) noexcept;

} // namespace mirhydro
