#include <cstdint>
#include <string>
#include <vector>

#include "c_api/meanings.hpp"
#include "c_api/options.hpp"
#include "c_api/views.hpp"

using namespace mirhydro;
using namespace mirhydro::c_api;

namespace {

void put_shape(const std::vector<std::ptrdiff_t>& shape, std::int64_t room, std::int64_t* rank, std::int64_t* extents) {
  if (rank != nullptr) *rank = static_cast<std::int64_t>(shape.size());
  if (extents == nullptr) return;
  std::int64_t k = 0;
  for (const std::ptrdiff_t extent : shape)
    if (k < room) extents[k++] = extent;
}

std::string described(const ModelDescription& description) {
  std::string text = "path = " + description.path;
  for (const auto& [key, value] : description.metadata) text += "\n" + key + " = " + value;
  for (const auto& tensor : description.tensors) {
    text += "\ntensor " + tensor.name + " = " + tensor.dtype + " [";
    for (std::size_t d = 0; d < tensor.shape.size(); ++d) text += (d > 0 ? ", " : "") + std::to_string(tensor.shape[d]);
    text += "]";
  }
  return text;
}

} // namespace

mirhydro_status mirhydro_engine_create(const char* model, const mirhydro_engine_options* options,
                                       mirhydro_engine** out) {
  return create(out, [&] {
    need(model, "model");
    return Engine(model, translated(options));
  });
}
mirhydro_status mirhydro_engine_destroy(mirhydro_engine* engine) { return destroy(engine, "engine"); }

mirhydro_status mirhydro_engine_shapes(const mirhydro_engine* engine, int64_t room, int64_t* input_rank, int64_t* input,
                                       int64_t* output_rank, int64_t* output) {
  return guarded([&] {
    const Engine& e = object(engine, "engine");
    if (room < 0) refuse("room = " + std::to_string(room) + ": the extents that input and output can take");
    put_shape(e.input_shape(), room, input_rank, input);
    put_shape(e.output_shape(), room, output_rank, output);
  });
}

mirhydro_status mirhydro_engine_description(const mirhydro_engine* engine, char* buffer, uint64_t size,
                                            uint64_t* needed) {
  return guarded([&] { put_text(object(engine, "engine").description(), buffer, size, needed); });
}

mirhydro_status mirhydro_infer(const mirhydro_engine* engine, const mirhydro_view* batch, const mirhydro_view* out) {
  return guarded(
      [&] { object(engine, "engine").infer(view<const float, 2>(batch, "batch"), view<float, 2>(out, "out")); });
}

mirhydro_status mirhydro_infer_dlpack(const mirhydro_engine* engine, void* batch, void* out) {
  return guarded([&] {
    const Engine& e = object(engine, "engine");
    need(batch, "batch");
    need(out, "out");
    e.infer_dlpack(batch, out);
  });
}

mirhydro_status mirhydro_models(char* buffer, uint64_t size, uint64_t* needed) {
  return guarded([&] { put_text(lines(models()), buffer, size, needed); });
}

mirhydro_status mirhydro_describe_model(const char* model, char* buffer, uint64_t size, uint64_t* needed) {
  return guarded([&] {
    need(model, "model");
    put_text(described(describe_model(model)), buffer, size, needed);
  });
}
