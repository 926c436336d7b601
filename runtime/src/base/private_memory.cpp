#include "base/private_memory.hpp"

#include <sys/prctl.h>

#include "base/assert.hpp"

namespace scoop::base {

// Not MADV_DONTDUMP for the keys alone: libzmq, the parser of JSON and buffers of pipes have copies of their own.
void keep_memory_private() { SCOOP_ASSERT(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0); }

}  // namespace scoop::base
