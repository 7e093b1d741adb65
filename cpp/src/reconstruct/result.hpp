#pragma once
#include <array>
#include <memory>

#include <mirhydro/reconstruction.hpp>
#include <mirhydro/reconstructor.hpp>

#include "reconstruct/mesh.hpp"
#include "reconstruct/regions.hpp"
#include "reconstruct/threads.hpp"

namespace mirhydro {

/// What a call fills. There are two: a call writes into the spare one and exchanges them at its end, so that bad input
/// leaves the result as it was.
struct MIRHYDRO_LOCAL Reconstruction::Impl {
  struct Content {
    reconstruct::Mesh mesh;
    reconstruct::Regions regions;
    std::array<Boundary, 4> boundary{};
    int ghost = 0, rim = 0; ///< layers that are not the host's; layers whose cells are not reconstructed
    bool shares_nodes = false;
    std::shared_ptr<const reconstruct::Threads> threads; ///< of the Reconstructor; swept volumes use them too
    Stats stats;
  };
  Content now, spare;
};

} // namespace mirhydro
