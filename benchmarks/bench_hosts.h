/* One time step of a host in each language: reconstruct, and sweep along x. */
#ifndef BENCH_HOSTS_H
#define BENCH_HOSTS_H
#ifdef __cplusplus
extern "C" {
#endif
enum { BENCH_NX = 64, BENCH_NY = 8, BENCH_NMAT = 2 }; /* 64 mixed cells: one a column */
/* Arrays of these extents, and a count of steps; 0, or a status. */
int c_steps(double* vf, double* displacement, double* swept, int count);
#ifdef BENCH_FORTRAN
int fortran_steps(double* vf, double* displacement, double* swept, int count);
#endif
#ifdef __cplusplus
}
#endif
#endif
