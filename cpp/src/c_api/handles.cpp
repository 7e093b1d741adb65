#include "c_api/handles.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <deque>
#include <mutex>

#include <mirhydro/version.hpp>

namespace mirhydro::c_api {

namespace {

/// Destroyed handles wait behind this many others before their memory serves again.
constexpr std::size_t quarantine = 1024;

struct Shells {
  std::mutex mutex;
  std::deque<Shell> all; // addresses stay
  std::deque<Shell*> waiting;
};
/// Never destroyed: a host may give handles back while the program ends.
Shells& shells() {
  static Shells& made = *new Shells;
  return made;
}

thread_local char last_error[1024] = "";

const char* kind_name(const void* handle) {
  switch (static_cast<const Shell*>(handle)->kind) {
  case Kind::none: return "a handle that was destroyed";
  case Kind::reconstructor: return "a mirhydro_reconstructor";
  case Kind::reconstruction: return "a mirhydro_reconstruction";
  case Kind::flushed: return "a mirhydro_flushed";
  case Kind::arrays: return "a mirhydro_arrays";
  case Kind::engine: return "a mirhydro_engine";
  case Kind::shape: return "a mirhydro_shape";
  case Kind::device_reconstruction: return "a mirhydro_device_reconstruction";
  }
  return "no handle of this library";
}

} // namespace

Shell* take_shell() {
  Shells& s = shells();
  const std::lock_guard<std::mutex> lock(s.mutex);
  if (s.waiting.size() > quarantine) {
    Shell* const oldest = s.waiting.front();
    s.waiting.pop_front();
    return oldest;
  }
  return &s.all.emplace_back(Shell{Kind::none, nullptr});
}

void give_shell(Shell* shell) noexcept {
  shell->object = nullptr;
  Shells& s = shells();
  try {
    const std::lock_guard<std::mutex> lock(s.mutex);
    s.waiting.push_back(shell);
  } catch (...) { // no memory to queue it: sixteen bytes that never serve again
  }
}

mirhydro_status fail(Status status, const char* text) noexcept {
  const std::size_t length = std::min(std::strlen(text), sizeof last_error - 1);
  std::memcpy(last_error, text, length);
  last_error[length] = '\0';
  switch (status) {
  case Status::bad_argument: return MIRHYDRO_BAD_ARGUMENT;
  case Status::out_of_memory: return MIRHYDRO_OUT_OF_MEMORY;
  default: return MIRHYDRO_INTERNAL;
  }
}

void refuse(const std::string& text) { throw Error(Status::bad_argument, text); }

void refuse_handle(const char* name, const char* wanted, const void* handle) {
  const bool readable = handle != nullptr && reinterpret_cast<std::uintptr_t>(handle) % alignof(Shell) == 0;
  refuse(std::string(name) + " is " +
         (handle == nullptr ? "NULL"
          : readable        ? kind_name(handle)
                            : "no handle of this library") +
         ", not a " + wanted);
}

std::string lines(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : "\n") + name;
  return text;
}

void put_text(const std::string& text, char* buffer, std::uint64_t size, std::uint64_t* needed) {
  const std::uint64_t bytes = text.size() + 1;
  if (buffer == nullptr && size > 0) refuse("buffer is NULL, but size = " + std::to_string(size));
  if (buffer == nullptr && needed == nullptr) refuse("buffer and needed are NULL");
  if (buffer != nullptr && size < bytes)
    refuse("size = " + std::to_string(size) + ": the text takes " + std::to_string(bytes) + " bytes");
  if (needed != nullptr) *needed = bytes;
  if (buffer != nullptr) std::memcpy(buffer, text.c_str(), bytes);
}

} // namespace mirhydro::c_api

extern "C" const char* mirhydro_last_error(void) { return mirhydro::c_api::last_error; }
extern "C" const char* mirhydro_version(void) { return MIRHYDRO_VERSION; }
