#include "node/host_workers.hpp"

#include <algorithm>

namespace scoop::node {

base::Result<void> HostWorkers::start(const control::JobDescription& job, const std::string& broker_endpoint,
                                      WorkerListener& listener) {
    const auto& ranks = job.hosts[job.host].ranks;
    if (job.bind_to) bindings_ = base::WorkerBindings({*job.bind_to, ranks, job.root_works});
    for (const base::Rank rank : ranks) {
        if (rank == 0 && job.root_process_id != 0) continue;  // runs already
        auto worker = WorkerProcess::start(job, {rank}, bindings_.cpus_of(rank), broker_endpoint, listener);
        if (!worker) return tl::unexpected(std::move(worker.error()));
        workers_.push_back(std::move(*worker));
    }
    return {};
}

base::Result<void> HostWorkers::replace(const control::JobDescription& job, WorkerName name,
                                        const std::string& broker_endpoint, WorkerListener& listener) {
    auto worker = WorkerProcess::start(job, name, bindings_.cpus_of(name.rank), broker_endpoint, listener);
    if (!worker) return tl::unexpected(std::move(worker.error()));
    for (auto& ended : workers_)
        if (ended->rank() == name.rank) ended = std::move(*worker);
    return {};
}

std::vector<std::pair<base::Rank, pid_t>> HostWorkers::running() const {
    std::vector<std::pair<base::Rank, pid_t>> running;
    for (const auto& worker : workers_)
        if (worker->is_running()) running.emplace_back(worker->rank(), worker->pid());
    return running;
}

void HostWorkers::watch(base::PollSet& poll_set) {
    for (auto& worker : workers_) worker->watch(poll_set);
}

WorkerProcess* HostWorkers::find(base::Rank rank) {
    for (auto& worker : workers_)
        if (worker->rank() == rank) return worker.get();
    return nullptr;
}

WorkerProcess* HostWorkers::on_exit(pid_t pid, int wait_status, base::TimePoint now) {
    for (auto& worker : workers_) {
        // The number of an ended worker may come back as an orphan's.
        if (worker->pid() != pid || !worker->is_running()) continue;
        worker->on_exit(wait_status, now);
        return worker.get();
    }
    return nullptr;
}

std::vector<control::WorkerExit> HostWorkers::take_exits(base::TimePoint now) {
    std::vector<control::WorkerExit> exits;
    for (auto& worker : workers_)
        if (const auto exit = worker->take_exit(now)) exits.push_back(*exit);
    return exits;
}

std::optional<base::TimePoint> HostWorkers::exit_due() const {
    std::optional<base::TimePoint> first;
    for (const auto& worker : workers_)
        if (const auto due = worker->exit_due(); due && (!first || *due < *first)) first = due;
    return first;
}

void HostWorkers::signal(int number) {
    if (auto* the_root = root()) return the_root->signal(number);
    for (auto& worker : workers_) worker->signal(number);
}

void HostWorkers::tell_end() {
    for (auto& worker : workers_) worker->tell_end();
}

void HostWorkers::discard_output() {
    for (auto& worker : workers_) worker->discard_output();
}

bool HostWorkers::has_running() const {
    return std::any_of(workers_.begin(), workers_.end(), [](const auto& worker) { return worker->is_running(); });
}

bool HostWorkers::has_unreported() const {
    return std::any_of(workers_.begin(), workers_.end(), [](const auto& worker) { return !worker->is_reported(); });
}

}  // namespace scoop::node
