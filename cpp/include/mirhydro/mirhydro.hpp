#pragma once
// mirhydro: interfaces of materials inside the cells of a mesh, from volume fractions.
#include <mirhydro/device.hpp>
#include <mirhydro/engine.hpp>
#include <mirhydro/error.hpp>
#include <mirhydro/interrupt.hpp>
#include <mirhydro/reconstruction.hpp>
#include <mirhydro/reconstructor.hpp>
#include <mirhydro/shapes.hpp>
#include <mirhydro/version.hpp>
#include <mirhydro/view.hpp>
