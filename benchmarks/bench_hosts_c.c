#include <mirhydro/mirhydro.h>

#include "bench_hosts.h"

/* Handles and views are made as a host makes them: handles once, views at every call. */
int c_steps(double* vf, double* displacement, double* swept, int count) {
  static mirhydro_reconstructor* rec = NULL;
  static mirhydro_reconstruction* r = NULL;
  mirhydro_status status = MIRHYDRO_OK;
  int k;
  if (rec == NULL) {
    status = mirhydro_reconstructor_create("elvira", NULL, &rec);
    if (status == MIRHYDRO_OK) status = mirhydro_reconstruction_create(&r);
  }
  for (k = 0; k < count && status == MIRHYDRO_OK; ++k) {
    const mirhydro_view field = mirhydro_view_3d(vf, MIRHYDRO_FLOAT64, BENCH_NMAT, BENCH_NY, BENCH_NX);
    const mirhydro_view faces = mirhydro_view_2d(displacement, MIRHYDRO_FLOAT64, BENCH_NY, BENCH_NX + 1);
    const mirhydro_view out = mirhydro_view_3d(swept, MIRHYDRO_FLOAT64, BENCH_NMAT, BENCH_NY, BENCH_NX + 1);
    status = mirhydro_reconstruct(rec, &field, NULL, NULL, r);
    if (status == MIRHYDRO_OK) status = mirhydro_swept(r, MIRHYDRO_X, &faces, &out, 0, NULL);
  }
  return status;
}
