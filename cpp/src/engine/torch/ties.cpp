#include "engine/torch/ties.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/where.h>

#include <limits>
#include <vector>

#include "neural/turns.hpp"
#include "plic/indifferent.hpp"

namespace mirhydro::engine::torch_engine {

namespace {

using neural::turns;
constexpr int features_of_cell = neural::feature_count;

template <class T> at::Tensor on(const at::Device& device, const std::vector<T>& values, at::IntArrayRef shape) {
  const auto type = c10::CppTypeToScalarType<T>::value;
  return at::from_blob(const_cast<T*>(values.data()), shape, at::TensorOptions(type)).to(device, type, false, true);
}

/// All images of some cells: (m, 16, 55).
class Images {
public:
  explicit Images(const at::Device& device) {
    std::vector<std::int64_t> from;
    std::vector<float> sign;
    for (const auto& image : neural::features_turned.drawn)
      for (const int number : image)
        from.push_back(number % features_of_cell), sign.push_back(number < features_of_cell ? 1 : -1);
    from_ = on(device, from, {turns * features_of_cell});
    sign_ = on(device, sign, {turns * features_of_cell});
  }
  at::Tensor of(const at::Tensor& features) const {
    return (features.index_select(1, from_) * sign_).reshape({-1, turns, features_of_cell});
  }

private:
  at::Tensor from_, sign_;
};

/// As in neural::settled, but for halves.
at::Tensor rounded(const at::Tensor& images) { return (images * (1 / plic::indifferent)).round(); }

} // namespace

Ties settle_ties(const at::Tensor& tied, at::Tensor& features, at::Tensor& codes) {
  Ties ties;
  ties.rows = tied.nonzero().reshape({-1});
  if (ties.rows.size(0) == 0) return ties;
  const auto device = features.device();
  const Images images(device);
  const at::Tensor all = images.of(features.index_select(0, ties.rows)), roughly = rounded(all);
  at::Tensor largest = at::ones({all.size(0), turns}, at::TensorOptions(at::kBool).device(device));
  for (const at::Tensor& part : {roughly, all})
    for (int f = 0; f < features_of_cell; ++f) { // number by number
      const at::Tensor value = part.select(2, f);
      const at::Tensor most =
          value.masked_fill(largest.logical_not(), -std::numeric_limits<double>::infinity()).amax({1}, true);
      largest = largest.logical_and(value == most);
    }
  const at::Tensor by = largest.to(at::kInt).argmax(1, true); // the first of them
  const at::Tensor best = all.gather(1, by.unsqueeze(2).expand({-1, 1, features_of_cell})).squeeze(1);
  features.index_copy_(0, ties.rows, best);
  std::vector<std::int64_t> after;
  for (int first = 0; first < turns; ++first)
    for (int then = 0; then < turns; ++then) after.push_back(neural::after(first, then));
  const at::Tensor both = codes.index_select(0, ties.rows) * turns + by.squeeze(1);
  codes.index_copy_(0, ties.rows, on(device, after, {turns * turns}).index_select(0, both));
  const at::Tensor rough = rounded(best);
  ties.symmetries = (images.of(rough) == rough.unsqueeze(1)).all(2);
  return ties;
}

void symmetrise(const Ties& ties, int K, at::Tensor& said) {
  if (ties.rows.size(0) == 0) return;
  const int side = K + 1, nodes = side * side;
  std::vector<std::int64_t> from(std::size_t(turns * nodes));
  std::vector<double> sign(from.size());
  for (int turn = 0; turn < turns; ++turn)
    for (int n = 0; n < nodes; ++n) {
      const auto to = std::size_t(turn * nodes + neural::source(turn, side, n / side, n % side));
      from[to] = n, sign[to] = neural::sign_of(turn);
    }
  const auto device = said.device();
  const at::Tensor mine = said.index_select(0, ties.rows), of_nodes = mine.narrow(1, 0, nodes).to(at::kDouble);
  const at::Tensor images =
      (of_nodes.index_select(1, on(device, from, {turns * nodes})) * on(device, sign, {turns * nodes}))
          .reshape({-1, turns, nodes});
  const at::Tensor heard = ties.symmetries.to(at::kDouble).unsqueeze(2);
  const at::Tensor mean = at::where(heard > 0, images, 0.).sum(1) / heard.sum(1);
  mine.narrow(1, 0, nodes).copy_(mean);
  said.index_copy_(0, ties.rows, mine);
}

} // namespace mirhydro::engine::torch_engine
