#include "geometry/layers.hpp"

#include <algorithm>

namespace mirhydro::outline {
namespace {

Cover negated(Cover c) {
  if (c == Cover::cut) return c;
  return c == Cover::inside ? Cover::outside : Cover::inside;
}

Cover joined(Cover a, Cover b, int step) {
  const Cover decides = step == Rule::both ? Cover::outside : Cover::inside;
  if (a == decides || b == decides) return decides;
  return a == Cover::cut || b == Cover::cut ? Cover::cut : negated(decides);
}

RowCover joined(const RowCover& a, const RowCover& b, int step) {
  RowCover row;
  for (std::size_t p = 0, q = 0; p < a.size() && q < b.size();) {
    const int end = std::min(a[p].end, b[q].end);
    append(row, end, joined(a[p].cover, b[q].cover, step));
    if (a[p].end == end) ++p;
    if (b[q].end == end) ++q;
  }
  return row;
}

} // namespace

RowCover Layers::cover(int layer, const std::vector<RowCover>& of_outlines) const {
  std::vector<RowCover> stack;
  for (const int step : rules[std::size_t(layer)].steps) {
    if (step >= 0) {
      stack.push_back(of_outlines[std::size_t(step)]);
    } else if (step == Rule::complement) {
      for (Run& run : stack.back()) run.cover = negated(run.cover);
    } else {
      const RowCover second = std::move(stack.back());
      stack.pop_back();
      stack.back() = joined(stack.back(), second, step);
    }
  }
  return std::move(stack.back());
}

bool Layers::holds(int layer, const std::uint8_t* inside) const {
  const std::vector<int>& steps = rules[std::size_t(layer)].steps;
  if (steps.size() == 1) return inside[steps[0]] != 0;
  std::vector<bool> stack;
  for (const int step : steps) {
    if (step >= 0) {
      stack.push_back(inside[step] != 0);
    } else if (step == Rule::complement) {
      stack.back() = !stack.back();
    } else {
      const bool second = stack.back();
      stack.pop_back();
      stack.back() = step == Rule::both ? (stack.back() && second) : (stack.back() || second);
    }
  }
  return stack.back();
}

int Layers::owner(const CellStack& stack, const std::uint8_t* inside) const {
  for (const int layer : stack.layers)
    if (holds(layer, inside)) return layer;
  return stack.under;
}

void Layers::list_outlines(CellStack& stack) const {
  stack.outlines.clear();
  for (const int layer : stack.layers)
    for (const int step : rules[std::size_t(layer)].steps)
      if (step >= 0) stack.outlines.push_back(step);
  std::sort(stack.outlines.begin(), stack.outlines.end());
  stack.outlines.erase(std::unique(stack.outlines.begin(), stack.outlines.end()), stack.outlines.end());
}

} // namespace mirhydro::outline
