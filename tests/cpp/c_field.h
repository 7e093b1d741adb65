#ifndef C_FIELD_H
#define C_FIELD_H
/* Three materials on a small mesh, in place. */
#include "c_checks.h"

enum { NMAT = 3, NY = 12, NX = 10 };
static double vf[NMAT][NY][NX], displacement[NY][NX + 1], out[NMAT][NY][NX + 1];
static mirhydro_view field(void) { return mirhydro_view_3d(vf, MIRHYDRO_FLOAT64, NMAT, NY, NX); }
static mirhydro_view faces(void) { return mirhydro_view_2d(displacement, MIRHYDRO_FLOAT64, NY, NX + 1); }
static mirhydro_view result(void) { return mirhydro_view_3d(out, MIRHYDRO_FLOAT64, NMAT, NY, NX + 1); }

static void fill(void) {
  mirhydro_shape *disc = NULL, *plane = NULL, *half = NULL;
  const mirhydro_shape* all[2];
  mirhydro_view v = field();
  int j, i;
  FINE(mirhydro_circle(.5, .5, .3, &disc));
  FINE(mirhydro_half_plane(.45, 0, 1, .2, &plane));
  FINE(mirhydro_intersection(disc, plane, &half));
  all[0] = half;
  all[1] = disc;
  FINE(mirhydro_volume_fractions(all, 2, NULL, &v));
  FINE(mirhydro_shape_destroy(plane));
  FINE(mirhydro_shape_destroy(half));
  FINE(mirhydro_shape_destroy(disc));
  for (j = 0; j < NY; ++j)
    for (i = 0; i <= NX; ++i) displacement[j][i] = .3;
}
#endif
