#include "base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace scoop::base {

void assertion_failed(const char* expression, const char* file, int line) noexcept {
    std::fprintf(stderr, "scoop: %s:%d: this should always hold and does not: %s\n", file, line, expression);
    std::abort();
}

}  // namespace scoop::base
