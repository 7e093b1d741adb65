// What does a time step cost from C and from Fortran, above the same calls from C++? 64 mixed cells, elvira, CPU time,
// languages interleaved, medians.
#include "bench_hosts.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

#include <mirhydro/mirhydro.hpp>

using mirhydro::View;

namespace {

constexpr std::ptrdiff_t nx = BENCH_NX, ny = BENCH_NY, nmat = BENCH_NMAT;

int cpp_steps(double* vf, double* displacement, double* swept, int count) {
  static const mirhydro::Reconstructor rec("elvira");
  static mirhydro::Reconstruction r;
  for (int k = 0; k < count; ++k) {
    rec(View<const double, 3>(vf, {nmat, ny, nx}), r);
    r.swept(mirhydro::Axis::x, View<const double, 2>(displacement, {ny, nx + 1}),
            View<double, 3>(swept, {nmat, ny, nx + 1}));
  }
  return r.size() == 64 || count == 0 ? 0 : 1;
}

double microseconds() {
  std::timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return 1e6 * double(now.tv_sec) + 1e-3 * double(now.tv_nsec);
}
double median(std::vector<double> v) {
  std::nth_element(v.begin(), v.begin() + std::ptrdiff_t(v.size() / 2), v.end());
  return v[v.size() / 2];
}

} // namespace

int main() {
  std::vector<double> vf(nmat * ny * nx), displacement(ny * (nx + 1), .3);
  mirhydro::volume_fractions({mirhydro::Shape::half_plane(0, .55, .001, 1)}, {}, {vf.data(), {nmat, ny, nx}});
  struct Language {
    const char* name;
    int (*steps)(double*, double*, double*, int);
    std::vector<double> swept = std::vector<double>(nmat * ny * (nx + 1)), time = {}, above = {};
  };
  std::vector<Language> languages;
  languages.push_back({"C++", cpp_steps});
  languages.push_back({"C", c_steps});
#ifdef BENCH_FORTRAN
  languages.push_back({"Fortran", fortran_steps});
#endif
  constexpr int rounds = 301, count = 100;
  for (int round = 0; round <= rounds; ++round) {
    for (std::size_t k = 0; k < languages.size(); ++k) { // another order in each round; round 0 warms up
      Language& language = languages[(k + std::size_t(round)) % languages.size()];
      const double start = microseconds();
      if (language.steps(vf.data(), displacement.data(), language.swept.data(), count) != 0) {
        std::printf("%s: a step failed\n", language.name);
        return 1;
      }
      if (round > 0) language.time.push_back((microseconds() - start) / count);
    }
    for (Language& language : languages)
      if (round > 0) language.above.push_back(language.time.back() - languages[0].time.back());
  }
  bool good = true;
  std::printf("reconstruct and swept, 64 mixed cells, elvira, microseconds\n");
  for (const Language& language : languages) {
    const double above = median(language.above);
    good = good && above <= 1 && language.swept == languages[0].swept;
    std::printf("%-8s %7.3f  %+7.3f above C++\n", language.name, median(language.time), above);
  }
  std::printf("%s\n",
              good ? "at most 1 microsecond above, the same bits" : "MORE than 1 microsecond above, or other bits");
  return good ? 0 : 1;
}
