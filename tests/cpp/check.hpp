#pragma once
// Twenty lines in place of a framework: CHECK says where and what, and the test goes on; main returns failures().
#include <cfenv>
#include <cstdio>
#include <exception>

inline int& failures() {
  static int count = 0;
  return count;
}
inline bool check(bool holds, const char* text, const char* file, int line) {
  if (!holds && ++failures() <= 20) std::printf("%s:%d: %s\n", file, line, text);
  return holds;
}
#define CHECK(...) check((__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__)

/// Hosts run with these traps on: an invalid operation, a division by zero or an overflow in any lane is a signal.
inline void trap_floating_point() {
#if defined(__GLIBC__)
  feenableexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW);
#endif
}
inline int report(const char* name) {
  std::printf("%s: %s (%d failures)\n", name, failures() == 0 ? "passed" : "FAILED", failures());
  return failures() == 0 ? 0 : 1;
}
/// Of `main() try`: an instruction set that this processor lacks is told apart by its words, which a signal would hide.
inline int report(const std::exception& error) {
  std::printf("%s\n", error.what());
  return 1;
}
