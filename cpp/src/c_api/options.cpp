#include "c_api/options.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <mirhydro/version.hpp>

#include "c_api/handles.hpp"

namespace mirhydro::c_api {

namespace {

/// No struct of ours will be larger: beyond it, struct_size was never set.
constexpr std::uint64_t most = 4096;

mirhydro_options defaults() {
  mirhydro_options o{};
  o.struct_size = sizeof o;
  o.eps = Options{}.eps;
  o.threads = 1;
  o.nodes = Options{}.nodes;
  o.share_nodes = MIRHYDRO_METHODS_CHOICE;
  return o;
}

template <class T, class Value> void list(const char* name, const T* data, std::int64_t size, std::vector<Value>& out) {
  if (data == nullptr && size == 0) return;
  if (data == nullptr || size < 1)
    refuse(std::string("options.") + name + " is " + (data == nullptr ? "NULL" : "given") + ", but " + name +
           "_size = " + std::to_string(size));
  out.assign(data, data + size);
}

bool yes(const char* name, std::int32_t value) {
  if (value != 0 && value != 1) refuse(std::string("options.") + name + " = " + std::to_string(value) + ": 0 or 1");
  return value == 1;
}

Boundary boundary(std::int32_t side, std::int32_t rule) {
  switch (rule) {
  case MIRHYDRO_MIRROR: return Boundary::mirror;
  case MIRHYDRO_PERIODIC: return Boundary::periodic;
  case MIRHYDRO_REPLICATE: return Boundary::replicate;
  default:
    refuse("options.boundary[" + std::to_string(side) + "] = " + std::to_string(rule) +
           ": MIRHYDRO_MIRROR, MIRHYDRO_PERIODIC or MIRHYDRO_REPLICATE");
  }
}

Precision precision(std::int32_t value) {
  if (value == MIRHYDRO_PRECISION_FLOAT32) return Precision::float32;
  if (value == MIRHYDRO_PRECISION_BFLOAT16) return Precision::bfloat16;
  if (value == MIRHYDRO_PRECISION_FLOAT16) return Precision::float16;
  refuse("options.precision = " + std::to_string(value) +
         ": MIRHYDRO_PRECISION_FLOAT32, MIRHYDRO_PRECISION_BFLOAT16 or MIRHYDRO_PRECISION_FLOAT16");
}

Options translated(const mirhydro_options& o) {
  Options result;
  result.threads = o.threads;
  result.eps = o.eps;
  list("spacing_x", o.spacing_x, o.spacing_x_size, result.spacing_x);
  list("spacing_y", o.spacing_y, o.spacing_y_size, result.spacing_y);
  list("order", o.order, o.order_size, result.order);
  result.ghost = o.ghost;
  for (std::int32_t side = 0; side < 4; ++side) result.boundary[std::size_t(side)] = boundary(side, o.boundary[side]);
  result.nodes = o.nodes;
  if (o.share_nodes != MIRHYDRO_METHODS_CHOICE) result.share_nodes = yes("share_nodes", o.share_nodes);
  if (o.model != nullptr) result.model = o.model;
  if (o.engine != nullptr) result.engine.engine = o.engine;
  if (o.device != nullptr) result.engine.device = o.device;
  result.engine.precision = precision(o.precision);
  result.engine.trusted = yes("trusted", o.trusted);
  return result;
}

mirhydro_engine_options engine_defaults() {
  mirhydro_engine_options o{};
  o.struct_size = sizeof o;
  o.threads = 1;
  return o;
}

EngineOptions translated(const mirhydro_engine_options& o) {
  EngineOptions result;
  if (o.engine != nullptr) result.engine = o.engine;
  if (o.device != nullptr) result.device = o.device;
  result.precision = precision(o.precision);
  result.threads = o.threads;
  result.trusted = yes("trusted", o.trusted);
  if (o.unused != 0) refuse("options.unused = " + std::to_string(o.unused) + ": 0");
  return result;
}

/// The caller's struct as one of ours: fields that an older header lacks have their defaults, and what only a newer one
/// has must be 0.
template <class Struct> Struct completed(const Struct* theirs, Struct ours) {
  if (theirs == nullptr) return ours;
  const std::uint64_t size = theirs->struct_size;
  const auto given = [&] { return "options.struct_size = " + std::to_string(size) + ": "; };
  if (size < 16 || size > most || size % 8 != 0)
    refuse(given() + "this library knows 16 to " + std::to_string(sizeof ours) + "; call the init function first");
  const auto* const bytes = reinterpret_cast<const unsigned char*>(theirs);
  for (std::uint64_t k = sizeof ours; k < size; ++k)
    if (bytes[k] != 0)
      refuse(given() + "byte " + std::to_string(k) +
             " is set, which this library (" MIRHYDRO_VERSION ") does not know");
  std::memcpy(&ours, theirs, std::min<std::uint64_t>(size, sizeof ours));
  return ours;
}

/// Writes as much of the defaults as the caller's struct holds, and 0 beyond what we know.
template <class Struct> mirhydro_status init(Struct* out, std::uint64_t size, Struct ours) noexcept {
  return guarded([&] {
    need(out, "options");
    if (size < sizeof(std::uint64_t) || size > most)
      refuse("struct_size = " + std::to_string(size) + ": sizeof the struct");
    ours.struct_size = size;
    std::memset(out, 0, size);
    std::memcpy(out, &ours, std::min<std::uint64_t>(size, sizeof ours));
  });
}

} // namespace

Options translated(const mirhydro_options* o) { return translated(completed(o, defaults())); }
EngineOptions translated(const mirhydro_engine_options* o) { return translated(completed(o, engine_defaults())); }

} // namespace mirhydro::c_api

using namespace mirhydro::c_api;

mirhydro_status mirhydro_options_init(mirhydro_options* options, uint64_t struct_size) {
  return init(options, struct_size, defaults());
}
mirhydro_status mirhydro_engine_options_init(mirhydro_engine_options* options, uint64_t struct_size) {
  return init(options, struct_size, engine_defaults());
}
