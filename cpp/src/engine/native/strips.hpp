#pragma once
// Nets without pooling, one sample at a time: its columns are shared out among the lanes. A sample's planes stay in the
// second-level cache, and one sample fills the lanes as well as many do. The same sums in the same order as elsewhere.
#include <cstddef>
#include <cstring>

#include "engine/native/patches.hpp"
#include "engine/native/transpose.hpp"
#include "neural/tiles.hpp"

namespace mirhydro::engine::native::inline MIRHYDRO_ISA {

/// Planes of one image. Lane l holds columns l * width to (l + 1) * width - 1, between one more on either side.
struct Strips {
  static constexpr int side = neural::image_side, lanes = Pack::lanes, width = side / lanes;
  static constexpr std::ptrdiff_t channel = std::ptrdiff_t(width + 2) * lanes;
  float* data;
  int channels;

  std::ptrdiff_t row() const { return channel * channels; }
  float* at(int c, int j, int i) const { return data + (j + 1) * row() + c * channel + std::ptrdiff_t(i + 1) * lanes; }

  /// Zeros below and above the image.
  void clear_border() const {
    for (const int j : {-1, side})
      for (std::ptrdiff_t k = 0; k < row(); k += lanes) Pack::all(0).store(at(0, j, -1) + k);
  }
  /// The columns beside each strip, of a row that has been written: a neighbour's, or zeros beyond the image.
  void join(int j) const {
    float beside[lanes + 2];
    beside[0] = beside[lanes + 1] = 0;
    for (int c = 0; c < channels; ++c) {
      Pack::load(at(c, j, width - 1)).store(beside + 1);
      Pack::load(beside).store(at(c, j, -1));
      Pack::load(at(c, j, 0)).store(beside + 1);
      Pack::load(beside + 2).store(at(c, j, width));
    }
  }
  /// A row of the image, pixels value(i); and one of its pixels.
  template <class Value> void put(int j, Value&& value) const {
    for (int l = 0; l < lanes; ++l)
      for (int i = 0; i < width; ++i) at(0, j, i)[l] = value(l * width + i);
  }
  float pixel(int j, int i) const { return at(0, j, i % width)[i / width]; }
};

/// Rows of planes, of a convolution (ahead = 1) or a transposed one (-1).
template <int ahead> void run_stage(const PackedStage& stage, const Strips& in, const Strips& out, int begin, int end) {
  in.clear_border();
  for (int j = begin; j < end; ++j) {
    convolve_row<ahead>(stage.sums[0], {in.at(0, j, 0), Strips::channel, in.row(), out.at(0, j, 0), Strips::channel,
                                        Pack::lanes, Strips::width, !stage.last});
    out.join(j);
  }
}

/// The memory of a call.
struct StripMemory {
  float *planes[2], *kept, *flat, *code;
  std::ptrdiff_t sample; ///< floats of a sample's innermost planes in `kept`
  StripMemory(const PackedAutoencoder& net, float* scratch) : sample(std::ptrdiff_t(net.flat)) {
    const std::size_t plane = net.strip_plane(Pack::lanes) * std::size_t(Pack::lanes);
    planes[0] = scratch, planes[1] = scratch + plane;
    kept = planes[1] + plane, flat = kept + net.flat * Pack::lanes, code = flat + net.flat * Pack::lanes;
  }
};

/// Innermost planes of the samples, pack by pack, between `kept` (lanes: strips) and `flat` (lanes: samples).
inline void turn(const StripMemory& m, bool to_samples) {
  constexpr int lanes = Pack::lanes, width = Strips::width;
  for (std::ptrdiff_t row = 0; row < m.sample; row += Strips::side)
    for (int i = 0; i < width; ++i) {
      float *const strip = m.kept + row + std::ptrdiff_t(i) * lanes, *const pixel = m.flat + (row + i) * lanes;
      if (to_samples)
        transpose(strip, m.sample, lanes, lanes, pixel, std::ptrdiff_t(width) * lanes);
      else
        transpose(pixel, std::ptrdiff_t(width) * lanes, lanes, lanes, strip, m.sample);
    }
}

/// Pixels of innermost planes in their order: number(pixel, the place in `kept` of sample 0).
template <class Number> void by_pixels(const StripMemory& m, Number&& number) {
  for (std::ptrdiff_t row = 0; row < m.sample; row += Strips::side)
    for (int i = 0; i < Strips::side; ++i)
      number(row + i, row + std::ptrdiff_t(i % Strips::width) * Pack::lanes + i / Strips::width);
}

/// `kept` through the dense layers.
inline void through_the_code(const PackedAutoencoder& net, const StripMemory& m, int samples) {
  constexpr int lanes = Pack::lanes;
  if (samples == 1) {
    by_pixels(m, [&](std::ptrdiff_t pixel, std::ptrdiff_t place) { m.flat[pixel] = m.kept[place]; });
    dense(net.squeeze, m.flat, m.code);
    dense(net.expand, m.code, m.flat);
    by_pixels(m, [&](std::ptrdiff_t pixel, std::ptrdiff_t place) { m.kept[place] = m.flat[pixel]; });
    return;
  }
  for (std::ptrdiff_t k = samples * m.sample; k < lanes * m.sample; k += lanes)
    Pack::all(0).store(m.kept + k); // harmless samples
  turn(m, true);
  sums<1>(net.squeeze, {m.flat, lanes, 0, m.code, lanes, lanes, 1, true});
  sums<1>(net.expand, {m.code, lanes, 0, m.flat, lanes, lanes, 1, true});
  turn(m, false);
}

/// Samples one by one through the encoder, all through the dense layers, and one by one through rows [begin, end) of
/// the image: paint(sample, planes of the image), result(sample, the same).
template <class Paint, class Result>
void run_strips(const PackedAutoencoder& net, const StripMemory& m, int samples, int begin, int end, Paint&& paint,
                Result&& result) {
  constexpr int side = Strips::side;
  const auto innermost = [&](int s, const Strips& planes, bool keep) {
    float* kept = m.kept + s * m.sample;
    for (int c = 0; c < net.channels; ++c)
      for (int j = 0; j < side; ++j, kept += side)
        keep ? std::memcpy(kept, planes.at(c, j, 0), side * sizeof(float))
             : std::memcpy(planes.at(c, j, 0), kept, side * sizeof(float));
  };
  for (int s = 0; s < samples; ++s) {
    Strips in{m.planes[0], 1};
    paint(s, in);
    for (int j = 0; j < side; ++j) in.join(j);
    for (std::size_t k = 0; k < net.encoder.size(); ++k) {
      const Strips out{m.planes[(k + 1) % 2], net.channels};
      run_stage<1>(net.encoder[k], in, out, 0, side);
      in = out;
    }
    innermost(s, in, true);
  }
  through_the_code(net, m, samples);
  const int stages = int(net.decoder.size());
  for (int s = 0; s < samples; ++s) {
    Strips in{m.planes[0], net.channels};
    innermost(s, in, false);
    for (int j = 0; j < side; ++j) in.join(j);
    for (int k = 0; k < stages; ++k) {
      const int more = stages - 1 - k; // rows around those wanted that the next stages read
      const Strips out{m.planes[(k + 1) % 2], k + 1 < stages ? net.channels : 1};
      run_stage<-1>(net.decoder[std::size_t(k)], in, out, begin > more ? begin - more : 0,
                    end + more < side ? end + more : side);
      in = out;
    }
    result(s, in);
  }
}

} // namespace mirhydro::engine::native::inline MIRHYDRO_ISA
