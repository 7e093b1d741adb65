#ifndef MIRHYDRO_H
#define MIRHYDRO_H
/* mirhydro in C99: the nouns of the C++ headers, as opaque handles and functions that return a status. What a call
 * does, costs and refuses is written in <mirhydro/reconstructor.hpp>, reconstruction.hpp, engine.hpp and shapes.hpp;
 * here stands what differs. docs/hosts.md has whole programs.
 *
 * Every function that can fail returns a status; the text of a refusal is mirhydro_last_error(). Nothing is printed,
 * nothing aborts, no exception leaves the library. A call that fails writes nothing, except where a header says so.
 * Calls of a warm time step (mirhydro_reconstruct, mirhydro_swept, with threads = 1) allocate nothing and take no lock.
 *
 * Handles: made by *_create, given back by *_destroy (NULL is fine there). NULL, a handle of another kind and a handle
 * that was destroyed before are MIRHYDRO_BAD_ARGUMENT everywhere else; a pointer that never was a handle cannot be
 * told. Const handles may be used from many threads at once. */
#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define MIRHYDRO_C_API
#else
#define MIRHYDRO_C_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef int32_t mirhydro_status;
enum { MIRHYDRO_OK = 0, MIRHYDRO_BAD_ARGUMENT = 1, MIRHYDRO_OUT_OF_MEMORY = 2, MIRHYDRO_INTERNAL = 3 };

/* What was refused last in this thread: argument, index, value, rule. "" if nothing was. Valid until the next refusal
 * in this thread; a call that succeeds leaves it as it is. Indices count from 0, in C's order: vf[m, j, i]. */
MIRHYDRO_C_API const char* mirhydro_last_error(void);
MIRHYDRO_C_API const char* mirhydro_version(void);

/* ---- Arrays of the host, seen in place ---- */

enum {
  MIRHYDRO_FLOAT64 = 1,
  MIRHYDRO_FLOAT32 = 2,
  MIRHYDRO_INT32 = 3,
  MIRHYDRO_INT64 = 4,
  MIRHYDRO_BOOL = 5,   /* one byte, 0 or 1 */
  MIRHYDRO_UNEVEN = -1 /* elements whose distance is no multiple of their size: refused, in these words */
};
enum { MIRHYDRO_MAX_RANK = 4 };

/* Pointer, extents, strides; strides count elements and may be negative or 0 (not where the library writes). The last
 * axis of a dense C array is the fastest. Never kept after the call. */
typedef struct mirhydro_view {
  void* data; /* only read where the function says "in" */
  int32_t dtype;
  int32_t rank;
  int64_t extent[MIRHYDRO_MAX_RANK];
  int64_t stride[MIRHYDRO_MAX_RANK];
} mirhydro_view;

/* A dense C-ordered array of the first `rank` extents. */
static inline mirhydro_view mirhydro_dense(const void* data, int32_t dtype, int32_t rank, int64_t e0, int64_t e1,
                                           int64_t e2, int64_t e3) {
  mirhydro_view v;
  int64_t step = 1;
  int32_t d;
  v.data = (void*)(uintptr_t)data;
  v.dtype = dtype;
  v.rank = rank;
  v.extent[0] = e0;
  v.extent[1] = e1;
  v.extent[2] = e2;
  v.extent[3] = e3;
  for (d = MIRHYDRO_MAX_RANK; d-- > 0;) {
    v.stride[d] = step;
    if (d < rank) step *= v.extent[d];
  }
  return v;
}
static inline mirhydro_view mirhydro_view_1d(const void* data, int32_t dtype, int64_t n) {
  return mirhydro_dense(data, dtype, 1, n, 1, 1, 1);
}
static inline mirhydro_view mirhydro_view_2d(const void* data, int32_t dtype, int64_t rows, int64_t columns) {
  return mirhydro_dense(data, dtype, 2, rows, columns, 1, 1);
}
static inline mirhydro_view mirhydro_view_3d(const void* data, int32_t dtype, int64_t e0, int64_t e1, int64_t e2) {
  return mirhydro_dense(data, dtype, 3, e0, e1, e2, 1);
}

/* ---- Texts: the caller's buffer ----
 * Functions that give a text write it with its final 0 into buffer[0 .. size). `needed` (may be NULL) gets the bytes
 * that it takes, that 0 included. NULL and 0 only ask; a buffer that is too small is refused and left alone. */

/* One name a line. */
MIRHYDRO_C_API mirhydro_status mirhydro_methods(char* buffer, uint64_t size, uint64_t* needed);
MIRHYDRO_C_API mirhydro_status mirhydro_models(char* buffer, uint64_t size, uint64_t* needed);
/* What a model file says of itself: lines "path = ...", "<key> = ...", "tensor <name> = <dtype> [<extents>]". */
MIRHYDRO_C_API mirhydro_status mirhydro_describe_model(const char* model, char* buffer, uint64_t size,
                                                       uint64_t* needed);
MIRHYDRO_C_API mirhydro_status mirhydro_instruction_set(char* buffer, uint64_t size, uint64_t* needed);

/* ---- Reconstructor ---- */

typedef struct mirhydro_reconstructor mirhydro_reconstructor;
typedef struct mirhydro_reconstruction mirhydro_reconstruction;

enum { MIRHYDRO_MIRROR = 0, MIRHYDRO_PERIODIC = 1, MIRHYDRO_REPLICATE = 2 };
enum { MIRHYDRO_PRECISION_FLOAT32 = 0, MIRHYDRO_PRECISION_BFLOAT16 = 1, MIRHYDRO_PRECISION_FLOAT16 = 2 };
enum { MIRHYDRO_METHODS_CHOICE = -1 };

/* Fill it with mirhydro_options_init before you set what you want. struct_size: an older and shorter struct is
 * completed by defaults; a newer and longer one is taken where all that this library does not know is 0, and refused
 * otherwise. Arrays and texts are read during the call only. */
typedef struct mirhydro_options {
  uint64_t struct_size;
  double eps;
  const double* spacing_x; /* widths of the cells along x; NULL: all alike */
  const double* spacing_y;
  const int32_t* order;   /* materials in onion skins; NULL: chosen per cell */
  const char* model;      /* a name, or the path of a model file; NULL: the method's own */
  const char* engine;     /* "native" (NULL) or "torch" */
  const char* device;     /* NULL: "cpu"; of torch "cuda", "cuda:1", "xpu", "mps", a plug-in's name */
  int64_t spacing_x_size; /* 1, or the number of columns */
  int64_t spacing_y_size;
  int64_t order_size;
  int32_t threads;
  int32_t ghost;
  int32_t boundary[4]; /* x low, x high, y low, y high */
  int32_t nodes;
  int32_t share_nodes; /* 0, 1, or MIRHYDRO_METHODS_CHOICE */
  int32_t precision;
  int32_t trusted; /* whether the model may run code of its own: 0 or 1 */
} mirhydro_options;

/* Defaults of the caller's version of the struct: mirhydro_options_init(&options, sizeof options). */
MIRHYDRO_C_API mirhydro_status mirhydro_options_init(mirhydro_options* options, uint64_t struct_size);

/* options: NULL for the defaults. *out is set last, and only where the call succeeds. */
MIRHYDRO_C_API mirhydro_status mirhydro_reconstructor_create(const char* method, const mirhydro_options* options,
                                                             mirhydro_reconstructor** out);
MIRHYDRO_C_API mirhydro_status mirhydro_reconstructor_destroy(mirhydro_reconstructor* rec);
/* Layers of ghost cells with which swept volumes at the edge of the host's own cells are those of the whole mesh. */
MIRHYDRO_C_API mirhydro_status mirhydro_ghost_layers(const mirhydro_reconstructor* rec, int32_t* out);
/* vf (in): (nmat, ny, nx), or (ny, nx) for one material and the rest; float64 or float32. where (in): (ny, nx) bool, or
 * NULL; centroids (in): (nmat, ny, nx, 2) float64, or NULL. A refusal leaves r as it was. */
MIRHYDRO_C_API mirhydro_status mirhydro_reconstruct(const mirhydro_reconstructor* rec, const mirhydro_view* vf,
                                                    const mirhydro_view* where, const mirhydro_view* centroids,
                                                    mirhydro_reconstruction* r);

/* ---- Reconstruction ---- */

MIRHYDRO_C_API mirhydro_status mirhydro_reconstruction_create(mirhydro_reconstruction** out);
MIRHYDRO_C_API mirhydro_status mirhydro_reconstruction_destroy(mirhydro_reconstruction* r);

/* Any of the four may be NULL; size: the mixed cells. */
MIRHYDRO_C_API mirhydro_status mirhydro_extents(const mirhydro_reconstruction* r, int64_t* nmat, int64_t* ny,
                                                int64_t* nx, int64_t* size);

typedef struct mirhydro_stats {
  uint64_t struct_size; /* set it before the call: what lies beyond it is not written */
  int64_t mixed, kept, folded, blended;
  double residual;
  int64_t iterations;
} mirhydro_stats;
MIRHYDRO_C_API mirhydro_status mirhydro_get_stats(const mirhydro_reconstruction* r, mirhydro_stats* out);

MIRHYDRO_C_API mirhydro_status mirhydro_cells(const mirhydro_reconstruction* r, const mirhydro_view* out);
MIRHYDRO_C_API mirhydro_status mirhydro_index(const mirhydro_reconstruction* r, const mirhydro_view* out);
MIRHYDRO_C_API mirhydro_status mirhydro_owner(const mirhydro_reconstruction* r, const mirhydro_view* out);
MIRHYDRO_C_API mirhydro_status mirhydro_volumes(const mirhydro_reconstruction* r, const mirhydro_view* out);
MIRHYDRO_C_API mirhydro_status mirhydro_centroids(const mirhydro_reconstruction* r, const mirhydro_view* out);
MIRHYDRO_C_API mirhydro_status mirhydro_subcell(const mirhydro_reconstruction* r, const mirhydro_view* out);
MIRHYDRO_C_API mirhydro_status mirhydro_clip(const mirhydro_reconstruction* r, const mirhydro_view* points,
                                             const mirhydro_view* offsets, const mirhydro_view* cells,
                                             const mirhydro_view* out);

/* What left its cell entirely in mirhydro_swept. Made once, filled by every call that gets it. */
typedef struct mirhydro_flushed mirhydro_flushed;
MIRHYDRO_C_API mirhydro_status mirhydro_flushed_create(mirhydro_flushed** out);
MIRHYDRO_C_API mirhydro_status mirhydro_flushed_destroy(mirhydro_flushed* flushed);
/* cells (size, 2) j, i; material (size); share (size, 2): the library's memory, until the next call that fills it. */
MIRHYDRO_C_API mirhydro_status mirhydro_flushed_get(const mirhydro_flushed* flushed, int64_t* size,
                                                    const int32_t** cells, const int32_t** material,
                                                    const double** share);

enum { MIRHYDRO_X = 0, MIRHYDRO_Y = 1 };
/* flush: 0, or an area; flushed: NULL, or where to list what left. */
MIRHYDRO_C_API mirhydro_status mirhydro_swept(const mirhydro_reconstruction* r, int32_t axis,
                                              const mirhydro_view* displacement, const mirhydro_view* out, double flush,
                                              mirhydro_flushed* flushed);

/* Geometry as arrays of the library. They live until mirhydro_arrays_destroy(x.owner), whatever happens to the
 * reconstruction; owner is NULL where the call failed. */
typedef struct mirhydro_arrays mirhydro_arrays;
MIRHYDRO_C_API mirhydro_status mirhydro_arrays_destroy(mirhydro_arrays* owner);

typedef struct mirhydro_polygons {
  mirhydro_arrays* owner;
  int64_t size, points_size;
  const double* points;    /* (points_size, 2) */
  const int64_t* offsets;  /* (size + 1) */
  const int32_t* cell;     /* (size) */
  const int32_t* material; /* (size) */
} mirhydro_polygons;
typedef struct mirhydro_segments {
  mirhydro_arrays* owner;
  int64_t size;
  const double* ends;   /* (size, 2, 2) */
  const double* normal; /* (size, 2) */
  const double* length; /* (size) */
  const int32_t* below; /* (size) */
  const int32_t* above; /* (size) */
  const int32_t* cell;  /* (size) */
} mirhydro_segments;
typedef struct mirhydro_contours {
  mirhydro_arrays* owner;
  int64_t size, points_size;
  const double* points;   /* (points_size, 2) */
  const int64_t* offsets; /* (size + 1) */
  const int32_t* below;   /* (size) */
  const int32_t* above;   /* (size) */
} mirhydro_contours;
MIRHYDRO_C_API mirhydro_status mirhydro_get_polygons(const mirhydro_reconstruction* r, mirhydro_polygons* out);
MIRHYDRO_C_API mirhydro_status mirhydro_get_segments(const mirhydro_reconstruction* r, mirhydro_segments* out);
MIRHYDRO_C_API mirhydro_status mirhydro_get_contours(const mirhydro_reconstruction* r, mirhydro_contours* out);

/* ---- Engine ---- */

typedef struct mirhydro_engine mirhydro_engine;
/* As mirhydro_options: mirhydro_engine_options_init first. */
typedef struct mirhydro_engine_options {
  uint64_t struct_size;
  const char* engine;
  const char* device;
  int32_t precision;
  int32_t threads;
  int32_t trusted;
  int32_t unused; /* 0 */
} mirhydro_engine_options;
MIRHYDRO_C_API mirhydro_status mirhydro_engine_options_init(mirhydro_engine_options* options, uint64_t struct_size);
MIRHYDRO_C_API mirhydro_status mirhydro_engine_create(const char* model, const mirhydro_engine_options* options,
                                                      mirhydro_engine** out);
MIRHYDRO_C_API mirhydro_status mirhydro_engine_destroy(mirhydro_engine* engine);
/* Extents of one cell's input and output: at most `room` of each are written; the ranks say how many there are. */
MIRHYDRO_C_API mirhydro_status mirhydro_engine_shapes(const mirhydro_engine* engine, int64_t room, int64_t* input_rank,
                                                      int64_t* input, int64_t* output_rank, int64_t* output);
MIRHYDRO_C_API mirhydro_status mirhydro_engine_description(const mirhydro_engine* engine, char* buffer, uint64_t size,
                                                           uint64_t* needed);
/* batch (in): (n, inputs) float32; out: (n, outputs) float32 */
MIRHYDRO_C_API mirhydro_status mirhydro_infer(const mirhydro_engine* engine, const mirhydro_view* batch,
                                              const mirhydro_view* out);
/* Both are DLManagedTensor*, taken over as Engine::infer_dlpack says. */
MIRHYDRO_C_API mirhydro_status mirhydro_infer_dlpack(const mirhydro_engine* engine, void* batch, void* out);

/* ---- Fields on a device ----
 * As <mirhydro/device.hpp>: two materials, neural with the torch engine. Every void* is a DLManagedTensor*, taken over
 * unless an argument is NULL or no handle, the reconstructor has no such path, or nothing has been reconstructed yet.
 */

typedef struct mirhydro_device_reconstruction mirhydro_device_reconstruction;
MIRHYDRO_C_API mirhydro_status mirhydro_device_reconstruction_create(mirhydro_device_reconstruction** out);
MIRHYDRO_C_API mirhydro_status mirhydro_device_reconstruction_destroy(mirhydro_device_reconstruction* r);
MIRHYDRO_C_API mirhydro_status mirhydro_reconstruct_dlpack(const mirhydro_reconstructor* rec, void* vf,
                                                           mirhydro_device_reconstruction* r);
MIRHYDRO_C_API mirhydro_status mirhydro_device_extents(const mirhydro_device_reconstruction* r, int64_t* ny,
                                                       int64_t* nx, int64_t* size);
MIRHYDRO_C_API mirhydro_status mirhydro_device_get_stats(const mirhydro_device_reconstruction* r, mirhydro_stats* out);
/* out: (size, 2) int32, j and i of the mixed cells; (size, 2) float64, areas of the materials */
MIRHYDRO_C_API mirhydro_status mirhydro_device_cells(const mirhydro_device_reconstruction* r, void* out);
MIRHYDRO_C_API mirhydro_status mirhydro_device_volumes(const mirhydro_device_reconstruction* r, void* out);
/* axis MIRHYDRO_X or MIRHYDRO_Y; displacement (ny, nx + 1) or (ny + 1, nx), out (2, the same), float64 */
MIRHYDRO_C_API mirhydro_status mirhydro_device_swept(const mirhydro_device_reconstruction* r, int32_t axis,
                                                     void* displacement, void* out);

/* ---- Shapes ---- */

typedef struct mirhydro_shape mirhydro_shape;
/* n values of a level set, negative inside; returns 0, or anything else to give up. Must not throw or jump. */
typedef int (*mirhydro_level_set)(const double* x, const double* y, double* values, size_t n, void* context);
MIRHYDRO_C_API mirhydro_status mirhydro_circle(double x, double y, double radius, mirhydro_shape** out);
MIRHYDRO_C_API mirhydro_status mirhydro_ellipse(double x, double y, double a, double b, double angle,
                                                mirhydro_shape** out);
MIRHYDRO_C_API mirhydro_status mirhydro_polygon(const mirhydro_view* points, mirhydro_shape** out);
MIRHYDRO_C_API mirhydro_status mirhydro_half_plane(double px, double py, double nx, double ny, mirhydro_shape** out);
/* `context` is handed to f and must live as long as the shape and all that are made of it. */
MIRHYDRO_C_API mirhydro_status mirhydro_implicit(mirhydro_level_set f, void* context, mirhydro_shape** out);
/* New shapes; those that they are made of may be destroyed. */
MIRHYDRO_C_API mirhydro_status mirhydro_complement(const mirhydro_shape* a, mirhydro_shape** out);
MIRHYDRO_C_API mirhydro_status mirhydro_union(const mirhydro_shape* a, const mirhydro_shape* b, mirhydro_shape** out);
MIRHYDRO_C_API mirhydro_status mirhydro_intersection(const mirhydro_shape* a, const mirhydro_shape* b,
                                                     mirhydro_shape** out);
MIRHYDRO_C_API mirhydro_status mirhydro_difference(const mirhydro_shape* a, const mirhydro_shape* b,
                                                   mirhydro_shape** out);
MIRHYDRO_C_API mirhydro_status mirhydro_shape_destroy(mirhydro_shape* shape);
/* extent: x0, x1, y0, y1, or NULL for the unit square. out: (count + 1, ny, nx) float64. */
MIRHYDRO_C_API mirhydro_status mirhydro_volume_fractions(const mirhydro_shape* const* shapes, int64_t count,
                                                         const double* extent, const mirhydro_view* out);
MIRHYDRO_C_API mirhydro_status mirhydro_overlap(const mirhydro_shape* shape, const mirhydro_view* points,
                                                const mirhydro_view* offsets, const mirhydro_view* out);

#ifdef __cplusplus
}
#endif
#endif
