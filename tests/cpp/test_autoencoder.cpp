// The kernels of autoencoders against a forward pass in double precision, and against each other to the last bit: every
// set of instructions, any number of samples, any place among them; tiles against whole images.
#include <atomic>
#include <cstdlib>
#include <limits>
#include <new>

#include <mirhydro/error.hpp>

#include "autoencoders.hpp"
#include "check.hpp"
#include "counting_new.h"
#include "engine/native/native_engine.hpp"
#include "engine/native/net_kernels.hpp"
#include "neural/tiles.hpp"

namespace {

using autoencoders::Autoencoder, autoencoders::AutoencoderShape;
using mirhydro::View;
using mirhydro::engine::native::AutoencoderKernels, mirhydro::engine::native::PackedAutoencoder;
constexpr int pixels = 64 * 64;

std::vector<float> random_values(std::size_t count, unsigned seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<float> value(-1, 1);
  std::vector<float> values(count);
  for (float& x : values) x = value(random);
  return values;
}

/// All samples of a batch by one set, as many at a time as it takes; scratch holds what must not come out.
std::vector<float> outputs_of(const Autoencoder& unpacked, const AutoencoderKernels& set, bool tiles,
                              const std::vector<float>& batch, int most) {
  const PackedAutoencoder net(unpacked, set.lanes);
  const int in = tiles ? 64 : pixels, out = tiles ? (net.nodes + 1) * (net.nodes + 1) : pixels;
  const int samples = int(batch.size()) / in;
  struct alignas(64) Floats {
    float value[16];
  };
  std::vector<Floats> scratch(net.scratch(set.lanes) / 16 + 1);
  std::vector<float> result(std::size_t(samples * out), -1.f);
  for (int first = 0; first < samples;) {
    for (Floats& row : scratch)
      for (float& x : row.value) x = 1e30f;
    const int count = std::min({most, set.lanes, samples - first});
    (tiles ? set.tiles : set.images)(
        net, {batch.data() + first * in, in, 1, result.data() + first * out, out, 1, count}, scratch[0].value);
    first += count;
  }
  return result;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

const auto& sets() {
  static const auto all = mirhydro::engine::native::all_net_kernels();
  return all;
}

void a_member(const AutoencoderShape& shape, int samples) {
  const Autoencoder net = autoencoders::random_autoencoder(shape, 1);
  std::vector<float> tiles = random_values(std::size_t(samples) * 64, 2), images(std::size_t(samples * pixels));
  for (int s = 0; s < samples; ++s) mirhydro::neural::paint(tiles.data() + s * 64, images.data() + s * pixels);
  const int per_node = (shape.nodes + 1) * (shape.nodes + 1);
  // painted images take the tiles' way of computing a row once; noise does not
  const std::vector<float> noise = random_values(images.size(), 3);
  const auto wanted = outputs_of(net, sets().back()->autoencoder(), false, noise, 64);
  const auto painted = outputs_of(net, sets().back()->autoencoder(), false, images, 64);
  std::vector<float> nodes(std::size_t(samples * per_node));
  for (int s = 0; s < samples; ++s)
    mirhydro::neural::read_nodes(painted.data() + s * pixels, shape.nodes, nodes.data() + s * per_node);
  double worst = 0, largest = 1;
  for (int s = 0; s < std::min(samples, 2); ++s) {
    const auto truth = autoencoders::forward(net, noise.data() + s * pixels);
    for (int k = 0; k < pixels; ++k) {
      worst = std::max(worst, std::abs(truth[std::size_t(k)] - double(wanted[std::size_t(s * pixels + k)])));
      largest = std::max(largest, std::abs(truth[std::size_t(k)]));
    }
  }
  if (!CHECK(worst < 1e-5 * largest))
    std::printf("  %g, channels %d pool %d dilation %d bottleneck %d convolutions %d\n", worst, shape.channels,
                shape.pool, shape.dilation, shape.bottleneck, shape.convolutions);
  for (const auto* set : sets())
    for (const int most : {64, 3, 1}) {
      const AutoencoderKernels& kernels = set->autoencoder();
      bool good = CHECK(same_bits(outputs_of(net, kernels, true, tiles, most), nodes));
      if (most == 64 || shape.channels < 3)
        good &= CHECK(same_bits(outputs_of(net, kernels, false, noise, most), wanted));
      if (!good)
        std::printf("  %s, channels %d pool %d dilation %d\n", set->name, shape.channels, shape.pool, shape.dilation);
    }
}

/// A sample at another place among other samples; a NaN comes out of its own sample, and of no other.
void samples_are_alone() {
  const Autoencoder net = autoencoders::random_autoencoder({2, 2, 1, 8, 5, 2}, 4);
  const int samples = 16;
  const std::vector<float> batch = random_values(std::size_t(samples * pixels), 5);
  for (const auto* set : sets()) {
    const auto wanted = outputs_of(net, set->autoencoder(), false, batch, 64);
    std::vector<float> turned(batch.size());
    const auto place = [](int s) { return (s * 5 + 3) % samples; };
    for (int s = 0; s < samples; ++s) std::copy_n(batch.data() + s * pixels, pixels, turned.data() + place(s) * pixels);
    turned[std::size_t(place(3) * pixels + 77)] = std::numeric_limits<float>::quiet_NaN();
    const auto got = outputs_of(net, set->autoencoder(), false, turned, 64);
    for (int s = 0; s < samples; ++s) {
      const bool same =
          std::memcmp(got.data() + place(s) * pixels, wanted.data() + s * pixels, sizeof(float) * pixels) == 0;
      CHECK(same == (s != 3));
      for (int k = 0; k < pixels; ++k)
        if (!CHECK((got[std::size_t(place(s) * pixels + k)] != got[std::size_t(place(s) * pixels + k)]) == (s == 3)))
          return;
    }
  }
}

/// Any strides and threads, the same bits; nothing is allocated by a second call.
void the_engine_runs_batches() {
  using namespace mirhydro;
  EngineOptions options;
  const int samples = 37;
  const std::vector<float> batch = random_values(std::size_t(samples * pixels), 6);
  std::vector<float> wanted(batch.size()), got(batch.size(), -7.f);
  const std::ptrdiff_t n = samples;
  const View<const float, 2> in(batch.data(), {n, pixels});
  const auto engine =
      engine::native::autoencoder_engine(autoencoders::random_autoencoder({2, 2, 2, 8, 5, 2}, 7), options);
  engine->infer(in, View<float, 2>(wanted.data(), {n, pixels}));
  const long before = counted_allocations();
  engine->infer(in, View<float, 2>(wanted.data(), {n, pixels}));
  CHECK(counted_allocations() == before);
  options.threads = 3;
  const auto more =
      engine::native::autoencoder_engine(autoencoders::random_autoencoder({2, 2, 2, 8, 5, 2}, 7), options);
  View<float, 2> upside_down(got.data() + got.size() - 1, {n, pixels});
  upside_down.stride[0] = -pixels, upside_down.stride[1] = -1;
  more->infer(in, upside_down);
  std::reverse(got.begin(), got.end());
  CHECK(same_bits(got, wanted));
  options.precision = Precision::bfloat16;
  try {
    engine::native::autoencoder_engine(autoencoders::random_autoencoder({2, 2, 2, 8, 5, 2}, 7), options);
    CHECK(false);
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find("precision = \"bfloat16\"") == 0);
  }
}

} // namespace

int main() try {
  samples_are_alone(); // comparisons with a NaN raise a flag
  trap_floating_point();
  for (const int channels : {1, 2, 4})
    for (const int pool : {1, 2, 4})
      for (const int dilation : {1, 2})
        a_member({channels, pool, dilation, 8, 5, 2}, pool == 1 && channels > 2 ? 5 : 19);
  a_member({8, 2, 2, 3, 5, 4}, 5);
  a_member({7, 4, 1, 33, 4, 8}, 5);
  a_member({3, 2, 1, 1, 6, 1}, 17);
  a_member({5, 2, 2, 9, 1, 2}, 2);
  a_member({16, 4, 2, 16, 3, 2}, 2);
  the_engine_runs_batches();
  return report("autoencoder");
} catch (const std::exception& error) {
  return report(error);
}
