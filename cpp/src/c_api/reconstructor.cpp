#include "c_api/meanings.hpp"
#include "c_api/options.hpp"
#include "c_api/views.hpp"

using namespace mirhydro;
using namespace mirhydro::c_api;

mirhydro_status mirhydro_reconstructor_create(const char* method, const mirhydro_options* options,
                                              mirhydro_reconstructor** out) {
  return create(out, [&] {
    need(method, "method");
    return Reconstructor(method, translated(options));
  });
}

mirhydro_status mirhydro_reconstructor_destroy(mirhydro_reconstructor* rec) { return destroy(rec, "rec"); }

mirhydro_status mirhydro_ghost_layers(const mirhydro_reconstructor* rec, int32_t* out) {
  return guarded([&] {
    need(out, "out");
    *out = object(rec, "rec").ghost_layers();
  });
}

mirhydro_status mirhydro_reconstruct(const mirhydro_reconstructor* rec, const mirhydro_view* vf,
                                     const mirhydro_view* where, const mirhydro_view* centroids,
                                     mirhydro_reconstruction* r) {
  return guarded([&] {
    const Reconstructor& reconstruct = object(rec, "rec");
    Reconstruction& out = writable(r, "r");
    need(vf, "vf");
    Inputs more;
    more.where = mask(where, "where");
    if (centroids != nullptr) more.centroids = view<const double, 4>(centroids, "centroids");
    const bool single = vf->dtype == MIRHYDRO_FLOAT32;
    if (vf->rank == 2)
      single ? reconstruct(view<const float, 2>(vf, "vf"), out, more)
             : reconstruct(view<const double, 2>(vf, "vf"), out, more);
    else
      single ? reconstruct(view<const float, 3>(vf, "vf"), out, more)
             : reconstruct(view<const double, 3>(vf, "vf"), out, more);
  });
}

mirhydro_status mirhydro_methods(char* buffer, uint64_t size, uint64_t* needed) {
  return guarded([&] { put_text(lines(methods()), buffer, size, needed); });
}

mirhydro_status mirhydro_instruction_set(char* buffer, uint64_t size, uint64_t* needed) {
  return guarded([&] { put_text(instruction_set(), buffer, size, needed); });
}
