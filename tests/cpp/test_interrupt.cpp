// A long call that its host wants to end: it ends, leaves the earlier result as it was, and the objects go on working.
#include <chrono>
#include <string>

#include <mirhydro/interrupt.hpp>

#include "check.hpp"
#include "fields.hpp"

using fields::Field;
using mirhydro::View;

namespace {

int asked = 0;
bool yes() { return ++asked > 0; }
bool no() { return ++asked < 0; }

/// One row of cells again and again: hours of work in little memory.
struct Endless {
  static constexpr std::ptrdiff_t rows = 1000000;
  Field one;
  View<const double, 3> vf;
  mirhydro::Inputs inputs;

  Endless(fields::Random& random, const std::string& method, std::ptrdiff_t nmat)
      : one(fields::random_field(random, nmat, 1, 64)), vf(one.vf.data(), {nmat, rows, 64}, {64, 0, 1}) {
    if (method == "mof") inputs.centroids = {one.centroids.data(), {nmat, rows, 64, 2}, {128, 0, 2, 1}};
  }
};

std::vector<double> fingerprint(const mirhydro::Reconstruction& r) {
  std::vector<double> volumes(std::size_t(r.size() * r.nmat()));
  r.volumes(View<double, 2>(volumes.data(), {r.size(), r.nmat()}));
  return volumes;
}

template <class Call> void ends_soon(Call&& call) {
  const auto begin = std::chrono::steady_clock::now();
  bool ended = false;
  try {
    call();
  } catch (const mirhydro::Interrupted&) {
    ended = true;
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  CHECK(ended);
  CHECK(seconds.count() < 5); // .05 and a block of cells, where the machine does nothing else
}

void a_call_ends(const std::string& method, std::ptrdiff_t nmat, int threads) {
  fields::Random random(13);
  const Endless endless(random, method, nmat);
  const Field small = fields::random_field(random, nmat, 12, 12);
  mirhydro::Options options;
  options.threads = threads;
  const mirhydro::Reconstructor rec(method, options);
  mirhydro::Reconstruction r;
  rec(small.view(), r, small.inputs(method));
  const std::vector<double> before = fingerprint(r);
  for (int turn = 0; turn < 2; ++turn) {
    CHECK(mirhydro::set_interrupt(yes) == nullptr);
    ends_soon([&] { rec(endless.vf, r, endless.inputs); });
    CHECK(fingerprint(r) == before);
    CHECK(mirhydro::set_interrupt(no) == yes);
    rec(small.view(), r, small.inputs(method)); // not told what the last one was
    CHECK(mirhydro::set_interrupt(nullptr) == no);
    CHECK(fingerprint(r) == before);
  }
}

void helpers_end_while_their_caller_waits() {
  fields::Random random(14);
  Field f = fields::random_field(random, 4, 3000, 64);
  for (std::ptrdiff_t m = 0; m < 4; ++m)
    for (std::ptrdiff_t k = 0; k < 2000 * 64; ++k) f(m, 0, k) = m == 0 ? 1 : 0; // the last thread has it all
  mirhydro::Options options;
  options.threads = 3;
  const mirhydro::Reconstructor rec("ppic", options);
  mirhydro::Reconstruction r;
  mirhydro::set_interrupt(yes);
  for (int turn = 0; turn < 8; ++turn) ends_soon([&] { rec(f.view(), r); }); // whoever that is
  mirhydro::set_interrupt(nullptr);
  CHECK(r.size() == 0);
}

/// Seconds in one row of six materials in every cell, which is not waited for.
void wide_rows_end_inside(const std::string& method) {
  fields::Random random(16);
  Field f(6, 3, 100000);
  for (std::ptrdiff_t k = 0; k < 3 * 100000; ++k) {
    double left = 1;
    for (std::ptrdiff_t m = 0; m < 5; ++m) left -= f(m, 0, k) = fields::uniform(random, .05, .15);
    f(5, 0, k) = left;
  }
  f.stack();
  const mirhydro::Reconstructor rec(method);
  mirhydro::Reconstruction r;
  mirhydro::set_interrupt(yes);
  ends_soon([&] { rec(f.view(), r, f.inputs(method)); });
  mirhydro::set_interrupt(nullptr);
}

void who_says_no_gets_the_result() {
  fields::Random random(15);
  const Field f = fields::random_field(random, 4, 64, 64);
  const mirhydro::Reconstructor rec("ppic");
  mirhydro::Reconstruction r, other;
  rec(f.view(), r);
  asked = 0;
  mirhydro::set_interrupt(no);
  for (int turn = 0; turn < 100 && asked == 0; ++turn) rec(f.view(), other);
  mirhydro::set_interrupt(nullptr);
  CHECK(asked > 0);
  CHECK(fingerprint(r) == fingerprint(other));
}

void an_engine_ends() {
  const std::ptrdiff_t n = 100000000;
  const mirhydro::Engine engine("neural");
  const std::vector<float> one(std::size_t(engine.input_shape()[0]), .25f);
  std::vector<float> out(std::size_t(engine.output_shape()[0]));
  const View<const float, 2> batch(one.data(), {n, std::ptrdiff_t(one.size())}, {0, 1});
  mirhydro::set_interrupt(yes);
  // every answer in one place: a fault of a host that is fine here, where all are the same
  ends_soon([&] { engine.infer(batch, {out.data(), {n, std::ptrdiff_t(out.size())}, {0, 1}}); });
  mirhydro::set_interrupt(nullptr);
}

} // namespace

int main() {
  trap_floating_point();
  for (const std::string& method : fields::methods())
    for (const std::ptrdiff_t nmat : {2, 4})
      for (const int threads : {1, 3}) a_call_ends(method, nmat, threads);
  helpers_end_while_their_caller_waits();
  for (const char* method : {"mof", "ppic"}) wide_rows_end_inside(method);
  who_says_no_gets_the_result();
  an_engine_ends();
  return report("interrupt");
}
