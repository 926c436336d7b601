#include "worker/overdue.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>

#include "scoop/detail/runtime.hpp"
#include "worker/alarms.hpp"

namespace scoop::worker {

namespace {

bool is_overdue(detail::TaskRef task) {
    const std::uint64_t word = task.block->word.load(std::memory_order_acquire);
    return detail::generation_of(word) == task.generation && detail::state_of(word) == detail::TaskState::abandoned;
}

}  // namespace

void kill_if_overdue(detail::Block& block, base::TimePoint when) {
    Alarms::of_process().set(when, [task = detail::reference(block), name = std::string(block.type->name(block))] {
        if (!is_overdue(task)) return;
        const bool is_root = detail::this_rank() == 0;
        std::fprintf(
            stderr, "scoop: rank %u on %s: %s has not stopped after its timeout%s\n", detail::this_rank(),
            detail::this_host().c_str(), name.c_str(),
            is_root ? "; it goes on, since the root cannot be killed" : " and kill_after; this worker is killed");
        std::fflush(stderr);
        if (!is_root) ::kill(::getpid(), SIGKILL);
    });
}

}  // namespace scoop::worker
