#pragma once
#include <memory>
#include <vector>

#include "geometry/outline.hpp"

namespace mirhydro::outline {

/// A shape as postfix steps over outlines: an index >= 0 pushes an outline, the others take from the stack.
struct Rule {
  static constexpr int complement = -1, both = -2, either = -3;
  std::vector<int> steps;
};

/// The materials that may occur in one cell: the layers cut there, first on top, and what lies under them.
struct CellStack {
  std::vector<int> layers;
  int under = 0;
  std::vector<int> outlines; ///< of those layers, each once
};

/// Shapes in order, first on top.
class Layers {
public:
  std::vector<std::shared_ptr<const Outline>> outlines;
  std::vector<Rule> rules;

  /// Cover of one row by shape `layer` from the covers by all outlines.
  RowCover cover(int layer, const std::vector<RowCover>& of_outlines) const;
  /// Whether a point lies in shape `layer`; `inside[k]`: whether it lies in outline k.
  bool holds(int layer, const std::uint8_t* inside) const;
  /// The material at such a point of a cell.
  int owner(const CellStack& stack, const std::uint8_t* inside) const;
  /// Fills in stack.outlines.
  void list_outlines(CellStack& stack) const;
};

} // namespace mirhydro::outline
