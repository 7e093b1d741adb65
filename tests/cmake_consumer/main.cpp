// A host's time step in C++17: reconstruct, sweep, and see a refusal as an exception.
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

#include <mirhydro/mirhydro.hpp>

int main() {
  constexpr std::ptrdiff_t ny = 3, nx = 4;
  std::vector<double> vf(2 * ny * nx), displacement(ny * (nx + 1), .3), swept(2 * ny * (nx + 1));
  const mirhydro::View<double, 3> fractions(vf.data(), {2, ny, nx});
  for (std::ptrdiff_t j = 0; j < ny; ++j)
    for (std::ptrdiff_t i = 0; i < nx; ++i) {
      fractions(0, j, i) = i == 0 ? 1 : i == 1 ? .25 : 0;
      fractions(1, j, i) = 1 - fractions(0, j, i);
    }
  const mirhydro::Reconstructor rec("elvira");
  mirhydro::Reconstruction r;
  rec(fractions, r);
  const mirhydro::View<double, 3> out(swept.data(), {2, ny, nx + 1});
  r.swept(mirhydro::Axis::x, mirhydro::View<double, 2>(displacement.data(), {ny, nx + 1}), out);
  std::printf("%s: %td mixed cells, swept %g\n", mirhydro::instruction_set().c_str(), r.size(), out(1, 1, 2));
  if (r.size() != ny || std::abs(out(1, 1, 2) - .3) > 1e-15 || std::abs(out(0, 1, 1) - .3) > 1e-15) return 1;

  try {
    const mirhydro::Engine engine("nothing");
    return 4;
  } catch (const mirhydro::Error& error) {
    std::printf("%s\n", error.what());
  }

  fractions(1, 2, 3) = -.2;
  try {
    rec(fractions, r);
  } catch (const mirhydro::Error& error) {
    const bool named = std::string(error.what()).find("vf[1, 2, 3] = -0.2") != std::string::npos;
    return named && error.status() == mirhydro::Status::bad_argument ? 0 : 2;
  }
  return 3;
}
