/* The whole C face once, in C99, and warm time steps that allocate nothing. */
#include "c_field.h"

static int gives_up(const double* x, const double* y, double* values, size_t n, void* context) {
  (void)x, (void)y, (void)values, (void)n;
  return *(int*)context;
}
static int disc(const double* x, const double* y, double* values, size_t n, void* context) {
  size_t k;
  for (k = 0; k < n; ++k) values[k] = hypot(x[k] - .5, y[k] - .5) - *(double*)context;
  return 0;
}

static void shapes_are_made_and_refused(void) {
  mirhydro_shape *a = NULL, *b = NULL, *c = NULL;
  const mirhydro_shape* list[2] = {NULL, NULL};
  double area[2][8][8], triangle[3][2] = {{0, 0}, {1, 0}, {0, 1}}, shared = 0, radius = .25, sum = 0;
  int64_t offsets[2] = {0, 3};
  int code = 7, k;
  mirhydro_view v = mirhydro_view_3d(area, MIRHYDRO_FLOAT64, 2, 8, 8);
  const mirhydro_view points = mirhydro_view_2d(triangle, MIRHYDRO_FLOAT64, 3, 2);
  const mirhydro_view starts = mirhydro_view_1d(offsets, MIRHYDRO_INT64, 2);
  const mirhydro_view areas = mirhydro_view_1d(&shared, MIRHYDRO_FLOAT64, 1);
  REFUSED(mirhydro_circle(0, 0, -1, &a), "-1");
  REFUSED(mirhydro_complement(NULL, &a), "a is NULL");
  REFUSED(mirhydro_implicit(NULL, NULL, &a), "f is NULL");
  REFUSED(mirhydro_volume_fractions(list, 1, NULL, &v), "shapes[0] is NULL");
  REFUSED(mirhydro_volume_fractions(list, -1, NULL, &v), "count = -1");
  CHECK(a == NULL);
  FINE(mirhydro_implicit(gives_up, &code, &a));
  list[0] = a;
  REFUSED(mirhydro_volume_fractions(list, 1, NULL, &v), "f returned 7");
  FINE(mirhydro_shape_destroy(a));
  FINE(mirhydro_implicit(disc, &radius, &a));
  list[0] = a;
  FINE(mirhydro_volume_fractions(list, 1, NULL, &v));
  for (k = 0; k < 64; ++k) sum += (&area[0][0][0])[k] / 64;
  CHECK(fabs(sum - acos(-1.) / 16) < 1e-9);
  FINE(mirhydro_polygon(&points, &b));
  FINE(mirhydro_overlap(b, &points, &starts, &areas));
  CHECK(fabs(shared - .5) < 1e-15);
  FINE(mirhydro_complement(b, &c));
  FINE(mirhydro_overlap(c, &points, &starts, &areas));
  CHECK(fabs(shared) < 1e-15);
  FINE(mirhydro_shape_destroy(c));
  FINE(mirhydro_union(a, b, &c));
  FINE(mirhydro_shape_destroy(c));
  FINE(mirhydro_difference(a, b, &c));
  FINE(mirhydro_shape_destroy(c));
  FINE(mirhydro_ellipse(.5, .5, .2, .1, .3, &c));
  FINE(mirhydro_shape_destroy(c));
  FINE(mirhydro_shape_destroy(b));
  FINE(mirhydro_shape_destroy(a));
}

static void the_whole_face_answers(void) {
  static int32_t cells[NY * NX][2], map[NY][NX];
  static double volumes[NY * NX][NMAT], centroids[NY * NX][NMAT][2], sub[NY * NX][NMAT][4][4], clipped[1][NMAT][3];
  mirhydro_reconstructor* rec = NULL;
  mirhydro_reconstruction* r = NULL;
  mirhydro_polygons p;
  mirhydro_segments s;
  mirhydro_contours c;
  mirhydro_stats stats;
  mirhydro_view v = field(), o;
  double square[4][2] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}};
  int64_t offsets[2] = {0, 4}, nmat, ny, nx, n, k, m;
  int32_t layers = 0;
  FINE(mirhydro_reconstructor_create("ppic", NULL, &rec));
  FINE(mirhydro_ghost_layers(rec, &layers));
  CHECK(layers == 4) /* three and the donor behind the edge */;
  FINE(mirhydro_reconstruction_create(&r));
  FINE(mirhydro_reconstruct(rec, &v, NULL, NULL, r));
  FINE(mirhydro_extents(r, &nmat, &ny, &nx, &n));
  CHECK(nmat == NMAT && ny == NY && nx == NX && n > 10);
  stats.struct_size = sizeof stats;
  FINE(mirhydro_get_stats(r, &stats));
  CHECK(stats.mixed == n && stats.residual < 1e-14 && stats.struct_size == sizeof stats);
  o = mirhydro_view_2d(cells, MIRHYDRO_INT32, n, 2);
  FINE(mirhydro_cells(r, &o));
  o = mirhydro_view_2d(map, MIRHYDRO_INT32, NY, NX);
  FINE(mirhydro_index(r, &o));
  for (k = 0; k < n; ++k) CHECK(map[cells[k][0]][cells[k][1]] == k);
  FINE(mirhydro_owner(r, &o));
  for (k = 0; k < n; ++k) CHECK(map[cells[k][0]][cells[k][1]] == -1);
  o = mirhydro_view_2d(volumes, MIRHYDRO_FLOAT64, n, NMAT);
  FINE(mirhydro_volumes(r, &o));
  for (k = 0; k < n; ++k)
    for (m = 0; m < NMAT; ++m) CHECK(fabs(volumes[k][m] - vf[m][cells[k][0]][cells[k][1]]) < 1e-14);
  o = mirhydro_view_3d(centroids, MIRHYDRO_FLOAT64, n, NMAT, 2);
  FINE(mirhydro_centroids(r, &o));
  o = mirhydro_dense(sub, MIRHYDRO_FLOAT64, 4, n, NMAT, 4, 4);
  FINE(mirhydro_subcell(r, &o));
  {
    const mirhydro_view points = mirhydro_view_2d(square, MIRHYDRO_FLOAT64, 4, 2);
    const mirhydro_view starts = mirhydro_view_1d(offsets, MIRHYDRO_INT64, 2);
    const mirhydro_view first = mirhydro_view_2d(cells, MIRHYDRO_INT32, 1, 2);
    o = mirhydro_view_3d(clipped, MIRHYDRO_FLOAT64, 1, NMAT, 3);
    FINE(mirhydro_clip(r, &points, &starts, &first, &o));
  }
  for (m = 0; m < NMAT; ++m) CHECK(fabs(clipped[0][m][0] - volumes[0][m]) < 1e-14);
  FINE(mirhydro_get_polygons(r, &p));
  CHECK(p.size >= 2 * n && p.offsets[p.size] == p.points_size);
  FINE(mirhydro_get_segments(r, &s));
  CHECK(s.size >= n && s.below[0] != s.above[0]);
  FINE(mirhydro_get_contours(r, &c));
  CHECK(c.size >= 1 && c.offsets[c.size] == c.points_size);
  FINE(mirhydro_reconstruction_destroy(r)); /* arrays live on */
  CHECK(p.cell[p.size - 1] == n - 1 && s.cell[s.size - 1] == n - 1 && c.points[0] > 0);
  FINE(mirhydro_arrays_destroy(p.owner));
  FINE(mirhydro_arrays_destroy(s.owner));
  FINE(mirhydro_arrays_destroy(c.owner));
  FINE(mirhydro_reconstructor_destroy(rec));
}

static void engines_infer(void) {
  mirhydro_engine* engine = NULL;
  mirhydro_view batch, o;
  int64_t in_rank = 0, out_rank = 0, in[8] = {0}, shape[8] = {0}, inputs = 1, outputs = 1, k;
  float *x, *y;
  char text[256];
  FINE(mirhydro_engine_create("neural", NULL, &engine));
  FINE(mirhydro_engine_shapes(engine, 8, &in_rank, in, &out_rank, shape));
  for (k = 0; k < in_rank; ++k) inputs *= in[k];
  for (k = 0; k < out_rank; ++k) outputs *= shape[k];
  CHECK(in_rank > 0 && out_rank > 0 && inputs > 10);
  FINE(mirhydro_engine_description(engine, text, sizeof text, NULL));
  x = calloc((size_t)(3 * inputs), sizeof *x);
  y = calloc((size_t)(3 * outputs), sizeof *y);
  for (k = 0; k < 3 * inputs; ++k) x[k] = .01f * (float)(k % inputs);
  batch = mirhydro_view_2d(x, MIRHYDRO_FLOAT32, 3, inputs);
  o = mirhydro_view_2d(y, MIRHYDRO_FLOAT32, 3, outputs);
  FINE(mirhydro_infer(engine, &batch, &o));
  for (k = 0; k < outputs; ++k) CHECK(y[k] == y[k + outputs] && y[k] == y[k + 2 * outputs]);
  o.extent[1] = outputs - 1;
  REFUSED(mirhydro_infer(engine, &batch, &o), "out");
  REFUSED(mirhydro_infer_dlpack(engine, NULL, y), "batch is NULL");
  REFUSED(mirhydro_infer_dlpack(engine, x, y), "native"); /* takes neither over */
  FINE(mirhydro_engine_destroy(engine));
  free(x);
  free(y);
}

/* Without LibTorch: what has no path to a device says so, and takes nothing over. */
static void fields_on_a_device_are_refused(void) {
  mirhydro_reconstructor *lines = NULL, *rec = NULL;
  mirhydro_device_reconstruction* r = NULL;
  mirhydro_stats stats = {sizeof stats, 7, 7, 7, 7, 7, 7};
  int64_t ny = 7, nx = 7, size = 7;
  FINE(mirhydro_reconstructor_create("elvira", NULL, &lines));
  FINE(mirhydro_reconstructor_create("neural", NULL, &rec));
  FINE(mirhydro_device_reconstruction_create(&r));
  REFUSED(mirhydro_reconstruct_dlpack(lines, vf, r), "there runs neural, not elvira");
  REFUSED(mirhydro_reconstruct_dlpack(rec, vf, r), "the native engine reads CPU memory");
  REFUSED(mirhydro_reconstruct_dlpack(rec, NULL, r), "vf is NULL");
  REFUSED(mirhydro_reconstruct_dlpack(NULL, vf, r), "rec is NULL");
  FINE(mirhydro_device_extents(r, &ny, &nx, &size));
  FINE(mirhydro_device_get_stats(r, &stats));
  CHECK(ny == 0 && nx == 0 && size == 0 && stats.mixed == 0 && stats.residual == 0);
  REFUSED(mirhydro_device_swept(r, MIRHYDRO_X, displacement, out), "nothing has been reconstructed on a device yet");
  REFUSED(mirhydro_device_swept(r, 2, displacement, out), "axis = 2");
  REFUSED(mirhydro_device_volumes(r, out), "nothing has been reconstructed");
  REFUSED(mirhydro_device_cells(r, NULL), "out is NULL");
  REFUSED(mirhydro_device_cells((mirhydro_device_reconstruction*)(void*)rec, out), "a mirhydro_reconstructor, not a");
  FINE(mirhydro_device_reconstruction_destroy(r));
  REFUSED(mirhydro_device_extents(r, NULL, NULL, NULL), "destroyed");
  FINE(mirhydro_reconstructor_destroy(rec));
  FINE(mirhydro_reconstructor_destroy(lines));
}

static void a_warm_step_allocates_nothing(const char* method) {
  mirhydro_reconstructor* rec = NULL;
  mirhydro_reconstruction* r = NULL;
  mirhydro_flushed* flushed = NULL;
  const int32_t *cells, *material;
  const double* share;
  int64_t left, first = 0;
  long before = 0;
  int step;
  FINE(mirhydro_reconstructor_create(method, NULL, &rec));
  FINE(mirhydro_reconstruction_create(&r));
  FINE(mirhydro_flushed_create(&flushed));
  for (step = 0; step < 8; ++step) {
    const mirhydro_view v = field(), d = faces(), o = result();
    if (step == 3) before = counted_allocations();
    FINE(mirhydro_reconstruct(rec, &v, NULL, NULL, r));
    FINE(mirhydro_swept(r, MIRHYDRO_X, &d, &o, 1e-3, flushed));
    FINE(mirhydro_flushed_get(flushed, &left, &cells, &material, &share));
    if (step == 0) first = left;
    if (left < 1 || left != first) ++failures, printf("%s: %ld materials left in step %d\n", method, (long)left, step);
  }
  if (counted_allocations() != before) {
    ++failures;
    printf("%s: %ld allocations in five warm steps\n", method, counted_allocations() - before);
  }
  FINE(mirhydro_flushed_destroy(flushed));
  FINE(mirhydro_reconstruction_destroy(r));
  FINE(mirhydro_reconstructor_destroy(rec));
}

/* Every allocation of a host's life fails once: the status says so, nothing leaks, and the next try succeeds. */
static mirhydro_status life(void) {
  mirhydro_reconstructor* rec = NULL;
  mirhydro_reconstruction* r = NULL;
  mirhydro_polygons p = {0};
  const mirhydro_view v = field(), d = faces(), o = result();
  mirhydro_status status = mirhydro_reconstructor_create("ppic", NULL, &rec);
  if (status == MIRHYDRO_OK) status = mirhydro_reconstruction_create(&r);
  if (status == MIRHYDRO_OK) status = mirhydro_reconstruct(rec, &v, NULL, NULL, r);
  if (status == MIRHYDRO_OK) status = mirhydro_swept(r, MIRHYDRO_X, &d, &o, 0, NULL);
  if (status == MIRHYDRO_OK) status = mirhydro_get_polygons(r, &p);
  FINE(mirhydro_arrays_destroy(p.owner));
  FINE(mirhydro_reconstruction_destroy(r));
  FINE(mirhydro_reconstructor_destroy(rec));
  return status;
}
static void failed_allocations_are_statuses(void) {
  long before, n;
  FINE(life()); /* what the library keeps for good is there from here on */
  for (n = 0; n < 100; ++n) FINE(life());
  before = living_allocations();
  for (n = 0; n < 10000; ++n) {
    mirhydro_status status;
    fail_allocation_after(n);
    status = life();
    fail_allocation_after(-1);
    if (status == MIRHYDRO_OK) break;
    CHECK(status == MIRHYDRO_OUT_OF_MEMORY && strstr(mirhydro_last_error(), "memory") != NULL);
    FINE(life());
  }
  CHECK(n > 10 && n < 10000);
  CHECK(living_allocations() - before < 64); /* shells of handles that were destroyed: 16 bytes each, in blocks */
}

/* Where a handle cannot be made, what it would have held is given back: to the last allocation, as long as shells of
 * handles are still taken and none serves again. */
static void no_handle_no_leak(void) {
  mirhydro_reconstruction* r[64] = {NULL};
  int k, refused = 0;
  for (k = 0; k < 64; ++k) {
    long n;
    for (n = 0; r[k] == NULL && n < 100; ++n) {
      const long before = living_allocations();
      mirhydro_status status;
      fail_allocation_after(n);
      status = mirhydro_reconstruction_create(&r[k]);
      fail_allocation_after(-1);
      if (status == MIRHYDRO_OK) break;
      ++refused;
      CHECK(status == MIRHYDRO_OUT_OF_MEMORY && r[k] == NULL && living_allocations() == before);
    }
  }
  CHECK(refused > 64); /* some of them for want of the shell */
  for (k = 0; k < 64; ++k) FINE(mirhydro_reconstruction_destroy(r[k]));
}

int main(void) {
  fill();
  no_handle_no_leak();
  shapes_are_made_and_refused();
  the_whole_face_answers();
  engines_infer();
  fields_on_a_device_are_refused();
  a_warm_step_allocates_nothing("elvira");
  a_warm_step_allocates_nothing("ppic");
  a_warm_step_allocates_nothing("neural");
  failed_allocations_are_statuses();
  return report("c_face");
}
