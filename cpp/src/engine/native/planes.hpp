#pragma once
// Planes of pixels, one pack of samples each, and one stage of an autoencoder from planes to planes.
#include <cstddef>

#include "engine/native/patches.hpp"

namespace mirhydro::engine::native::inline MIRHYDRO_ISA {

/// Square planes within a border of zeros, row by row: the rows of all channels that a sum reads lie on few pages.
/// Those that dense layers read have no border and lie channel by channel.
struct Planes {
  float* data;
  int channels, side, border;

  std::ptrdiff_t width() const { return std::ptrdiff_t(side + 2 * border) * Pack::lanes; }
  std::ptrdiff_t row() const { return border > 0 ? width() * channels : width(); }
  std::ptrdiff_t channel() const { return border > 0 ? width() : width() * side; }
  float* at(int c, int j, int i) const {
    return data + c * channel() + (j + border) * row() + std::ptrdiff_t(i + border) * Pack::lanes;
  }
  void clear_border() const {
    const auto zero = [](float* p, int pixels) {
      for (int k = 0; k < pixels; ++k) Pack::all(0).store(p + k * Pack::lanes);
    };
    for (int c = 0; c < channels && border > 0; ++c) {
      zero(at(c, -1, -1), side + 2);
      zero(at(c, side, -1), side + 2);
      for (int j = 0; j < side; ++j) zero(at(c, j, -1), 1), zero(at(c, j, side), 1);
    }
  }
};

/// Rows, and columns alike, that are wanted of a plane.
struct Range {
  int begin, end;
};

/// Rows of sums of a stage, before its pooling: the last four are kept.
class Strip {
public:
  /// @param painted  the stage reads an image of cells of 8 x 8 equal pixels: rows and columns within one repeat
  Strip(const PackedStage& stage, const Planes& in, Range columns, bool painted, float* memory)
      : stage_(stage), in_(in), columns_(columns), painted_(painted), memory_(memory),
        apart_(stage.pool > 1 && stage.dilation == 2 ? 2 : 1),
        slots_(apart_ == 2 ? stage.side / 2 + 1 : columns.end - columns.begin) {}

  /// Distance of the columns that it has: 2 where pooling reads no others, but for the last one, which is there too.
  int apart() const { return apart_; }
  std::ptrdiff_t channel() const { return std::ptrdiff_t(slots_) * Pack::lanes; }

  const float* row(int j) {
    if (painted_ && j % 8 > 0 && j % 8 < 7) j -= j % 8 - 1; // rows within a cell are one row
    float* const kept = memory_ + (j % 4) * stage_.outputs * channel();
    if (has_[j % 4] != j) fill(j, kept, channel());
    has_[j % 4] = j;
    return kept;
  }
  void fill(int j, float* out, std::ptrdiff_t out_channel) const {
    const auto pixels = [&](int i, int count, std::ptrdiff_t slot, std::ptrdiff_t slots_apart) {
      return Row{in_.at(0, j / stage_.up, i / stage_.up),
                 in_.channel(),
                 in_.row(),
                 out + slot * Pack::lanes,
                 out_channel,
                 slots_apart * Pack::lanes,
                 count,
                 stage_.pool == 0 && !stage_.last};
    };
    const int up = stage_.up, wanted = columns_.end - columns_.begin;
    const bool three = stage_.sums[0].taps.size() == 9;
    if (apart_ == 2) {
      sums<2>(stage_.sums[0], pixels(0, stage_.side / 2, 0, 1));
      sums<1>(stage_.sums[0], pixels(stage_.side - 1, 1, stage_.side / 2, 1));
    } else if (painted_) {
      for (const int i : {0, 1, 7}) sums<8>(stage_.sums[0], pixels(i, stage_.side / 8, i, 8));
      for (int c = 0; c < stage_.outputs; ++c)
        for (int i = 0; i < stage_.side; ++i)
          if (i % 8 > 1 && i % 8 < 7)
            Pack::load(out + c * out_channel + (i - i % 8 + 1) * Pack::lanes)
                .store(out + c * out_channel + i * Pack::lanes);
    } else if (three && stage_.sums[0].taps.front().rows < 0) {
      convolve_row<1>(stage_.sums[0], pixels(columns_.begin, wanted, 0, 1));
    } else if (three) {
      convolve_row<-1>(stage_.sums[0], pixels(columns_.begin, wanted, 0, 1));
    } else if (up == 2) {
      const auto lower = std::size_t(j % 2);
      const int odd = columns_.begin % 2, pairs = (wanted - odd) / 2;
      if (odd == 1) sums<1>(stage_.sums[2 * lower + 1], pixels(columns_.begin, 1, 0, 1));
      Row row = pixels(columns_.begin + odd, pairs, odd, 1);
      row.in += j % 2 * in_.row();
      widen_row(stage_.pairs[lower].data(), stage_.sums[0], row);
      if ((wanted - odd) % 2 == 1) sums<1>(stage_.sums[2 * lower], pixels(columns_.end - 1, 1, wanted - 1, 1));
    } else {
      for (int c = 0; c < up; ++c) {
        const int shift = (c - columns_.begin % up + up) % up, first = columns_.begin + shift;
        const int count = (columns_.end - first + up - 1) / up;
        if (count > 0) sums<1>(stage_.sums[std::size_t((j % up) * up + c)], pixels(first, count, shift, up));
      }
    }
  }

private:
  const PackedStage& stage_;
  const Planes& in_;
  Range columns_;
  bool painted_;
  float* memory_;
  int apart_, slots_;
  int has_[4] = {-1, -1, -1, -1};
};

/// Columns and rows of sums that a pooled range is made of.
inline Range before_pooling(const PackedStage& stage, Range wanted) {
  if (stage.pool != 1) return stage.pool == 0 ? wanted : Range{0, stage.side};
  const int last = wanted.end - 1 + stage.dilation;
  return {wanted.begin, last < stage.side ? last + 1 : stage.side};
}

/// Pixels of the stage's input that a range of its sums reads.
inline Range read_by(const PackedStage& stage, Range sums) {
  const int side = stage.side / stage.up, begin = sums.begin / stage.up - 1, end = (sums.end - 1) / stage.up + 2;
  return {begin > 0 ? begin : 0, end < side ? end : side};
}

/// One row of pooling and ReLU: the largest of two rows at `stride` * k and `gap` beside it, at most `last`.
template <int stride, int gap> void pool_row(const float* upper, const float* lower, int count, int last, float* to) {
  const auto tallest = [&](int slot) {
    return largest(Pack::load(upper + slot * Pack::lanes), Pack::load(lower + slot * Pack::lanes));
  };
  int k = 0;
  if constexpr (stride == 1) { // each column serves two places
    Pack kept[gap];
    for (int g = 0; g < gap; ++g) kept[g] = tallest(g < last ? g : last);
    for (; k + gap <= last && k < count; ++k) {
      const Pack next = tallest(k + gap);
      largest(kept[0], next).positive().store(to + k * Pack::lanes);
      for (int g = 0; g + 1 < gap; ++g) kept[g] = kept[g + 1];
      kept[gap - 1] = next;
    }
  } else {
    for (; k * stride + gap <= last && k < count; ++k)
      largest(tallest(k * stride), tallest(k * stride + gap)).positive().store(to + k * Pack::lanes);
  }
  for (; k < count; ++k) largest(tallest(k * stride), tallest(last)).positive().store(to + k * Pack::lanes);
}

/// The same for the distances that there are.
inline void pool_row(int stride, int gap, const float* upper, const float* lower, int count, int last, float* to) {
  if (stride == 1 && gap == 1)
    pool_row<1, 1>(upper, lower, count, last, to);
  else if (stride == 1)
    pool_row<1, 2>(upper, lower, count, last, to);
  else if (stride == 2)
    pool_row<2, 1>(upper, lower, count, last, to);
  else
    pool_row<4, 1>(upper, lower, count, last, to);
}

/// One stage, its pooling row by row behind its sums; `wanted` of the planes that it writes. ready(j) is called before
/// rows up to j of `in` are read.
template <class Ready>
void run_stage(const PackedStage& stage, const Planes& in, const Planes& out, Range wanted, bool painted, float* memory,
               Ready&& ready) {
  if (stage.pool > 1 && stage.dilation == 1 && !painted) {
    for (int j = wanted.begin; j < wanted.end; ++j) {
      ready(j * stage.pool + 2);
      const Row row{in.at(0, j * stage.pool, wanted.begin * stage.pool),
                    in.channel(),
                    in.row(),
                    out.at(0, j, wanted.begin),
                    out.channel(),
                    Pack::lanes,
                    wanted.end - wanted.begin,
                    true};
      stage.pool == 2 ? pool_sums<2>(stage.sums[0], row) : pool_sums<4>(stage.sums[0], row);
    }
    return;
  }
  const Range columns = before_pooling(stage, wanted);
  Strip strip(stage, in, columns, painted, memory);
  if (stage.pool == 0) {
    for (int j = wanted.begin; j < wanted.end; ++j) {
      ready(j / stage.up + 1);
      strip.fill(j, out.at(0, j, wanted.begin), out.channel());
    }
    return;
  }
  const bool apart = strip.apart() == 2;
  const int last = stage.side - 1, stride = apart ? stage.pool / 2 : stage.pool, gap = apart ? 1 : stage.dilation;
  const int last_slot = apart ? stage.side / 2 : columns.end - 1 - columns.begin;
  for (int j = wanted.begin; j < wanted.end; ++j) {
    const int below = j * stage.pool + stage.dilation < last ? j * stage.pool + stage.dilation : last;
    ready(below / stage.up + 1);
    const float *const upper = strip.row(j * stage.pool), *const lower = strip.row(below);
    for (int c = 0; c < stage.outputs; ++c)
      pool_row(stride, gap, upper + c * strip.channel(), lower + c * strip.channel(), wanted.end - wanted.begin,
               last_slot, out.at(c, j, wanted.begin));
  }
}

} // namespace mirhydro::engine::native::inline MIRHYDRO_ISA
