// Where this process stands in its job, and a task in its life; see scoop/topology.hpp.
#include "scoop/topology.hpp"

#include <string>
#include <vector>

#include "api/runtime.hpp"
#include "base/program_info.hpp"
#include "scoop/detail/runtime.hpp"
#include "worker/cancel.hpp"

namespace scoop {

namespace {

const control::WorkerConfig* config() {
    const auto* runtime = api::current_runtime();
    return runtime == nullptr ? nullptr : &runtime->config;
}

}  // namespace

int rank() {
    const auto* job = config();
    return job == nullptr ? 0 : static_cast<int>(job->rank);
}

int local_rank() {
    const auto* job = config();
    if (job == nullptr) return 0;
    int position = 0;
    for (const auto other : job->hosts[job->host].ranks) {
        if (other == job->rank) return position;
        ++position;
    }
    return 0;
}

int size() {
    const auto* runtime = api::current_runtime();
    return runtime == nullptr ? 1 : static_cast<int>(runtime->roster.rank_end());
}

bool is_root() { return rank() == 0; }

std::string host() {
    const auto* job = config();
    return job == nullptr ? base::host_name() : job->hosts[job->host].name;
}

std::vector<std::string> hosts() {
    const auto* runtime = api::current_runtime();
    return runtime == nullptr ? std::vector{base::host_name()} : runtime->roster.host_names();
}

bool stop_requested() {
    const auto* const compute = worker::Compute::current();
    const auto* const runtime = api::current_runtime();
    if (runtime != nullptr && runtime->compute->is_stopping()) return true;
    if (compute == nullptr) return false;
    detail::Block* const running = compute->strand().running();
    if (running == nullptr) return false;
    // Whoever cancels marks the task and then those below it, level by level; this one's turn may not have come yet.
    for (detail::TaskRef task = detail::reference(*running); !detail::is_cancelled(*task.block);) {
        detail::Block* const parent = task.block->parent.load(std::memory_order_acquire);
        if (parent == nullptr) return false;
        const detail::TaskRef above{parent, task.block->parent_generation.load(std::memory_order_relaxed)};
        if (detail::reference(*parent).generation != above.generation) return false;  // it has returned
        task = above;
        if (!detail::is_cancelled(*parent)) continue;
        // What this task returns now must not count as a result. And if it made its parent return, that would lead
        // nobody to its other children any more: all are told before.
        const auto numbers = worker::cancel_descendants(above);
        if (runtime != nullptr && runtime->comm != nullptr) runtime->comm->cancel_exported(numbers);
        (void)detail::cancel(*running);
    }
    return true;
}

int attempt() {
    const auto* const compute = worker::Compute::current();
    const detail::Block* const task = compute == nullptr ? nullptr : compute->strand().running();
    return task == nullptr ? 1 : static_cast<int>(task->attempt);
}

bool launched() {
    const auto* runtime = api::current_runtime();
    return runtime != nullptr && runtime->config.is_launched;
}

}  // namespace scoop
