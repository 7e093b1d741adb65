#include "c_api/meanings.hpp"

using namespace mirhydro;
using namespace mirhydro::c_api;

mirhydro_status mirhydro_device_reconstruction_create(mirhydro_device_reconstruction** out) {
  return create(out, [] { return DeviceReconstruction(); });
}
mirhydro_status mirhydro_device_reconstruction_destroy(mirhydro_device_reconstruction* r) { return destroy(r, "r"); }

mirhydro_status mirhydro_reconstruct_dlpack(const mirhydro_reconstructor* rec, void* vf,
                                            mirhydro_device_reconstruction* r) {
  return guarded([&] {
    const Reconstructor& reconstructor = object(rec, "rec");
    DeviceReconstruction& out = writable(r, "r");
    need(vf, "vf");
    reconstructor.on_device(vf, out);
  });
}

mirhydro_status mirhydro_device_extents(const mirhydro_device_reconstruction* r, int64_t* ny, int64_t* nx,
                                        int64_t* size) {
  return guarded([&] {
    const DeviceReconstruction& result = object(r, "r");
    if (ny != nullptr) *ny = result.ny();
    if (nx != nullptr) *nx = result.nx();
    if (size != nullptr) *size = result.size();
  });
}

mirhydro_status mirhydro_device_get_stats(const mirhydro_device_reconstruction* r, mirhydro_stats* out) {
  return guarded([&] { put_stats(object(r, "r").stats(), out); });
}

mirhydro_status mirhydro_device_cells(const mirhydro_device_reconstruction* r, void* out) {
  return guarded([&] {
    const DeviceReconstruction& result = object(r, "r");
    need(out, "out");
    result.cells(out);
  });
}
mirhydro_status mirhydro_device_volumes(const mirhydro_device_reconstruction* r, void* out) {
  return guarded([&] {
    const DeviceReconstruction& result = object(r, "r");
    need(out, "out");
    result.volumes(out);
  });
}

mirhydro_status mirhydro_device_swept(const mirhydro_device_reconstruction* r, int32_t axis, void* displacement,
                                      void* out) {
  return guarded([&] {
    const DeviceReconstruction& result = object(r, "r");
    const Axis along = axis_of(axis);
    need(displacement, "displacement");
    need(out, "out");
    result.swept(along, displacement, out);
  });
}
