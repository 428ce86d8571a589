// NOROSHI_CHECK: a broken invariant ends the process, in every build. Never reachable by outside input.
#pragma once

#include <cstdio>
#include <cstdlib>

#define NOROSHI_CHECK(condition)                                                              \
  do {                                                                                        \
    if (!(condition)) {                                                                       \
      std::fprintf(stderr, "%s:%d: broken invariant: %s\n", __FILE__, __LINE__, #condition);  \
      std::abort();                                                                           \
    }                                                                                         \
  } while (false)
