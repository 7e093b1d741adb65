#include "engine/native/autoencoder_kernels.hpp"

#include <cstring>

#include "engine/native/planes.hpp"
#include "engine/native/strips.hpp"
#include "engine/native/transpose.hpp"
#include "neural/tiles.hpp"
// Compiled once per set of flags; MIRHYDRO_ISA names the namespace.
namespace mirhydro::engine::native::inline MIRHYDRO_ISA {

namespace {

using neural::cell_pixels, neural::image_side, neural::tile_cell, neural::tile_side;
using Batch = AutoencoderKernels::Batch;
constexpr int lanes = Pack::lanes, deepest = 8;

/// The scratch of a call, cut up.
struct Memory {
  float *planes[2], *flat, *code, *strip;
  Memory(const PackedAutoencoder& net, float* scratch) {
    const auto take = [&](std::size_t numbers) {
      float* const begin = scratch;
      scratch += numbers * std::size_t(lanes);
      return begin;
    };
    planes[0] = take(net.plane), planes[1] = take(net.plane);
    flat = take(net.flat), code = take(net.code), strip = take(net.strip);
  }
};

/// Samples lie a power of two apart: in the first-level cache their lines drive each other out. So a sample's piece is
/// copied whole, and turned where pieces lie beside each other.
struct Piece {
  static constexpr int size = image_side, row = size + 16, ahead = 2 * size;
  alignas(64) float values[lanes * row];
};
static_assert(Piece::size == tile_side * tile_side);

/// From `first` on of every sample, with any strides, to packs.
void read(const Batch& batch, std::ptrdiff_t first, float* to) {
  const float* const from = batch.in + first * batch.in_column;
  Piece piece;
  for (int s = 0; s < lanes; ++s) {
    float* const mine = piece.values + s * Piece::row;
    if (s >= batch.samples)
      std::memset(mine, 0, Piece::size * sizeof(float)); // a harmless sample
    else if (batch.in_column == 1) {
      const float* const piece_of = from + s * batch.in_row;
      std::memcpy(mine, piece_of, Piece::size * sizeof(float));
      for (int k = 0; k < Piece::size; k += 16) __builtin_prefetch(piece_of + Piece::ahead + k); // streams are too many
    } else
      for (int k = 0; k < Piece::size; ++k) mine[k] = from[s * batch.in_row + k * batch.in_column];
  }
  transpose(piece.values, Piece::row, lanes, Piece::size, to, lanes);
}

void write(const Batch& batch, std::ptrdiff_t first, const float* from) {
  float* const to = batch.out + first * batch.out_column;
  Piece piece;
  transpose(from, lanes, Piece::size, lanes, piece.values, Piece::row);
  for (int s = 0; s < batch.samples; ++s) {
    const float* const mine = piece.values + s * Piece::row;
    if (batch.out_column == 1) {
      std::memcpy(to + s * batch.out_row, mine, Piece::size * sizeof(float));
      for (int k = 0; k < Piece::size; k += 16) __builtin_prefetch(to + s * batch.out_row + Piece::ahead + k, 1, 2);
    } else
      for (int k = 0; k < Piece::size; ++k) to[s * batch.out_row + k * batch.out_column] = mine[k];
  }
}

constexpr auto at_hand = [](int) {};

/// From the image in memory.planes[0], as far as it is ready, to the code's expansion in memory.flat.
template <class Ready> void encode(const PackedAutoencoder& net, const Memory& memory, bool painted, Ready&& ready) {
  const std::size_t last = net.encoder.size() - 1;
  for (std::size_t k = 0; k <= last; ++k) {
    const PackedStage& stage = net.encoder[k];
    const int side = stage.pooled_side();
    const Planes in{memory.planes[k % 2], stage.inputs, stage.side, 1};
    const Planes out = k < last ? Planes{memory.planes[(k + 1) % 2], stage.outputs, side, 1}
                                : Planes{memory.flat, stage.outputs, side, 0};
    in.clear_border();
    if (k == 0)
      run_stage(stage, in, out, {0, side}, painted, memory.strip, ready);
    else
      run_stage(stage, in, out, {0, side}, false, memory.strip, at_hand);
  }
  sums<1>(net.squeeze, {memory.flat, lanes, 0, memory.code, lanes, lanes, 1, true});
  sums<1>(net.expand, {memory.code, lanes, 0, memory.flat, lanes, lanes, 1, true});
}

/// From memory.flat to the wanted part of the image, whose rows go to row(j).
template <class RowOf> void decode(const PackedAutoencoder& net, const Memory& memory, Range wanted, RowOf&& row) {
  const int last = int(net.decoder.size()) - 1;
  Range ranges[deepest];
  for (int k = last; k >= 0; --k) {
    ranges[k] = wanted;
    wanted = read_by(net.decoder[std::size_t(k)], before_pooling(net.decoder[std::size_t(k)], wanted));
  }
  Planes in{memory.planes[0], net.channels, net.inner_side, 1};
  const Planes flat{memory.flat, net.channels, net.inner_side, 0};
  for (int c = 0; c < in.channels; ++c)
    for (int j = 0; j < in.side; ++j)
      std::memcpy(in.at(c, j, 0), flat.at(c, j, 0), std::size_t(flat.row()) * sizeof(float));
  for (int k = 0; k <= last; ++k) {
    const PackedStage& stage = net.decoder[std::size_t(k)];
    in.clear_border();
    if (k < last) {
      const Planes out{memory.planes[(k + 1) % 2], stage.outputs, stage.side, 1};
      run_stage(stage, in, out, ranges[k], false, memory.strip, at_hand);
      in = out;
    } else {
      const Strip strip(stage, in, ranges[k], false, nullptr);
      for (int j = ranges[k].begin; j < ranges[k].end; ++j) row(j, strip);
    }
  }
}

void images_by_strips(const PackedAutoencoder& net, const Batch& batch, float* scratch) {
  run_strips(
      net, StripMemory(net, scratch), batch.samples, 0, image_side,
      [&](int s, const Strips& image) {
        const float* from = batch.in + s * batch.in_row;
        for (int j = 0; j < image_side; ++j, from += image_side * batch.in_column)
          image.put(j, [&](int i) { return from[i * batch.in_column]; });
      },
      [&](int s, const Strips& image) {
        float* to = batch.out + s * batch.out_row;
        for (int j = 0; j < image_side; ++j)
          for (int i = 0; i < image_side; ++i, to += batch.out_column) *to = image.pixel(j, i);
      });
}

/// What a sample's image pixel(row, column) says at the nodes of its cell.
template <class Pixel> void write_nodes(const PackedAutoencoder& net, const Batch& batch, int s, Pixel&& pixel) {
  float* const to = batch.out + s * batch.out_row;
  neural::each_node(pixel, net.nodes, [&](int node, float value) { to[node * batch.out_column] = value; });
}

constexpr int first = tile_cell * cell_pixels - 1, side = cell_pixels + 2; // one pixel around the cell

void tiles_by_strips(const PackedAutoencoder& net, const Batch& batch, float* scratch) {
  run_strips(
      net, StripMemory(net, scratch), batch.samples, first, first + side,
      [&](int s, const Strips& image) {
        for (int j = 0; j < image_side; ++j) {
          const float* const from = batch.in + s * batch.in_row + j / cell_pixels * tile_side * batch.in_column;
          image.put(j, [&](int i) { return from[i / cell_pixels * batch.in_column]; });
        }
      },
      [&](int s, const Strips& image) { write_nodes(net, batch, s, [&](int j, int i) { return image.pixel(j, i); }); });
}

/// Whether so few samples are there that each does better by itself, where it can.
bool few(const PackedAutoencoder& net, const Batch& batch) {
  return net.inner_side == image_side && 4 * batch.samples <= 3 * lanes;
}

void images(const PackedAutoencoder& net, const Batch& batch, float* scratch) {
  if (few(net, batch)) return images_by_strips(net, batch, scratch);
  const Memory memory(net, scratch);
  const Planes image{memory.planes[0], 1, image_side, 1};
  int have = 0; // rows are turned into packs just before they are read, in the first-level cache
  encode(net, memory, false, [&](int j) {
    for (; have <= j && have < image_side; ++have) read(batch, have * image_side, image.at(0, have, 0));
  });
  decode(net, memory, {0, image_side}, [&](int j, const Strip& strip) {
    strip.fill(j, memory.strip, 0);
    write(batch, j * image_side, memory.strip);
  });
}

void tiles(const PackedAutoencoder& net, const Batch& batch, float* scratch) {
  if (few(net, batch)) return tiles_by_strips(net, batch, scratch);
  const Memory memory(net, scratch);
  const Planes image{memory.planes[0], 1, image_side, 1};
  float* const cells = memory.strip;
  read(batch, 0, cells);
  for (int j = 0; j < image_side; ++j)
    for (int i = 0; i < image_side; ++i)
      Pack::load(cells + (j / cell_pixels * tile_side + i / cell_pixels) * lanes).store(image.at(0, j, i));
  encode(net, memory, true, at_hand);
  float* const part = memory.strip;
  decode(net, memory, {first, first + side},
         [&](int j, const Strip& strip) { strip.fill(j, part + (j - first) * side * lanes, 0); });
  for (int s = 0; s < batch.samples; ++s)
    write_nodes(net, batch, s, [&](int j, int i) { return part[((j - first) * side + i - first) * lanes + s]; });
}

} // namespace

const AutoencoderKernels& autoencoder_kernels_of_this_set() {
  static constexpr AutoencoderKernels kernels{lanes, images, tiles};
  return kernels;
}

} // namespace mirhydro::engine::native::inline MIRHYDRO_ISA
