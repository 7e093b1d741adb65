#pragma once
#include "engine/words.hpp"

namespace mirhydro::reconstruct {
using words::at;
using words::refuse;
using words::shape;
using words::text;
} // namespace mirhydro::reconstruct
