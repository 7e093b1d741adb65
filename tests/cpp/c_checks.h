#ifndef C_CHECKS_H
#define C_CHECKS_H
/* What the tests in C share: checks that go on, a count of what the library allocates. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mirhydro/mirhydro.h>

#include "counting_new.h"

static int failures;
#define CHECK(...)                                                                                                     \
  do {                                                                                                                 \
    if (!(__VA_ARGS__) && ++failures <= 20) printf("%s:%d: %s\n", __FILE__, __LINE__, #__VA_ARGS__);                   \
  } while (0)
#define FINE(call)                                                                                                     \
  do {                                                                                                                 \
    if ((call) != MIRHYDRO_OK && ++failures <= 20)                                                                     \
      printf("%s:%d: %s: %s\n", __FILE__, __LINE__, #call, mirhydro_last_error());                                     \
  } while (0)
/* The call is refused, and the text says `words`. */
#define REFUSED(call, words)                                                                                           \
  do {                                                                                                                 \
    const mirhydro_status status_ = (call);                                                                            \
    if ((status_ != MIRHYDRO_BAD_ARGUMENT || strstr(mirhydro_last_error(), words) == NULL) && ++failures <= 20)        \
      printf("%s:%d: %s: status %d, \"%s\" without \"%s\"\n", __FILE__, __LINE__, #call, (int)status_,                 \
             mirhydro_last_error(), words);                                                                            \
  } while (0)

static int report(const char* name) {
  printf("%s: %s (%d failures)\n", name, failures == 0 ? "passed" : "FAILED", failures);
  return failures != 0;
}
#endif
