#pragma once
// What a host may link against; everything else stays inside the library.
#if defined(_WIN32)
#define MIRHYDRO_PUBLIC
#else
#define MIRHYDRO_PUBLIC __attribute__((visibility("default")))
#endif
