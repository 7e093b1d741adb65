// One Reconstructor in many threads, threads inside it, results shared by readers, and a fork after all that.
#include <array>
#include <cstdlib>
#include <string>
#include <thread>

#if defined(__unix__)
#include <sys/wait.h>
#include <unistd.h>
#endif

#include "check.hpp"
#include "fields.hpp"

using fields::Field;
using mirhydro::Axis;
using mirhydro::View;

namespace {

std::vector<double> swept(const mirhydro::Reconstruction& r, Axis axis, std::ptrdiff_t nmat, std::ptrdiff_t n) {
  const bool along_y = axis == Axis::y;
  const std::ptrdiff_t rows = n + (along_y ? 1 : 0), columns = n + (along_y ? 0 : 1);
  const std::vector<double> d(std::size_t(rows * columns), .3);
  std::vector<double> out(std::size_t(nmat * rows * columns));
  r.swept(axis, View<const double, 2>(d.data(), {rows, columns}), View<double, 3>(out.data(), {nmat, rows, columns}),
          1e-6);
  return out;
}

void many_callers(const std::string& method, int inner_threads) {
  fields::Random random(7);
  const std::ptrdiff_t nmat = 3, n = 24;
  std::vector<Field> some;
  for (int k = 0; k < 3; ++k) some.push_back(fields::random_field(random, nmat, n, n));
  mirhydro::Options options;
  options.threads = inner_threads;
  const mirhydro::Reconstructor alone(method), shared(method, options);
  std::vector<std::vector<double>> wanted;
  for (const Field& f : some) {
    mirhydro::Reconstruction r;
    alone(f.view(), r, f.inputs(method));
    wanted.push_back(swept(r, Axis::x, nmat, n));
  }
  mirhydro::Reconstruction common;
  shared(some[0].view(), common, some[0].inputs(method));
  std::array<int, 6> wrong{};
  std::vector<std::thread> callers;
  for (std::size_t c = 0; c < wrong.size(); ++c)
    callers.emplace_back([&, c] {
      mirhydro::Reconstruction mine;
      for (std::size_t turn = 0; turn < 6; ++turn) {
        const std::size_t k = (c + turn) % some.size();
        shared(some[k].view(), mine, some[k].inputs(method));
        wrong[c] += swept(mine, Axis::x, nmat, n) != wanted[k];
        wrong[c] += swept(common, Axis::x, nmat, n) != wanted[0]; // read by all at once
        Field bad = some[k];
        bad(0, n - 1, n - 1) = -1;
        try {
          shared(bad.view(), mine, bad.inputs(method));
          ++wrong[c];
        } catch (const mirhydro::Error&) {
        }
      }
    });
  for (std::thread& caller : callers) caller.join();
  for (const int count : wrong) CHECK(count == 0);
}

#if defined(__unix__)
/// The child has none of the parent's threads: it starts its own, and gets the same bits. An alarm ends it if it hangs.
void fork_after_use() {
  fields::Random random(8);
  const Field f = fields::random_field(random, 3, 40, 40);
  mirhydro::Options options;
  options.threads = 3;
  const mirhydro::Reconstructor rec("elvira", options);
  mirhydro::Reconstruction r;
  rec(f.view(), r);
  const std::vector<double> wanted = swept(r, Axis::x, 3, 40);
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    int wrong = 0;
    for (int turn = 0; turn < 3; ++turn) {
      mirhydro::Reconstruction mine;
      rec(f.view(), mine);
      wrong += swept(mine, Axis::x, 3, 40) != wanted;
      rec(f.view(), r);
      wrong += swept(r, Axis::x, 3, 40) != wanted;
    }
    _exit(wrong);
  }
  int status = -1;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  rec(f.view(), r);
  CHECK(swept(r, Axis::x, 3, 40) == wanted);
}
#endif

void objects_come_and_go() {
  fields::Random random(9);
  const Field f = fields::random_field(random, 2, 16, 16);
  for (int turn = 0; turn < 20; ++turn) {
    mirhydro::Options options;
    options.threads = 1 + turn % 4;
    mirhydro::Reconstructor rec("myc", options);
    mirhydro::Reconstruction r;
    if (turn % 2 == 0) rec(f.view(), r);
    mirhydro::Reconstructor moved = std::move(rec);
    moved(f.view(), r);
    CHECK(r.size() > 0);
  }
}

} // namespace

int main() {
  trap_floating_point();
  for (const std::string& method : fields::methods())
    for (const int threads : {1, 3}) many_callers(method, threads);
  objects_come_and_go();
#if defined(__unix__)
  if (std::getenv("MIRHYDRO_NO_FORK") == nullptr) fork_after_use();
#endif
  return report("threads");
}
