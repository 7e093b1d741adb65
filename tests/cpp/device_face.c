/* Fields on a device from C: DLPack tensors over the host's own memory, which LibTorch sees as its processor's. Each is
 * taken over once and given back once, whatever the call says. */
#include "c_checks.h"

typedef struct dl_managed {
  struct {
    void* data;
    struct {
      int32_t type, id;
    } device;
    int32_t ndim;
    struct {
      uint8_t code, bits;
      uint16_t lanes;
    } dtype;
    int64_t *shape, *strides;
    uint64_t byte_offset;
  } tensor;
  void* context;
  void (*deleter)(struct dl_managed*);
} dl_managed;

static int given, given_back;
static void give_back(dl_managed* t) {
  ++given_back;
  free(t->tensor.shape);
  free(t);
}

/* code 0: integers, 2: floating point; rows by columns, or with `layers` > 0 so many of them. */
static dl_managed* over(void* data, uint8_t code, uint8_t bits, int64_t layers, int64_t rows, int64_t columns) {
  dl_managed* const t = calloc(1, sizeof *t);
  int64_t* const shape = calloc(3, sizeof *shape);
  int n = 0;
  if (t == NULL || shape == NULL) exit(2);
  if (layers > 0) shape[n++] = layers;
  shape[n++] = rows;
  shape[n++] = columns;
  t->tensor.data = data;
  t->tensor.device.type = 1; /* kDLCPU */
  t->tensor.ndim = n;
  t->tensor.dtype.code = code, t->tensor.dtype.bits = bits, t->tensor.dtype.lanes = 1;
  t->tensor.shape = shape;
  t->deleter = give_back;
  ++given;
  return t;
}
static dl_managed* numbers(void* data, int64_t layers, int64_t rows, int64_t columns) {
  return over(data, 2, 64, layers, rows, columns);
}

enum { ROWS = 24, COLUMNS = 20, MOST = (ROWS + 1) * (COLUMNS + 1) };
static double two[2][ROWS][COLUMNS], moved[MOST], here[2 * MOST], there[2 * MOST], areas[MOST][2], host_areas[MOST][2];
static int32_t places[MOST][2], host_places[MOST][2];

int main(void) {
  mirhydro_reconstructor* rec = NULL;
  mirhydro_reconstruction* host = NULL;
  mirhydro_device_reconstruction* r = NULL;
  mirhydro_options options;
  mirhydro_shape* disc = NULL;
  const mirhydro_shape* all[1];
  mirhydro_view v = mirhydro_view_3d(two, MIRHYDRO_FLOAT64, 2, ROWS, COLUMNS), o;
  mirhydro_stats stats = {sizeof stats, 0, 0, 0, 0, 0, 0};
  int64_t ny = 0, nx = 0, size = 0, k;
  int axis;
  FINE(mirhydro_circle(.45, .5, .3, &disc));
  all[0] = disc;
  FINE(mirhydro_volume_fractions(all, 1, NULL, &v));
  FINE(mirhydro_shape_destroy(disc));
  FINE(mirhydro_options_init(&options, sizeof options));
  options.engine = "torch";
  FINE(mirhydro_reconstructor_create("neural", &options, &rec));
  FINE(mirhydro_reconstruction_create(&host));
  FINE(mirhydro_device_reconstruction_create(&r));
  FINE(mirhydro_reconstruct(rec, &v, NULL, NULL, host));
  FINE(mirhydro_reconstruct_dlpack(rec, numbers(two, 2, ROWS, COLUMNS), r));
  FINE(mirhydro_device_extents(r, &ny, &nx, &size));
  FINE(mirhydro_device_get_stats(r, &stats));
  CHECK(ny == ROWS && nx == COLUMNS && size > 40 && stats.mixed == size && stats.residual < 1e-15);
  FINE(mirhydro_device_cells(r, over(places, 0, 32, 0, size, 2)));
  FINE(mirhydro_device_volumes(r, numbers(areas, 0, size, 2)));
  o = mirhydro_view_2d(host_places, MIRHYDRO_INT32, size, 2);
  FINE(mirhydro_cells(host, &o));
  o = mirhydro_view_2d(host_areas, MIRHYDRO_FLOAT64, size, 2);
  FINE(mirhydro_volumes(host, &o));
  for (k = 0; k < size; ++k) {
    CHECK(places[k][0] == host_places[k][0] && places[k][1] == host_places[k][1]);
    CHECK(fabs(areas[k][0] - host_areas[k][0]) < 1e-15 && fabs(areas[k][1] - host_areas[k][1]) < 1e-15);
  }
  for (axis = MIRHYDRO_X; axis <= MIRHYDRO_Y; ++axis) {
    const int64_t rows = ROWS + (axis == MIRHYDRO_Y), columns = COLUMNS + (axis == MIRHYDRO_X);
    const mirhydro_view d = mirhydro_view_2d(moved, MIRHYDRO_FLOAT64, rows, columns);
    for (k = 0; k < rows * columns; ++k) moved[k] = .49 * sin((double)(3 * k));
    o = mirhydro_view_3d(here, MIRHYDRO_FLOAT64, 2, rows, columns);
    FINE(mirhydro_swept(host, axis, &d, &o, 0, NULL));
    FINE(mirhydro_device_swept(r, axis, numbers(moved, 0, rows, columns), numbers(there, 2, rows, columns)));
    for (k = 0; k < 2 * rows * columns; ++k) CHECK(fabs(here[k] - there[k]) < 1e-14);
    moved[7] = 1.5;
    there[3] = 7;
    REFUSED(mirhydro_device_swept(r, axis, numbers(moved, 0, rows, columns), numbers(there, 2, rows, columns)),
            "displacement[0, 7] = 1.5");
    CHECK(there[3] == 7);
    REFUSED(mirhydro_device_swept(r, axis, numbers(moved, 0, rows, 3), numbers(there, 2, rows, columns)),
            "displacement has the shape");
  }
  two[0][3][4] = 1.5;
  REFUSED(mirhydro_reconstruct_dlpack(rec, numbers(two, 2, ROWS, COLUMNS), r), "vf[0, 3, 4] = 1.5");
  FINE(mirhydro_device_extents(r, NULL, NULL, &k));
  CHECK(k == size); /* as it was */
  FINE(mirhydro_device_reconstruction_destroy(r));
  FINE(mirhydro_reconstruction_destroy(host));
  FINE(mirhydro_reconstructor_destroy(rec));
  CHECK(given == 16 && given_back == given);
  if (given_back != given) printf("%d tensors given, %d given back\n", given, given_back);
  return report("device_face");
}
