#pragma once
#include <utility>

#include <pybind11/pybind11.h>

#include <mirhydro/interrupt.hpp>

namespace mirhydro::python {

/// Python's handlers of signals run during a long call, and what they raise ends it. Only its main thread has any.
inline bool signal_raised() {
  const pybind11::gil_scoped_acquire interpreter;
  return PyErr_CheckSignals() != 0;
}

/// Calls without the interpreter's lock.
template <class Call> void interruptible(Call&& call) {
  struct Asking {
    Interrupt before = set_interrupt(signal_raised);
    ~Asking() { set_interrupt(before); }
  };
  try {
    const Asking asking;
    const pybind11::gil_scoped_release release;
    call();
  } catch (const Interrupted&) {
    throw pybind11::error_already_set();
  }
}

} // namespace mirhydro::python
