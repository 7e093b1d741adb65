#pragma once
#include "plic/elvira.hpp"

namespace mirhydro::plic::inline MIRHYDRO_ISA {

/// The line with the least misfit over the 3x3 stencil: ELVIRA's, turned as long as that helps. Each round looks to
/// both sides and at the vertex of the parabola through the three misfits; a tie keeps the line, so mirrors turn alike.
/// Source: Puckett, Proc. 4th Int. Symp. on Computational Fluid Dynamics (1991) 933; Pilliod & Puckett (2004).
template <class V, class Widths> void lvira(const Stencil<V>& s, const Widths& w, V& mx, V& my) {
  using lane::abs, lane::max, lane::min, lane::ratio, lane::select;
  constexpr int rounds = 14;
  V best;
  elvira(s, w, mx, my, best);
  best = misfit(s, w, mx, my); // an average of tied candidates has a misfit of its own
  V reach(.25);
  for (int round = 0; round < rounds; ++round) {
    const auto turned = [&](V by, V& x, V& y) {
      x = mx - by * my;
      y = my + by * mx;
      return misfit(s, w, x, y);
    };
    V px, py, nx, ny, vx, vy;
    const V ep = turned(reach, px, py), en = turned(-reach, nx, ny);
    const V curvature = (ep + en) - (best + best);
    const V vertex = V(.5) * reach * ratio(en - ep, curvature, curvature > V(0));
    const V ev = turned(max(min(vertex, reach), -reach), vx, vy);
    const auto outward = min(ep, en) < min(best, ev);
    const auto positive = ep < en, negative = en < ep;
    const auto vertex_wins = (ev < best) & (ev <= min(ep, en));
    const auto left = outward & positive, right = outward & negative;
    mx = select(left, px, select(right, nx, select(vertex_wins, vx, mx)));
    my = select(left, py, select(right, ny, select(vertex_wins, vy, my)));
    best = select(left, ep, select(right, en, select(vertex_wins, ev, best)));
    reach = reach * select(left | right, V(.7), V(.3));
  }
  geometry::normalise(mx, my, V(1), V(0));
}

} // namespace mirhydro::plic::inline MIRHYDRO_ISA
