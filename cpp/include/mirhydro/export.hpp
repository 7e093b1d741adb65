#pragma once
// What a host may link against; everything else stays inside the library.
#if defined(_WIN32)
#define MIRHYDRO_PUBLIC
#define MIRHYDRO_LOCAL
#else
#define MIRHYDRO_PUBLIC __attribute__((visibility("default")))
#define MIRHYDRO_LOCAL __attribute__((visibility("hidden")))
#endif
