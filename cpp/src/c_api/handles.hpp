#pragma once
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <type_traits>
#include <vector>

#include <mirhydro/error.hpp>
#include <mirhydro/mirhydro.h>
// What a C handle points to, and the guard that every C function runs in.

namespace mirhydro::c_api {

/// The kinds of handles, as numbers that hardly stand in memory by chance.
enum class Kind : std::uint64_t {
  none = 0x6d69726879207820,
  reconstructor = 0x6d69726879207201,
  reconstruction = 0x6d69726879207202,
  flushed = 0x6d69726879207203,
  arrays = 0x6d69726879207204,
  engine = 0x6d69726879207205,
  shape = 0x6d69726879207206,
  device_reconstruction = 0x6d69726879207207,
};

/// Its memory is never given back to the system, and comes into use again only after many others: a handle that was
/// destroyed can still be read, and says so.
struct Shell {
  Kind kind;
  void* object;
};
Shell* take_shell();
void give_shell(Shell* shell) noexcept;

/// What a C type stands for.
template <class Handle> struct Meaning;

/// Keeps the text for mirhydro_last_error(), in a fixed buffer of this thread.
mirhydro_status fail(Status status, const char* text) noexcept;
[[noreturn]] void refuse(const std::string& text);

template <class Call> mirhydro_status guarded(Call&& call) noexcept {
  try {
    call();
    return MIRHYDRO_OK;
  } catch (const Error& e) {
    return fail(e.status(), e.what());
  } catch (const std::bad_alloc&) {
    return fail(Status::out_of_memory, "out of memory");
  } catch (const std::exception& e) {
    return fail(Status::internal, e.what());
  } catch (...) {
    return fail(Status::internal, "unknown exception");
  }
}

[[noreturn]] void refuse_handle(const char* name, const char* wanted, const void* handle);

/// The shell behind a handle, if it is one of the right kind that lives.
template <class Handle> Shell& shell_of(Handle* handle, const char* name) {
  using M = Meaning<std::remove_const_t<Handle>>;
  const bool possible = handle != nullptr && reinterpret_cast<std::uintptr_t>(handle) % alignof(Shell) == 0;
  auto* const shell = const_cast<Shell*>(reinterpret_cast<const Shell*>(handle));
  if (!possible || shell->kind != M::kind) refuse_handle(name, M::name, handle);
  return *shell;
}
template <class Handle> const typename Meaning<Handle>::Object& object(const Handle* handle, const char* name) {
  return *static_cast<const typename Meaning<Handle>::Object*>(shell_of(handle, name).object);
}
template <class Handle> typename Meaning<Handle>::Object& writable(Handle* handle, const char* name) {
  return *static_cast<typename Meaning<Handle>::Object*>(shell_of(handle, name).object);
}

template <class T> void need(T* pointer, const char* name) {
  if (pointer == nullptr) refuse(std::string(name) + " is NULL");
}

/// The handle of an object that it takes over.
template <class Handle> Handle* handle_of(std::unique_ptr<typename Meaning<Handle>::Object> object) {
  Shell* const shell = take_shell();
  shell->object = object.release();
  shell->kind = Meaning<Handle>::kind;
  return reinterpret_cast<Handle*>(shell);
}
/// Makes an object and its handle, which is set last.
template <class Handle, class Make> mirhydro_status create(Handle** out, Make&& make) noexcept {
  return guarded([&] {
    need(out, "out");
    *out = handle_of<Handle>(std::make_unique<typename Meaning<Handle>::Object>(make()));
  });
}
template <class Handle> mirhydro_status destroy(Handle* handle, const char* name) noexcept {
  if (handle == nullptr) return MIRHYDRO_OK;
  return guarded([&] {
    Shell& shell = shell_of(handle, name);
    shell.kind = Kind::none;
    delete static_cast<typename Meaning<Handle>::Object*>(shell.object);
    give_shell(&shell);
  });
}

/// Names, one a line.
std::string lines(const std::vector<std::string>& names);
/// A text into the caller's buffer, as mirhydro.h says.
void put_text(const std::string& text, char* buffer, std::uint64_t size, std::uint64_t* needed);

} // namespace mirhydro::c_api
