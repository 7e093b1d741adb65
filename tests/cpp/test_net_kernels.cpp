// The kernels of the nets against a forward pass in double precision, and against each other to the last bit: every set
// of instructions, any number of cells, any place in the block.
#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "check.hpp"
#include "engine/native/net_kernels.hpp"
#include "nets.hpp"

namespace {

using mirhydro::engine::native::NetKernel;
using mirhydro::engine::native::NetKernels;
using mirhydro::neural::StencilNet;
constexpr int block = mirhydro::plic::block;

struct alignas(64) Floats {
  float value[16];
};
/// Memory as the kernels want it, filled with what must not come out.
struct Buffer {
  std::vector<Floats> rows;
  explicit Buffer(std::size_t floats) : rows((floats + 15) / 16) {
    for (Floats& row : rows)
      for (float& x : row.value) x = 1e30f;
  }
  float* data() { return rows.data()->value; }
};

struct Case {
  int inputs;
  std::vector<int> hidden;
  int nodes;
};
const std::vector<Case> cases = {{55, {64, 64}, 4}, {55, {48, 48}, 3}, {55, {32}, 2}, {53, {64, 64}, 4},
                                 {1, {1}, 2},       {7, {5, 3, 9}, 2}, {55, {33}, 3}, {2, {2, 2, 2, 2}, 4},
                                 {64, {130}, 2},    {3, {17, 6}, 4}};

std::vector<float> outputs_of(const StencilNet& net, const NetKernels& set, bool rounded,
                              const std::vector<float>& batch, int cells) {
  Buffer in(std::size_t(net.inputs() * block)), out(std::size_t(net.outputs() * block)), scratch(net.scratch());
  std::vector<float> result(std::size_t(cells * net.outputs()), -1.f);
  set.gather(batch.data(), net.inputs(), 1, cells, net.inputs(), in.data());
  (rounded ? set.bfloat16 : set.float32)(net, in.data(), out.data(), scratch.data(), cells);
  set.scatter(out.data(), cells, net.outputs(), result.data(), net.outputs(), 1);
  return result;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

void every_set_agrees(const Case& c, unsigned seed) {
  const StencilNet net = nets::random_net(c.inputs, c.hidden, c.nodes, seed);
  const std::vector<float> batch = nets::random_batch(block, c.inputs, seed + 1);
  for (const bool rounded : {false, true}) {
    const std::vector<float> wanted =
        outputs_of(net, *mirhydro::engine::native::all_net_kernels().front(), rounded, batch, block);
    double worst = 0;
    for (int cell = 0; cell < block; ++cell) {
      const auto truth = nets::forward(net, batch.data() + cell * c.inputs, rounded);
      for (std::size_t o = 0; o < truth.size(); ++o)
        worst = std::max(worst,
                         std::abs(truth[o] - wanted[std::size_t(cell) * truth.size() + o]) / (1 + std::abs(truth[o])));
    }
    // in bfloat16 an activation that float32 sums round the other way moves by 2^-8 of itself
    if (!CHECK(worst < (rounded ? 2e-2 : 2e-5))) std::printf("  %g\n", worst);
    for (const NetKernels* set : mirhydro::engine::native::all_net_kernels())
      for (const int cells : {1, 2, 15, 16, 17, 31, 33, 48, 49, 63, 64}) {
        const auto got = outputs_of(net, *set, rounded, batch, cells);
        const std::vector<float> part(wanted.begin(), wanted.begin() + cells * net.outputs());
        if (!CHECK(same_bits(got, part))) std::printf("  %s, %d cells, rounded %d\n", set->name, cells, rounded);
      }
  }
}

/// A cell moved to another place of the block, among other cells, has the same outputs.
void place_does_not_matter() {
  const StencilNet net = nets::random_net(55, {64, 64}, 4, 7);
  const std::vector<float> batch = nets::random_batch(block, 55, 8);
  for (const NetKernels* set : mirhydro::engine::native::all_net_kernels())
    for (const bool rounded : {false, true}) {
      const auto wanted = outputs_of(net, *set, rounded, batch, block);
      std::vector<float> turned(batch.size());
      for (int cell = 0; cell < block; ++cell)
        std::copy_n(batch.data() + cell * 55, 55, turned.data() + (cell * 37 + 11) % block * 55);
      const auto got = outputs_of(net, *set, rounded, turned, block);
      for (int cell = 0; cell < block; ++cell)
        CHECK(std::memcmp(got.data() + (cell * 37 + 11) % block * net.outputs(), wanted.data() + cell * net.outputs(),
                          sizeof(float) * std::size_t(net.outputs())) == 0);
    }
}

/// A NaN comes out of its own cell, and of no other.
void a_nan_stays_in_its_cell() {
  const StencilNet net = nets::random_net(55, {64, 64}, 4, 9);
  std::vector<float> batch = nets::random_batch(block, 55, 10);
  batch[21 * 55 + 3] = std::numeric_limits<float>::quiet_NaN();
  for (const NetKernels* set : mirhydro::engine::native::all_net_kernels())
    for (const bool rounded : {false, true}) {
      const auto got = outputs_of(net, *set, rounded, batch, block);
      for (int n = 0; n < block * net.outputs(); ++n) {
        const bool nan = got[std::size_t(n)] != got[std::size_t(n)];
        if (!CHECK(nan == (n / net.outputs() == 21))) return;
      }
    }
}

void any_strides() {
  const std::vector<float> batch = nets::random_batch(block, 40, 11);
  for (const NetKernels* set : mirhydro::engine::native::all_net_kernels())
    for (const int cells : {1, 9, 64})
      for (const int features : {1, 8, 19}) {
        Buffer in(std::size_t(features * block));
        std::vector<float> back(batch.size(), -7.f);
        // every second column from the end, rows upside down
        set->gather(batch.data() + 63 * 40 + 39, -40, -2, cells, features, in.data());
        for (int cell = 0; cell < (cells + 15) / 16 * 16; ++cell)
          for (int f = 0; f < features; ++f)
            CHECK(in.data()[f * block + cell] ==
                  (cell < cells ? batch[std::size_t((63 - cell) * 40 + 39 - 2 * f)] : 0));
        set->scatter(in.data(), cells, features, back.data() + 63 * 40 + 39, -40, -2);
        for (int n = 0; n < block * 40; ++n) {
          const int cell = 63 - n / 40, f = (39 - n % 40) / 2;
          const bool ours = cell < cells && f < features && (39 - n % 40) % 2 == 0;
          CHECK(back[std::size_t(n)] == (ours ? batch[std::size_t(n)] : -7.f));
        }
      }
}

/// (2^47 - 1) / 2^48 is a product of two floats, a hair below a half: beside an odd whole number of 24 bits a sum that
/// is rounded to double first becomes a tie, and then the wrong neighbour.
void sums_are_rounded_once() {
  const float x = 10610063.f / 16777216.f, w = 13264529.f / 16777216.f, odd = 8388609.f;
  std::vector<float> weight, bias;
  for (int o = 0; o < 10; ++o) weight.push_back(o % 2 == 0 ? w : -w), bias.push_back(o % 4 < 2 ? odd : -odd);
  const StencilNet net(2, {{1, 10, weight, bias}});
  for (const NetKernels* set : mirhydro::engine::native::all_net_kernels())
    CHECK(same_bits(outputs_of(net, *set, false, {x}, 1), bias));
}

void rounding_is_to_nearest_even() {
  using mirhydro::neural::bfloat16_bits;
  const auto rounded = [](std::uint32_t bits) { return bfloat16_bits(std::bit_cast<float>(bits)); };
  CHECK(rounded(0x3f808000) == 0x3f800000 && rounded(0x3f818000) == 0x3f820000 && rounded(0x3f808001) == 0x3f810000);
  CHECK(rounded(0x00000001) == 0 && rounded(0x807fffff) == 0x80000000 && rounded(0x7f800000) == 0x7f800000);
  CHECK(rounded(0x7f7fffff) == 0x7f800000 && (rounded(0x7f800001) & 0x7fffffff) > 0x7f800000);
}

} // namespace

int main() try {
  a_nan_stays_in_its_cell(); // the comparison with a NaN raises a flag
  trap_floating_point();
  unsigned seed = 0;
  for (const Case& c : cases) every_set_agrees(c, seed += 10);
  place_does_not_matter();
  any_strides();
  rounding_is_to_nearest_even();
  sums_are_rounded_once();
  for (const NetKernels* set : mirhydro::engine::native::all_net_kernels()) std::printf("%s ", set->name);
  return report("net kernels");
} catch (const std::exception& error) {
  return report(error);
}
