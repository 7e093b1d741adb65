/* Three materials in the single vortex that winds them up and back: a whole host code in C99.
 *   advection METHOD [N [MODEL [STEPS [FILE]]]]    MODEL -: the method's own; STEPS 0: the whole period
 * The same arithmetic, in the same order, as ../cpp/advection.cpp, where it is explained. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mirhydro/mirhydro.h>

enum { NMAT = 3 };
static const double pi = 3.14159265358979323846, period = 2, cfl = .5, flush = 1e-10;

/* A host that cannot go on says why, and where. */
#define TRY(call)                                                                                                      \
  do {                                                                                                                 \
    if ((call) != MIRHYDRO_OK) {                                                                                       \
      fprintf(stderr, "%s\n", mirhydro_last_error());                                                                  \
      exit(1);                                                                                                         \
    }                                                                                                                  \
  } while (0)

typedef struct Host {
  long n;
  double h, *vf, *fills, *speed_x, *speed_y, *displacement, *swept;
  mirhydro_reconstructor* rec;
  mirhydro_reconstruction* r;
  mirhydro_flushed* flushed;
} Host;

static double* array(long size) {
  double* a = calloc((size_t)size, sizeof *a);
  if (a == NULL) {
    fprintf(stderr, "no memory\n");
    exit(1);
  }
  return a;
}

static double psi(const Host* host, long j, long i) {
  const double sx = sin(pi * ((double)i * host->h)), sy = sin(pi * ((double)j * host->h));
  return ((sx * sx) * (sy * sy)) / pi;
}

static void set_speeds(Host* host) {
  const long n = host->n;
  for (long j = 0; j < n; ++j)
    for (long i = 0; i <= n; ++i) {
      host->speed_x[j * (n + 1) + i] = -((psi(host, j + 1, i) - psi(host, j, i)) / host->h);
      host->speed_y[i * n + j] = (psi(host, i, j + 1) - psi(host, i, j)) / host->h;
    }
}

static void set_materials(Host* host) {
  mirhydro_shape *disc = NULL, *left = NULL, *half = NULL;
  const mirhydro_view vf = mirhydro_view_3d(host->vf, MIRHYDRO_FLOAT64, NMAT, host->n, host->n);
  TRY(mirhydro_circle(.5, .75, .15, &disc));
  TRY(mirhydro_half_plane(.5, 0, 1, 0, &left));
  TRY(mirhydro_intersection(disc, left, &half));
  const mirhydro_shape* shapes[] = {half, disc};
  TRY(mirhydro_volume_fractions(shapes, 2, NULL, &vf));
  mirhydro_shape_destroy(half);
  mirhydro_shape_destroy(left);
  mirhydro_shape_destroy(disc);
}

static Host create(const char* method, const char* model, long n) {
  Host host = {n, 1. / (double)n, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL};
  mirhydro_options options;
  host.vf = array(NMAT * n * n);
  host.fills = array(NMAT * n * n);
  host.speed_x = array(n * (n + 1));
  host.speed_y = array(n * (n + 1));
  host.displacement = array(n * (n + 1));
  host.swept = array(NMAT * n * (n + 1));
  TRY(mirhydro_options_init(&options, sizeof options));
  options.model = model;
  TRY(mirhydro_reconstructor_create(method, &options, &host.rec)); /* once: it plans, and reads the model */
  TRY(mirhydro_reconstruction_create(&host.r));
  TRY(mirhydro_flushed_create(&host.flushed));
  set_materials(&host);
  set_speeds(&host);
  return host;
}

static void destroy(Host* host) {
  mirhydro_flushed_destroy(host->flushed);
  mirhydro_reconstruction_destroy(host->r);
  mirhydro_reconstructor_destroy(host->rec);
  free(host->vf);
  free(host->fills);
  free(host->speed_x);
  free(host->speed_y);
  free(host->displacement);
  free(host->swept);
}

static void set_fills(Host* host) {
  const long cells = host->n * host->n;
  for (long k = 0; k < cells; ++k) {
    long most = 0;
    for (long m = 1; m < NMAT; ++m)
      if (host->vf[m * cells + k] > host->vf[most * cells + k]) most = m;
    for (long m = 0; m < NMAT; ++m) host->fills[m * cells + k] = m == most ? 1 : 0;
  }
}

static void sweep(Host* host, int axis, double cells_per_speed) {
  const long n = host->n, cells = n * n;
  const long rows = axis == MIRHYDRO_X ? n : n + 1, columns = axis == MIRHYDRO_X ? n + 1 : n;
  const long next = axis == MIRHYDRO_X ? 1 : columns;
  const double* speed = axis == MIRHYDRO_X ? host->speed_x : host->speed_y;
  double *vf = host->vf, *swept = host->swept, *displacement = host->displacement;
  const mirhydro_view field = mirhydro_view_3d(vf, MIRHYDRO_FLOAT64, NMAT, n, n);
  const mirhydro_view faces = mirhydro_view_2d(displacement, MIRHYDRO_FLOAT64, rows, columns);
  const mirhydro_view out = mirhydro_view_3d(swept, MIRHYDRO_FLOAT64, NMAT, rows, columns);
  const int32_t *gone_cells, *gone_material;
  int64_t gone;
  for (long k = 0; k < n * (n + 1); ++k) displacement[k] = speed[k] * cells_per_speed;
  TRY(mirhydro_reconstruct(host->rec, &field, NULL, NULL, host->r));
  TRY(mirhydro_swept(host->r, axis, &faces, &out, flush, host->flushed));
  for (long m = 0; m < NMAT; ++m)
    for (long j = 0; j < n; ++j)
      for (long i = 0; i < n; ++i) {
        const double* low = &swept[(m * rows + j) * columns + i];
        vf[m * cells + j * n + i] = vf[m * cells + j * n + i] - (low[next] - low[0]);
      }
  TRY(mirhydro_flushed_get(host->flushed, &gone, &gone_cells, &gone_material, NULL));
  for (int64_t k = 0; k < gone; ++k) {
    const long m = gone_material[k], j = gone_cells[2 * k], i = gone_cells[2 * k + 1];
    const double* low = &swept[(m * rows + j) * columns + i];
    vf[m * cells + j * n + i] = (low[0] > 0 ? low[0] : 0) - (low[next] < 0 ? low[next] : 0);
  }
  for (long j = 0; j < n; ++j)
    for (long i = 0; i < n; ++i) {
      const double* low = &displacement[j * columns + i];
      const double stretch = low[next] - low[0];
      double sum = 0;
      for (long k = j * n + i; k < NMAT * cells; k += cells) {
        const double moved = vf[k] + host->fills[k] * stretch;
        vf[k] = moved > 0 ? moved : 0;
        sum = sum + vf[k];
      }
      for (long k = j * n + i; k < NMAT * cells; k += cells) vf[k] = vf[k] / sum;
    }
}

static void step(Host* host, int k, double dt) {
  const double factor = cos(pi * (((double)k + .5) * dt) / period), cells_per_speed = factor * dt / host->h;
  set_fills(host);
  sweep(host, k % 2 == 0 ? MIRHYDRO_X : MIRHYDRO_Y, cells_per_speed);
  sweep(host, k % 2 == 0 ? MIRHYDRO_Y : MIRHYDRO_X, cells_per_speed);
}

static uint64_t hash(const double* values, long size) {
  uint64_t h = 0x12345678, bits;
  for (long k = 0; k < size; ++k) {
    memcpy(&bits, &values[k], sizeof bits);
    h ^= bits;
    h ^= h << 13, h ^= h >> 7, h ^= h << 17;
  }
  return h;
}

int main(int argc, char** argv) {
  const long n = argc > 2 ? atol(argv[2]) : 64, size = NMAT * n * n;
  if (argc < 2 || n < 4) {
    fprintf(stderr, "advection METHOD [N [MODEL [STEPS [FILE]]]], N >= 4\n");
    return 2;
  }
  Host host = create(argv[1], argc > 3 && strcmp(argv[3], "-") != 0 ? argv[3] : NULL, n);
  double* start = array(size);
  memcpy(start, host.vf, (size_t)size * sizeof *start);
  const int all = (int)ceil(period / (cfl * host.h) * (1 - 1e-12)), asked = argc > 4 ? atoi(argv[4]) : 0;
  for (int k = 0; k < (asked > 0 ? asked : all); ++k) step(&host, k, period / all);

  printf("material  area                    misplaced\n");
  for (long m = 0; m < NMAT; ++m) {
    double area = 0, misplaced = 0;
    for (long k = m * n * n; k < (m + 1) * n * n; ++k) {
      area = area + host.vf[k];
      misplaced = misplaced + fabs(host.vf[k] - start[k]);
    }
    printf("%8ld  %.16e  %.16e\n", m + 1, area * host.h * host.h, misplaced * host.h * host.h);
  }
  printf("hash %016llx\n", (unsigned long long)hash(host.vf, size));
  if (argc > 5) {
    FILE* file = fopen(argv[5], "wb");
    const int whole = file != NULL && fwrite(host.vf, sizeof(double), (size_t)size, file) == (size_t)size;
    if (file == NULL || fclose(file) != 0 || !whole) {
      fprintf(stderr, "%s cannot be written\n", argv[5]);
      return 1;
    }
  }
  free(start);
  destroy(&host);
  return 0;
}
