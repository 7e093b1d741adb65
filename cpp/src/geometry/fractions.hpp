#pragma once
#include <mirhydro/view.hpp>

#include "geometry/layers.hpp"

namespace mirhydro::outline {

/// Volume fractions of the layers and, last, of the rest in every cell of the mesh.
void write_fractions(const Layers& layers, const Mesh& mesh, View<double, 3> out);

/// Area shared by layer 0 and the convex polygon x0, y0, x1, y1, ..., of any orientation.
double shared_area(const Layers& layers, const std::vector<double>& points);

} // namespace mirhydro::outline
