#pragma once
#include <mirhydro/mirhydro.h>
#include <mirhydro/reconstructor.hpp>

namespace mirhydro::c_api {

/// NULL: the defaults. @throws Error naming field and value
Options translated(const mirhydro_options* options);
EngineOptions translated(const mirhydro_engine_options* options);

} // namespace mirhydro::c_api
