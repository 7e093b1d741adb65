#pragma once
// Model files of random autoencoders, and the slow obvious forward pass.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "neural/autoencoder.hpp"
#include "neural/sha256.hpp"

namespace autoencoders {

using mirhydro::neural::Autoencoder, mirhydro::neural::AutoencoderShape, mirhydro::neural::Weights;

/// What a file is made of; tests spoil it.
struct Parts {
  std::string metadata, tensors, data;
  std::string text() const {
    const auto* bytes = reinterpret_cast<const std::byte*>(data.data());
    const std::string header = "{\"__metadata__\":{\"checksum\":\"" + mirhydro::neural::sha256({bytes, data.size()}) +
                               "\"," + metadata + "}" + tensors + "}";
    std::string all;
    for (std::size_t k = 0; k < 8; ++k) all += static_cast<char>(header.size() >> 8 * k & 0xff);
    return all + header + data;
  }
};

inline Parts parts(const AutoencoderShape& s, unsigned seed, double gain = 1) {
  std::mt19937_64 random(seed);
  Parts p;
  const auto add = [&](const std::string& name, const std::vector<int>& shape, double spread) {
    std::normal_distribution<float> value(0, float(spread * gain));
    const std::size_t begin = p.data.size();
    std::size_t count = 1;
    std::string extents;
    for (const int n : shape)
      count *= std::size_t(n), extents.append(extents.empty() ? "" : ",").append(std::to_string(n));
    for (std::size_t k = 0; k < count; ++k) {
      const float x = value(random);
      p.data.append(reinterpret_cast<const char*>(&x), sizeof x);
    }
    p.tensors.append(",\"").append(name).append(R"(":{"dtype":"F32","shape":[)").append(extents);
    p.tensors.append(R"(],"data_offsets":[)").append(std::to_string(begin)).append(",");
    p.tensors.append(std::to_string(p.data.size())).append("]}");
  };
  const int c = s.channels;
  for (int k = 0; k < s.convolutions; ++k) {
    const std::string number = std::to_string(k);
    const int outer = k == 0 ? 1 : c, size = s.up(k) + 2;
    add("encoder" + number + ".weight", {c, outer, 3, 3}, std::sqrt(2. / (9 * outer)));
    add("encoder" + number + ".bias", {c}, .1);
    add("decoder" + number + ".weight", {c, outer, size, size}, std::sqrt(2. / (9 * c)));
    add("decoder" + number + ".bias", {outer}, .1);
  }
  add("squeeze.weight", {s.bottleneck, s.flat()}, std::sqrt(2. / s.flat()));
  add("squeeze.bias", {s.bottleneck}, .1);
  add("expand.weight", {s.flat(), s.bottleneck}, std::sqrt(2. / s.bottleneck));
  add("expand.bias", {s.flat()}, .1);
  p.metadata = R"("mirhydro":"1","architecture":"autoencoder","dtype":"F32","meaning":"correction","tile":"8")";
  const auto add_number = [&](const char* key, int value) {
    p.metadata.append(",\"").append(key).append("\":\"").append(std::to_string(value)).append("\"");
  };
  add_number("pixels", 8);
  add_number("channels", c);
  add_number("pool", s.pool);
  add_number("dilation", s.dilation);
  add_number("bottleneck", s.bottleneck);
  add_number("convolutions", s.convolutions);
  add_number("nodes", s.nodes);
  return p;
}

inline mirhydro::neural::ModelFile parsed(const std::string& text) {
  const auto* p = reinterpret_cast<const std::byte*>(text.data());
  return mirhydro::neural::ModelFile::parse("a", {p, p + text.size()});
}

inline Autoencoder random_autoencoder(const AutoencoderShape& s, unsigned seed) {
  return Autoencoder(parsed(parts(s, seed).text()));
}

/// Planes channel by channel, in double precision.
struct Images {
  int channels, side;
  std::vector<double> x;
  Images(int c, int n) : channels(c), side(n), x(std::size_t(c * n * n), 0.) {}
  double& at(int c, int j, int i) { return x[std::size_t((c * side + j) * side + i)]; }
  void rectify() {
    for (double& v : x) v = v < 0 ? 0 : v;
  }
};

inline Images pooled(Images in, int stride, int dilation) {
  Images out(in.channels, in.side / stride);
  const auto clamp = [&](int k) { return std::min(k, in.side - 1); };
  for (int c = 0; c < in.channels; ++c)
    for (int j = 0; j < out.side; ++j)
      for (int i = 0; i < out.side; ++i) {
        const int y = j * stride, x = i * stride, below = clamp(y + dilation), right = clamp(x + dilation);
        out.at(c, j, i) = std::max({in.at(c, y, x), in.at(c, y, right), in.at(c, below, x), in.at(c, below, right)});
      }
  return out;
}

inline Images convolved(Images in, const Weights& w) {
  Images out(w.outputs, in.side);
  for (int o = 0; o < w.outputs; ++o)
    for (int j = 0; j < in.side; ++j)
      for (int i = 0; i < in.side; ++i) {
        out.at(o, j, i) = w.bias[std::size_t(o)];
        for (int c = 0; c < w.inputs; ++c)
          for (int t = 0; t < 9; ++t) {
            const int y = j + t / 3 - 1, x = i + t % 3 - 1;
            if (y >= 0 && x >= 0 && y < in.side && x < in.side)
              out.at(o, j, i) += double(w.weight[std::size_t((o * w.inputs + c) * 9 + t)]) * in.at(c, y, x);
          }
      }
  return out;
}

/// Each pixel spread over the kernel's places, padding of 1 cut off.
inline Images spread(Images in, const Weights& w, int up) {
  Images out(w.outputs, in.side * up);
  for (int o = 0; o < w.outputs; ++o) {
    std::fill_n(&out.at(o, 0, 0), out.side * out.side, double(w.bias[std::size_t(o)]));
    for (int c = 0; c < w.inputs; ++c)
      for (int j = 0; j < in.side; ++j)
        for (int i = 0; i < in.side; ++i)
          for (int t = 0; t < w.size * w.size; ++t) {
            const int y = j * up + t / w.size - 1, x = i * up + t % w.size - 1;
            if (y >= 0 && x >= 0 && y < out.side && x < out.side)
              out.at(o, y, x) +=
                  double(w.weight[std::size_t((c * w.outputs + o) * w.size * w.size + t)]) * in.at(c, j, i);
          }
  }
  return out;
}

inline std::vector<double> dense(const std::vector<double>& in, const Weights& w) {
  std::vector<double> out(w.bias.begin(), w.bias.end());
  for (std::size_t o = 0; o < out.size(); ++o) {
    for (std::size_t i = 0; i < in.size(); ++i) out[o] += double(w.weight[o * in.size() + i]) * in[i];
    out[o] = std::max(out[o], 0.);
  }
  return out;
}

/// One image (64 x 64).
inline std::vector<double> forward(const Autoencoder& net, const float* image) {
  const AutoencoderShape& s = net.shape();
  Images x(1, AutoencoderShape::image);
  x.x.assign(image, image + x.x.size());
  for (int k = 0; k < s.convolutions; ++k) {
    x = convolved(x, net.encoder()[std::size_t(k)]);
    x.rectify();
    if (x.side >= s.pool && s.pool > 1) x = pooled(x, s.pool, s.dilation);
  }
  x.x = dense(dense(x.x, net.squeeze()), net.expand());
  for (int k = s.convolutions; k-- > 0;) {
    x = spread(x, net.decoder()[std::size_t(k)], s.up(k));
    if (k == 0) break;
    x.rectify();
    if (s.pool > 1 && x.side > 1) x = pooled(x, 1, s.dilation);
  }
  return x.x;
}

} // namespace autoencoders
