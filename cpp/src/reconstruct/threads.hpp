#pragma once
#include "engine/threads.hpp"

namespace mirhydro::reconstruct {
using engine::share;
using engine::Threads;
} // namespace mirhydro::reconstruct
