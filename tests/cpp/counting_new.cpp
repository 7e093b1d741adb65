// operator new that counts, and fails when asked, for tests in C: the library takes memory in no other way.
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

#include "counting_new.h"

namespace {
std::atomic<long> allocations{0}, living{0}, fail_after{-1};
void* take(std::size_t size, std::size_t align) {
  ++allocations;
  if (fail_after.load() >= 0 && fail_after-- == 0) throw std::bad_alloc();
  void* p = align <= alignof(std::max_align_t) ? std::malloc(size)
                                               : std::aligned_alloc(align, (size + align - 1) / align * align);
  if (p == nullptr) throw std::bad_alloc();
  ++living;
  return p;
}
void give(void* p) {
  if (p != nullptr) --living;
  std::free(p);
}
} // namespace

extern "C" long counted_allocations() { return allocations; }
extern "C" long living_allocations() { return living; }
extern "C" void fail_allocation_after(long n) { fail_after = n; }
extern "C" int allocation_will_fail() { return fail_after >= 0; }

void* operator new(std::size_t n) { return take(n, 1); }
void* operator new[](std::size_t n) { return take(n, 1); }
void* operator new(std::size_t n, std::align_val_t a) { return take(n, std::size_t(a)); }
void* operator new[](std::size_t n, std::align_val_t a) { return take(n, std::size_t(a)); }
void* operator new(std::size_t n, const std::nothrow_t&) noexcept { // std::stable_sort asks this one
  try {
    return take(n, 1);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* p, const std::nothrow_t&) noexcept { give(p); }
void operator delete(void* p) noexcept { give(p); }
void operator delete[](void* p) noexcept { give(p); }
void operator delete(void* p, std::size_t) noexcept { give(p); }
void operator delete[](void* p, std::size_t) noexcept { give(p); }
void operator delete(void* p, std::align_val_t) noexcept { give(p); }
void operator delete[](void* p, std::align_val_t) noexcept { give(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { give(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { give(p); }
