#pragma once
#include <array>
#include <cstddef>
#include <vector>

#include "neural/model_file.hpp"

namespace mirhydro::neural {

/// What decides an autoencoder's size; python/mirhydro/train/autoencoder.py says what it computes.
struct AutoencoderShape {
  int channels = 2, pool = 2, dilation = 1, bottleneck = 8, convolutions = 5, nodes = 2;

  static constexpr int image = 64;
  /// Side of the planes that convolution k reads; that of k = convolutions is the innermost.
  int side(int k) const noexcept { // in the header: the torch engine's library does not link this one's inside
    int now = image;
    for (int n = 0; n < k; ++n)
      if (now >= pool) now /= pool;
    return now;
  }
  /// Of the transposed convolution that writes planes of side(k): its stride; its kernel is two wider.
  int up(int k) const noexcept { return side(k) / side(k + 1); }
  int flat() const noexcept { return channels * side(convolutions) * side(convolutions); }
  /// Whether planes are pooled after convolution k, and after the transposed convolution that writes side(k).
  bool pools(int k) const noexcept { return side(k + 1) < side(k); }
  bool pools_back(int k) const noexcept { return k > 0 && pool > 1 && side(k) > 1; }
};

/// Weights as PyTorch has them: convolutions (out, in, size, size), transposed ones (in, out, size, size), dense ones
/// (out, in).
struct Weights {
  int outputs = 0, inputs = 0, size = 1;
  std::vector<float> weight, bias;
};

/// The image autoencoder, 64 x 64 pixels in and out: convolutions of 3 x 3 with ReLU and max pooling down to a few
/// numbers, and transposed convolutions back. Const after construction: any number of threads may run it.
class Autoencoder {
public:
  /// @throws Error naming file and reason where it holds none, or where images of up to 1e3 could overflow
  explicit Autoencoder(const ModelFile& file);

  const AutoencoderShape& shape() const noexcept { return shape_; }
  int nodes() const noexcept { return shape_.nodes; }
  /// Whether its images are added to the base curve, in units of what that misses; else they are the level set.
  bool corrects_base() const noexcept { return corrects_base_; }
  const std::vector<Weights>& encoder() const noexcept { return encoder_; }
  const Weights& squeeze() const noexcept { return squeeze_; }
  const Weights& expand() const noexcept { return expand_; }
  /// decoder()[k] writes planes of side(k).
  const std::vector<Weights>& decoder() const noexcept { return decoder_; }

private:
  void check(const ModelFile& file) const;

  AutoencoderShape shape_;
  bool corrects_base_ = true;
  std::vector<Weights> encoder_, decoder_;
  Weights squeeze_, expand_;
};

} // namespace mirhydro::neural
