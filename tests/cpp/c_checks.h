#ifndef C_CHECKS_H
#define C_CHECKS_H
/* What the tests in C share: checks that go on, three materials on a small mesh, a count of what the library allocates.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mirhydro/mirhydro.h>

#include "counting_new.h"

static int failures;
#define CHECK(...)                                                                                                     \
  do {                                                                                                                 \
    if (!(__VA_ARGS__) && ++failures <= 20) printf("%s:%d: %s\n", __FILE__, __LINE__, #__VA_ARGS__);                   \
  } while (0)
#define FINE(call)                                                                                                     \
  do {                                                                                                                 \
    if ((call) != MIRHYDRO_OK && ++failures <= 20)                                                                     \
      printf("%s:%d: %s: %s\n", __FILE__, __LINE__, #call, mirhydro_last_error());                                     \
  } while (0)
/* The call is refused, and the text says `words`. */
#define REFUSED(call, words)                                                                                           \
  do {                                                                                                                 \
    const mirhydro_status status_ = (call);                                                                            \
    if ((status_ != MIRHYDRO_BAD_ARGUMENT || strstr(mirhydro_last_error(), words) == NULL) && ++failures <= 20)        \
      printf("%s:%d: %s: status %d, \"%s\" without \"%s\"\n", __FILE__, __LINE__, #call, (int)status_,                 \
             mirhydro_last_error(), words);                                                                            \
  } while (0)

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

static int report(const char* name) {
  printf("%s: %s (%d failures)\n", name, failures == 0 ? "passed" : "FAILED", failures);
  return failures != 0;
}
#endif
