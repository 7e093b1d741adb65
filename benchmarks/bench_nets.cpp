// How close do the kernels of the nets come to what the core can do at all? Nets and the roof in turn, one block of 64
// cells in the cache, CPU time. One line of JSON.
#include <algorithm>
#include <cstdio>
#include <random>
#include <vector>

#include "engine/native/net_kernels.hpp"
#include "nets.hpp"
#include "roof.hpp"

namespace {

using mirhydro::engine::native::NetKernel;
constexpr int block = mirhydro::plic::block, rounds = 31;

struct alignas(64) Row {
  float value[block];
};

/// A net with memory to run in.
struct Bench {
  mirhydro::neural::StencilNet net;
  std::vector<Row> in, out, scratch;
  explicit Bench(mirhydro::neural::StencilNet n)
      : net(std::move(n)), in(std::size_t(net.inputs())), out(std::size_t(net.outputs())),
        scratch(net.scratch() / block + 1) {
    std::mt19937 random(1);
    std::normal_distribution<float> value(0, 1);
    for (Row& row : in)
      for (float& x : row.value) x = value(random);
  }
  double products() const {
    double sum = 0;
    for (const auto& layer : net.dense()) sum += double(layer.inputs) * layer.outputs;
    return sum;
  }
  double seconds(NetKernel kernel, int cells, int calls) {
    const double start = roof::cpu_seconds();
    for (int k = 0; k < calls; ++k) kernel(net, in[0].value, out[0].value, scratch[0].value, cells);
    return (roof::cpu_seconds() - start) / calls;
  }
};

double median(std::vector<double> v) {
  std::nth_element(v.begin(), v.begin() + std::ptrdiff_t(v.size() / 2), v.end());
  return v[v.size() / 2];
}

void figures(const char* name, const std::vector<int>& hidden, int nodes, bool last) {
  Bench bench(nets::random_net(55, hidden, nodes, 1));
  const auto& best = mirhydro::engine::native::net_kernels();
  std::vector<double> roof32, roof16, t32, t16, one32, one16;
  for (int round = 0; round < rounds; ++round) {
    roof32.push_back(roof::float32(best.name));
#if defined(__x86_64__)
    roof16.push_back(best.bfloat16_in_hardware ? roof::bfloat16() : roof32.back());
#else
    roof16.push_back(roof32.back());
#endif
    t32.push_back(bench.seconds(best.float32, block, 50));
    t16.push_back(bench.seconds(best.bfloat16, block, 50));
    one32.push_back(bench.seconds(best.float32, 1, 50));
    one16.push_back(bench.seconds(best.bfloat16, 1, 50));
  }
  const double n = bench.products();
  std::printf("\"%s\": {\"products\": %.0f, \"roof_float32\": %.4g, \"roof_bfloat16\": %.4g, \"float32\": %.4g, "
              "\"bfloat16\": %.4g, \"one_cell_us_float32\": %.3g, \"one_cell_us_bfloat16\": %.3g}%s",
              name, n, median(roof32) / n, median(roof16) / n, block / median(t32), block / median(t16),
              1e6 * median(one32), 1e6 * median(one16), last ? "" : ", ");
}

} // namespace

int main() {
  const auto& best = mirhydro::engine::native::net_kernels();
  std::printf("{\"kernels\": \"%s\", \"bfloat16_in_hardware\": %s, \"nets_per_second\": {", best.name,
              best.bfloat16_in_hardware ? "true" : "false");
  figures("55-64-64-26", {64, 64}, 4, false);
  figures("55-48-48-26", {48, 48}, 4, false);
  figures("55-48-48-17", {48, 48}, 3, false);
  figures("55-32-32-10", {32, 32}, 2, false);
  figures("55-32-10", {32}, 2, true);
  std::printf("}}\n");
  return 0;
}
