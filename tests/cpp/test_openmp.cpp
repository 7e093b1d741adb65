// A host that calls from its own OpenMP region: an object of each thread, one that all share, and one whose own threads
// help. The bits of one thread, and not one thread more than the host asked for. libgomp tells TSan too little: what a
// race there would be is test_threads' to find.
#include <omp.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "check.hpp"
#include "fields.hpp"

using fields::Field;
using mirhydro::Axis;
using mirhydro::View;

namespace {

constexpr std::ptrdiff_t nmat = 3, n = 20;
constexpr int team = 4;

std::vector<double> step(const mirhydro::Reconstructor& rec, mirhydro::Reconstruction& r, const Field& f,
                         const std::string& method) {
  const std::vector<double> d(std::size_t(n * (n + 1)), .3);
  std::vector<double> out(std::size_t(nmat) * d.size());
  rec(f.view(), r, f.inputs(method));
  r.swept(Axis::x, View<const double, 2>(d.data(), {n, n + 1}), View<double, 3>(out.data(), {nmat, n, n + 1}));
  return out;
}

/// Threads of this process, where the system tells.
int threads_alive() {
  std::FILE* file = std::fopen("/proc/self/status", "r");
  if (file == nullptr) return 0;
  char line[256];
  int count = 0;
  while (std::fgets(line, sizeof line, file) != nullptr)
    if (std::sscanf(line, "Threads: %d", &count) == 1) break;
  std::fclose(file);
  return count;
}

void in_a_region(const std::string& method, const std::vector<Field>& some) {
  std::vector<std::vector<double>> wanted;
  const mirhydro::Reconstructor shared(method);
  for (const Field& f : some) {
    mirhydro::Reconstruction r;
    wanted.push_back(step(shared, r, f, method));
  }
  mirhydro::Options options;
  options.threads = 3;
  const mirhydro::Reconstructor helped(method, options);
  const int before = threads_alive();
  int wrong = 0, most = 0;
#pragma omp parallel num_threads(team) reduction(+ : wrong) reduction(max : most)
  {
    const mirhydro::Reconstructor own(method);
    mirhydro::Reconstruction mine;
    for (std::size_t turn = 0; turn < 3; ++turn) {
      const std::size_t k = (std::size_t(omp_get_thread_num()) + turn) % some.size();
      wrong += step(own, mine, some[k], method) != wanted[k];
      wrong += step(shared, mine, some[k], method) != wanted[k];
      most = std::max(most, threads_alive());
    }
  }
  CHECK(wrong == 0);
  CHECK(most == before);
#pragma omp parallel num_threads(team) reduction(+ : wrong) reduction(max : most)
  {
    mirhydro::Reconstruction mine;
    for (std::size_t k = 0; k < some.size(); ++k) wrong += step(helped, mine, some[k], method) != wanted[k];
    most = std::max(most, threads_alive());
  }
  CHECK(wrong == 0);
  CHECK(most <= before + options.threads - 1); // one pool, whoever comes first; the others work alone
}

/// Rows of cells shared out by the host, in a region inside a region.
void nested(const std::vector<Field>& some) {
  omp_set_max_active_levels(2);
  const mirhydro::Reconstructor rec("ppic");
  mirhydro::Reconstruction r;
  const std::vector<double> wanted = step(rec, r, some[0], "ppic");
  int wrong = 0;
#pragma omp parallel num_threads(2) reduction(+ : wrong)
#pragma omp parallel for num_threads(2) reduction(+ : wrong)
  for (int turn = 0; turn < 4; ++turn) {
    mirhydro::Reconstruction mine;
    wrong += step(rec, mine, some[0], "ppic") != wanted;
  }
  CHECK(wrong == 0);
}

} // namespace

int main() {
  trap_floating_point();
  fields::Random random(11);
  std::vector<Field> some;
  for (int k = 0; k < 3; ++k) some.push_back(fields::random_field(random, nmat, n, n));
#pragma omp parallel num_threads(team) // the team is there from here on
  trap_floating_point();
  for (const std::string& method : fields::methods()) in_a_region(method, some);
  nested(some);
  return report("openmp");
}
