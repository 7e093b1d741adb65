// Warm calls allocate nothing, and no allocation that fails leaks or spoils anything: operator new counts, and fails at
// the n-th call for every n.
#include <cstdlib>
#include <new>
#include <string>

#include "check.hpp"
#include "counting_new.h"
#include "fields.hpp"

namespace {

using fields::Field;
using mirhydro::Axis;
using mirhydro::View;

/// A host's arrays and its time step.
struct Host {
  Field field;
  std::vector<double> dx, dy, out_x, out_y;
  std::string method;

  Host(std::string method_, std::ptrdiff_t nmat, std::ptrdiff_t n, std::uint64_t seed)
      : field(1, 1, 1), method(std::move(method_)) {
    fields::Random random(seed);
    field = fields::random_field(random, nmat, n, n);
    dx = fields::random_displacement(random, n, n + 1, false);
    dy = fields::random_displacement(random, n + 1, n, true);
    out_x.resize(std::size_t(nmat * n * (n + 1)));
    out_y.resize(out_x.size());
  }
  void step(const mirhydro::Reconstructor& rec, mirhydro::Reconstruction& r) {
    rec(field.view(), r, field.inputs(method));
    const std::ptrdiff_t n = field.ny;
    r.swept(Axis::x, View<const double, 2>(dx.data(), {n, n + 1}),
            View<double, 3>(out_x.data(), {field.nmat, n, n + 1}));
    r.swept(Axis::y, View<const double, 2>(dy.data(), {n + 1, n}),
            View<double, 3>(out_y.data(), {field.nmat, n + 1, n}), 1e-10);
  }
};

void warm_steps_allocate_nothing(const std::string& method, std::ptrdiff_t nmat) {
  const bool stretched = nmat == 2;
  mirhydro::Options options;
  if (stretched) options.spacing_x.assign(20, .5), options.spacing_y.assign(20, 2);
  const mirhydro::Reconstructor rec(method, options);
  mirhydro::Reconstruction r;
  Host host(method, nmat, 20, 3);
  for (int k = 0; k < 3; ++k) host.step(rec, r);
  const std::int64_t before = counted_allocations();
  for (int k = 0; k < 5; ++k) host.step(rec, r);
  if (!CHECK(counted_allocations() == before))
    std::printf("  %s, %td materials: %lld allocations in five warm steps\n", method.c_str(), nmat,
                static_cast<long long>(counted_allocations() - before));
}

/// Every allocation of a first step fails once. The error arrives, the earlier result stays, the objects go on working.
void a_failed_allocation_spoils_nothing(const std::string& method, int threads) {
  Host small(method, 3, 6, 4), large(method, 3, 24, 5);
  mirhydro::Options options;
  options.threads = threads;
  mirhydro::Reconstructor fresh(method, options);
  mirhydro::Reconstruction truth;
  large.step(fresh, truth);
  const std::vector<double> wanted = large.out_x;
  small.step(fresh, truth), large.step(fresh, truth); // scratch of this thread is warm from here on
  const std::int64_t lived = living_allocations();
  int failed = 0;
  for (std::int64_t n = 0; n < 100000; ++n) {
    mirhydro::Reconstruction r;
    small.step(fresh, r);
    const std::ptrdiff_t size = r.size();
    fail_allocation_after(long(n));
    bool refused = false;
    try {
      large.step(fresh, r);
    } catch (const std::bad_alloc&) {
      refused = true;
    } catch (const std::exception& error) {
      std::printf("  %s: %s\n", method.c_str(), error.what());
      CHECK(false);
    }
    fail_allocation_after(-1);
    if (!refused) break;
    ++failed;
    CHECK(r.size() == size || r.size() == truth.size());
    large.step(fresh, r);
    CHECK(large.out_x == wanted);
  }
  CHECK(failed > 5);
  // helpers of a pool warm scratch of their own when they first get a part; leaks there are the sanitizer's to find
  if (threads == 1) CHECK(living_allocations() == lived);
}

/// Geometry that returns vectors, and objects that are moved.
void geometry_gives_back_what_it_takes(const std::string& method) {
  Host host(method, 3, 16, 6);
  const std::int64_t lived = living_allocations();
  {
    const mirhydro::Reconstructor rec(method);
    mirhydro::Reconstruction r;
    host.step(rec, r);
    for (std::int64_t n = 0; n < 40; ++n) {
      fail_allocation_after(long(n));
      try {
        const auto p = r.polygons();
        const auto s = r.segments();
        const auto c = r.contours();
        CHECK(p.cell.size() >= s.cell.size() && c.offsets.size() > 1);
      } catch (const std::bad_alloc&) {
      }
      fail_allocation_after(-1);
    }
    mirhydro::Reconstruction moved = std::move(r);
    host.step(rec, moved);
    rec(host.field.view(), r, host.field.inputs(method)); // a result that was moved from can be used again
    CHECK(r.size() == moved.size());
  }
  CHECK(living_allocations() == lived);
}

} // namespace

int main() {
  trap_floating_point();
  for (const std::string& method : fields::methods()) {
    for (const std::ptrdiff_t nmat : {2, 3, 6}) warm_steps_allocate_nothing(method, nmat);
    a_failed_allocation_spoils_nothing(method, 1);
    geometry_gives_back_what_it_takes(method);
  }
  a_failed_allocation_spoils_nothing("youngs", 3);
  return report("allocation");
}
