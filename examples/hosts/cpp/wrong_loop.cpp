// The mistake beside its cure: what a time step costs where it makes its Reconstructor and Reconstruction anew.
//   wrong_loop [METHOD [N]]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include <mirhydro/mirhydro.hpp>

using mirhydro::View;

static double microseconds() { // of this process: other work on the machine does not count
  std::timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return 1e6 * double(now.tv_sec) + 1e-3 * double(now.tv_nsec);
}

int main(int argc, char** argv) try {
  const std::string method = argc > 1 ? argv[1] : "neural";
  const std::ptrdiff_t n = argc > 2 ? std::atoi(argv[2]) : 64;
  std::vector<double> vf(std::size_t(2 * n * n)), displacement(std::size_t(n * (n + 1)), .3),
      out(2 * displacement.size());
  mirhydro::volume_fractions({mirhydro::Shape::circle(.5, .5, .3)}, {}, {vf.data(), {2, n, n}});
  const View<const double, 3> fractions(vf.data(), {2, n, n});
  const View<const double, 2> faces(displacement.data(), {n, n + 1});
  const View<double, 3> swept(out.data(), {2, n, n + 1});

  const mirhydro::Reconstructor kept(method);
  mirhydro::Reconstruction reused;
  std::vector<double> wrong, right;
  for (int step = 0; step < 51; ++step) {
    double start = microseconds();
    {
      const mirhydro::Reconstructor rec(method); // reads and checks the model, at every step
      mirhydro::Reconstruction r;                // takes and returns its memory, at every step
      rec(fractions, r);
      r.swept(mirhydro::Axis::x, faces, swept);
    }
    wrong.push_back(microseconds() - start);
    start = microseconds();
    kept(fractions, reused);
    reused.swept(mirhydro::Axis::x, faces, swept);
    right.push_back(microseconds() - start);
  }
  std::sort(wrong.begin(), wrong.end());
  std::sort(right.begin(), right.end());
  const double w = wrong[wrong.size() / 2], r = right[right.size() / 2];
  std::printf("%s, %td x %td, %td mixed cells, microseconds a step\n", method.c_str(), n, n, reused.size());
  std::printf("made in the loop   %9.1f\nmade once          %9.1f\nthe mistake costs  %9.1f times as much\n", w, r,
              w / r);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
