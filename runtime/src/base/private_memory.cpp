#include "base/private_memory.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/assert.hpp"
#include "base/unique_fd.hpp"

namespace scoop::base {

// Not MADV_DONTDUMP for the keys alone: libzmq, the parser of JSON and buffers of pipes have copies of their own.
void keep_memory_private() { SCOOP_ASSERT(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0); }

void keep_memory_out_of_core_files() {
    const UniqueFd filter(::open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC));
    // No kind of memory. Where the kernel has no such file it makes no core files either.
    if (filter) [[maybe_unused]]
        const auto written = ::write(filter.get(), "0", 1);
}

}  // namespace scoop::base
