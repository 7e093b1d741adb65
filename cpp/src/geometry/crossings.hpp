#pragma once
#include <vector>

#include "geometry/local_curve.hpp"

namespace mirhydro::outline {

/// Appends the abscissae at which `arc` of `curve` meets `other`, in the unit square. None is missed that matters:
/// arcs closer than round-off all along count as not meeting (what lies between them has no area).
/// Method: the arc as a rational quadratic Bezier curve makes `other` a quartic in Bernstein form, whose coefficients
/// bound the number of roots (variation diminishing).
/// Source: Farouki, Comput. Aided Geom. Des. 29 (2012) 379.
void crossings(const Curve& curve, const Arc& arc, const Curve& other, std::vector<double>& abscissae);

} // namespace mirhydro::outline
