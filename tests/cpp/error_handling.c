/* The C ABI in C99, misused in every way that it promises to refuse: each call returns its status and says why, writes
 * nothing, and the objects go on working. */
#include "c_field.h"

static void* as(void* p) { return p; }

static void handles_are_told_apart(void) {
  mirhydro_reconstructor* rec = NULL;
  mirhydro_reconstruction* r = NULL;
  mirhydro_flushed* flushed = NULL;
  mirhydro_polygons p;
  mirhydro_engine* engine = NULL;
  mirhydro_view v = field(), d = faces(), o = result();
  double* unaligned = (double*)(void*)((char*)vf + 1);
  FINE(mirhydro_reconstructor_create("elvira", NULL, &rec));
  FINE(mirhydro_reconstruction_create(&r));
  FINE(mirhydro_flushed_create(&flushed));
  FINE(mirhydro_reconstruct(rec, &v, NULL, NULL, r));
  FINE(mirhydro_get_polygons(r, &p));

  REFUSED(mirhydro_reconstructor_create("elvira", NULL, NULL), "out is NULL");
  REFUSED(mirhydro_reconstructor_create(NULL, NULL, &rec), "method is NULL");
  REFUSED(mirhydro_reconstruct(NULL, &v, NULL, NULL, r), "rec is NULL");
  REFUSED(mirhydro_reconstruct(rec, &v, NULL, NULL, NULL), "r is NULL");
  REFUSED(mirhydro_reconstruct(rec, NULL, NULL, NULL, r), "vf is NULL");
  REFUSED(mirhydro_reconstruct(as(r), &v, NULL, NULL, r), "rec is a mirhydro_reconstruction, not a mirhydro_recon");
  REFUSED(mirhydro_reconstruct(rec, &v, NULL, NULL, as(rec)), "r is a mirhydro_reconstructor");
  REFUSED(mirhydro_reconstruct(as(unaligned), &v, NULL, NULL, r), "rec is no handle");
  REFUSED(mirhydro_reconstruct(as(vf), &v, NULL, NULL, r), "rec is no handle");
  REFUSED(mirhydro_swept(NULL, MIRHYDRO_X, &d, &o, 0, NULL), "r is NULL");
  REFUSED(mirhydro_swept(r, MIRHYDRO_X, &d, &o, 0, as(r)), "flushed is a mirhydro_reconstruction");
  REFUSED(mirhydro_extents(as(flushed), NULL, NULL, NULL, NULL), "r is a mirhydro_flushed");
  REFUSED(mirhydro_flushed_get(as(p.owner), NULL, NULL, NULL, NULL), "flushed is a mirhydro_arrays");
  REFUSED(mirhydro_engine_shapes(as(rec), 4, NULL, NULL, NULL, NULL), "engine is a mirhydro_reconstructor");
  REFUSED(mirhydro_engine_create("no such thing", NULL, &engine), "no such thing");
  CHECK(engine == NULL);
  REFUSED(mirhydro_reconstructor_destroy(as(r)), "rec is a mirhydro_reconstruction");
  REFUSED(mirhydro_arrays_destroy(as(rec)), "owner is a mirhydro_reconstructor");
  REFUSED(mirhydro_ghost_layers(rec, NULL), "out is NULL");
  REFUSED(mirhydro_get_polygons(r, NULL), "out is NULL");
  REFUSED(mirhydro_get_segments(NULL, &(mirhydro_segments){0}), "r is NULL");
  FINE(mirhydro_reconstruct(rec, &v, NULL, NULL, r)); /* all that left them alone */

  FINE(mirhydro_arrays_destroy(p.owner));
  REFUSED(mirhydro_arrays_destroy(p.owner), "destroyed");
  FINE(mirhydro_reconstruction_destroy(r));
  REFUSED(mirhydro_reconstruction_destroy(r), "r is a handle that was destroyed");
  REFUSED(mirhydro_swept(r, MIRHYDRO_X, &d, &o, 0, NULL), "r is a handle that was destroyed");
  REFUSED(mirhydro_reconstruct(rec, &v, NULL, NULL, r), "destroyed");
  FINE(mirhydro_reconstructor_destroy(rec));
  REFUSED(mirhydro_reconstructor_destroy(rec), "destroyed");
  FINE(mirhydro_flushed_destroy(flushed));
  FINE(mirhydro_reconstructor_destroy(NULL));
  FINE(mirhydro_reconstruction_destroy(NULL));
  FINE(mirhydro_shape_destroy(NULL));
}

/* A handle that was destroyed is told even after hundreds of others were made. */
static void old_handles_stay_dead(void) {
  mirhydro_reconstruction *old = NULL, *other = NULL;
  int k;
  FINE(mirhydro_reconstruction_create(&old));
  FINE(mirhydro_reconstruction_destroy(old));
  for (k = 0; k < 500; ++k) {
    FINE(mirhydro_reconstruction_create(&other));
    CHECK(other != old);
    FINE(mirhydro_reconstruction_destroy(other));
  }
  REFUSED(mirhydro_extents(old, NULL, NULL, NULL, NULL), "destroyed");
}

static void options_are_read_in_words(void) {
  mirhydro_reconstructor* rec = NULL;
  mirhydro_options o;
  struct {
    mirhydro_options known;
    int64_t later[2];
  } newer;
  mirhydro_engine_options e;
  const double widths[2] = {1, -2};
  REFUSED(mirhydro_options_init(NULL, sizeof o), "options is NULL");
  REFUSED(mirhydro_options_init(&o, 0), "struct_size = 0");
  FINE(mirhydro_options_init(&o, sizeof o));
  CHECK(o.struct_size == sizeof o && o.threads == 1 && o.nodes == 2 && o.eps == 1e-12);
  FINE(mirhydro_reconstructor_create("ppic", &o, &rec));
  FINE(mirhydro_reconstructor_destroy(rec));
  rec = NULL;

  o.struct_size = 0; /* never initialised */
  REFUSED(mirhydro_reconstructor_create("ppic", &o, &rec), "struct_size = 0");
  o.struct_size = 1u << 30;
  REFUSED(mirhydro_reconstructor_create("ppic", &o, &rec), "struct_size");
  o.struct_size = sizeof o - 3;
  REFUSED(mirhydro_reconstructor_create("ppic", &o, &rec), "struct_size");
  memset(&o, 0x5a, sizeof o); /* an older header: only struct_size and eps are there */
  o.struct_size = 16;
  o.eps = 1e-10;
  FINE(mirhydro_reconstructor_create("ppic", &o, &rec));
  FINE(mirhydro_reconstructor_destroy(rec));
  rec = NULL;

  FINE(mirhydro_options_init(&newer.known, sizeof newer)); /* a newer header, nothing new asked for */
  FINE(mirhydro_reconstructor_create("ppic", &newer.known, &rec));
  FINE(mirhydro_reconstructor_destroy(rec));
  rec = NULL;
  newer.later[1] = 1; /* and something that this library cannot do */
  REFUSED(mirhydro_reconstructor_create("ppic", &newer.known, &rec), "does not know");

#define WITH(field, value, words)                                                                                      \
  FINE(mirhydro_options_init(&o, sizeof o));                                                                           \
  o.field = value;                                                                                                     \
  REFUSED(mirhydro_reconstructor_create("ppic", &o, &rec), words)
  WITH(threads, 0, "threads = 0");
  WITH(eps, NAN, "eps = ");
  WITH(nodes, 5, "nodes = 5");
  WITH(ghost, -1, "ghost = -1");
  WITH(boundary[2], 7, "boundary[2] = 7");
  WITH(share_nodes, 3, "share_nodes = 3");
  WITH(trusted, 2, "trusted = 2");
  WITH(precision, 9, "precision = 9");
  WITH(spacing_x, widths, "spacing_x_size = 0");
  WITH(spacing_y_size, 3, "spacing_y is NULL");
  WITH(order_size, -1, "order_size = -1");
  FINE(mirhydro_options_init(&o, sizeof o));
  o.spacing_x = widths;
  o.spacing_x_size = 2;
  REFUSED(mirhydro_reconstructor_create("ppic", &o, &rec), "-2");
  REFUSED(mirhydro_reconstructor_create("nothing", NULL, &rec), "nothing");
  CHECK(rec == NULL);

  FINE(mirhydro_engine_options_init(&e, sizeof e));
  e.unused = 1;
  REFUSED(mirhydro_engine_create("neural", &e, &(mirhydro_engine*){NULL}), "unused = 1");
}

static void arrays_are_checked(void) {
  mirhydro_reconstructor* rec = NULL;
  mirhydro_reconstruction* r = NULL;
  mirhydro_view v, d = faces(), o, nothing;
  unsigned char where[NY][NX];
  mirhydro_view mask = mirhydro_view_2d(where, MIRHYDRO_BOOL, NY, NX);
  int64_t before, size;
  double kept;
  FINE(mirhydro_reconstructor_create("elvira", NULL, &rec));
  FINE(mirhydro_reconstruction_create(&r));
  REFUSED(mirhydro_swept(r, MIRHYDRO_X, &d, &(mirhydro_view){0}, 0, NULL), "out has dtype 0");
  nothing = mirhydro_view_2d(displacement, MIRHYDRO_FLOAT64, 0, 1);
  o = mirhydro_view_3d(out, MIRHYDRO_FLOAT64, 0, 0, 1);
  REFUSED(mirhydro_swept(r, MIRHYDRO_X, &nothing, &o, 0, NULL), "nothing has been reconstructed yet");
  v = field();
  FINE(mirhydro_reconstruct(rec, &v, NULL, NULL, r));
  FINE(mirhydro_extents(r, NULL, NULL, NULL, &before));
  CHECK(before > 10);

#define BAD_VF(change, words)                                                                                          \
  v = field();                                                                                                         \
  change;                                                                                                              \
  REFUSED(mirhydro_reconstruct(rec, &v, NULL, NULL, r), words)
  BAD_VF(v.dtype = MIRHYDRO_INT32, "vf has dtype int32, not float64");
  BAD_VF(v.dtype = 77, "vf has dtype 77");
  BAD_VF(v.rank = 4, "vf has 4 axes");
  BAD_VF(v.rank = -1, "vf has -1 axes");
  BAD_VF(v.rank = 1000000, "vf has 1000000 axes");
  BAD_VF(v.extent[1] = -1, "negative");
  BAD_VF(v.data = NULL, "vf.data is NULL");
  BAD_VF(v.data = (char*)v.data + 4, "aligned");
  BAD_VF(v.extent[0] = INT64_MAX, "larger than any memory");
  BAD_VF(v.stride[0] = INT64_MIN, "larger than any memory");
  kept = vf[1][3][4];
  vf[1][3][4] = NAN;
  BAD_VF((void)0, "vf[1, 3, 4] = ");
  vf[1][3][4] = -.2;
  BAD_VF((void)0, "vf[1, 3, 4] = -0.2");
  vf[1][3][4] = kept;

  v = field();
  memset(where, 1, sizeof where);
  where[5][2] = 2;
  REFUSED(mirhydro_reconstruct(rec, &v, &mask, NULL, r), "where[5, 2] = 2");
  where[5][2] = 1;
  mask.dtype = MIRHYDRO_INT32;
  REFUSED(mirhydro_reconstruct(rec, &v, &mask, NULL, r), "where has dtype int32");
  mask = mirhydro_view_2d(where, MIRHYDRO_BOOL, NY - 1, NX);
  REFUSED(mirhydro_reconstruct(rec, &v, &mask, NULL, r), "where is 11 x 10");
  FINE(mirhydro_extents(r, NULL, NULL, NULL, &size));
  CHECK(size == before); /* no refusal has touched the result */

#define BAD_OUT(change, words)                                                                                         \
  o = result();                                                                                                        \
  change;                                                                                                              \
  REFUSED(mirhydro_swept(r, MIRHYDRO_X, &d, &o, 0, NULL), words)
  memset(out, 0, sizeof out);
  BAD_OUT(o.dtype = MIRHYDRO_FLOAT32, "out has dtype float32");
  BAD_OUT(o.stride[0] = 0, "out overlaps itself");
  BAD_OUT(o.stride[2] = NX, "out overlaps itself");
  BAD_OUT(o.extent[2] = NX, "out");
  o = result();
  REFUSED(mirhydro_swept(r, 2, &d, &o, 0, NULL), "axis = 2");
  REFUSED(mirhydro_swept(r, MIRHYDRO_X, &d, NULL, 0, NULL), "out is NULL");
  REFUSED(mirhydro_swept(r, MIRHYDRO_X, NULL, &o, 0, NULL), "displacement is NULL");
  REFUSED(mirhydro_swept(r, MIRHYDRO_X, &d, &o, -1, NULL), "flush");
  displacement[7][3] = 1.5;
  REFUSED(mirhydro_swept(r, MIRHYDRO_X, &d, &o, 0, NULL), "displacement[7, 3] = 1.5");
  displacement[7][3] = .3;
  for (size = 0; size < (int64_t)(sizeof out / sizeof(double)); ++size) CHECK((&out[0][0][0])[size] == 0);
  REFUSED(mirhydro_get_stats(r, &(mirhydro_stats){0}), "struct_size = 0");
  FINE(mirhydro_reconstruction_destroy(r));
  FINE(mirhydro_reconstructor_destroy(rec));
}

static void texts_fit_or_are_refused(void) {
  char text[4096], tiny[4] = "abc";
  uint64_t needed = 0;
  FINE(mirhydro_methods(NULL, 0, &needed));
  CHECK(needed > 10 && needed < sizeof text);
  REFUSED(mirhydro_methods(tiny, sizeof tiny, NULL), "size = 4");
  CHECK(strcmp(tiny, "abc") == 0);
  REFUSED(mirhydro_methods(NULL, 5, NULL), "buffer is NULL");
  REFUSED(mirhydro_methods(NULL, 0, NULL), "NULL");
  FINE(mirhydro_methods(text, needed, NULL));
  CHECK(strlen(text) + 1 == needed && strstr(text, "elvira") != NULL);
  FINE(mirhydro_instruction_set(text, sizeof text, NULL));
  CHECK(mirhydro_version()[0] != '\0');
  FINE(mirhydro_models(text, sizeof text, &needed));
  FINE(mirhydro_describe_model("neural", NULL, 0, &needed));
  CHECK(needed > 100);
  REFUSED(mirhydro_describe_model("absent", text, sizeof text, NULL), "absent");
}

int main(void) {
  CHECK(strcmp(mirhydro_last_error(), "") == 0);
  fill();
  handles_are_told_apart();
  old_handles_stay_dead();
  options_are_read_in_words();
  arrays_are_checked();
  texts_fit_or_are_refused();
  return report("error_handling");
}
