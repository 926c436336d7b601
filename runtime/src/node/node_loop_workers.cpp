// NodeLoop: the start of the workers, their ends, and their replacements.
#include <sys/resource.h>
#include <sys/wait.h>

#include <string>
#include <utility>

#include "base/spinning.hpp"
#include "base/wait_status.hpp"
#include "node/broker_setup.hpp"
#include "node/host_usage.hpp"
#include "node/node_loop.hpp"

namespace scoop::node {

namespace {

using control::FrameType;

protocol::Ending ending_of(int wait_status, std::uint64_t peak_kib) {
    if (WIFSIGNALED(wait_status)) return {static_cast<std::uint8_t>(WTERMSIG(wait_status)), 0, peak_kib};
    return {0, static_cast<std::uint8_t>(WEXITSTATUS(wait_status)), peak_kib};
}

}  // namespace

void NodeLoop::start_broker_and_workers(const std::string& upstream) {
    phase_ = Phase::starting;
    const auto& ranks = job_.hosts[job_.host].ranks;
    const auto warnings = make_room_for({ranks.size(), !ranks.empty() && ranks.front() == 0});
    if (!warnings) return fail("spawn", warnings.error());
    for (const auto& line : *warnings) channel_.send(FrameType::note, line);
    base::set_spinning(job_.spins);
    const auto config = make_broker_config(job_, directory_, upstream);
    auto started = broker::BrokerThread::start(config);
    if (!started) return fail("broker", started.error());
    broker_ = std::move(*started);
    broker_endpoint_ = config.ipc_endpoint;
    has_upstream_ = upstream.empty();
    has_all_peers_ = config.peers.empty();
    has_children_ = true;
    if (job_.root_process_id != 0)
        channel_.send(FrameType::worker, control::to_payload(make_worker_config(job_, {}, broker_endpoint_)));
    if (auto spawned = workers_.start(job_, broker_endpoint_, *this); !spawned) fail("spawn", spawned.error());
    ready_.bindings = workers_.bindings().lines();
    ready_.binding_problem = workers_.bindings().problem();
    if (job_.respawn) respawn_.emplace(job_.hosts[job_.host].ranks, base::Clock::now());
    check_ready();
}

void NodeLoop::reap(base::TimePoint now) {
    int status = 0;
    pid_t pid = 0;
    rusage usage{};
    while ((pid = ::wait4(-1, &status, WNOHANG, &usage)) > 0)
        if (const auto* worker = workers_.on_exit(pid, status, now))
            on_worker_exit(*worker, status, static_cast<std::uint64_t>(usage.ru_maxrss));
    // The orphans of workers are children of this subreaper, so no child means no process of the job.
    has_children_ = pid == 0;
}

void NodeLoop::on_worker_exit(const WorkerProcess& worker, int wait_status, std::uint64_t peak_kib) {
    const bool is_loss = phase_ == Phase::running || (phase_ == Phase::starting && has_all_peers_);
    // The root's end is the job's end, and the launcher's to decide.
    if (!is_loss || worker.rank() == 0) return;
    on_worker_gone(worker, {name_of_rank(job_, worker.rank()) + " " + base::describe_wait_status(wait_status),
                            ending_of(wait_status, peak_kib)});
}

void NodeLoop::on_worker_gone(const WorkerProcess& worker, broker::Departure departure) {
    departure.incarnation = worker.incarnation();
    departure.blamed = worker.blamed();
    departure.is_replaced = respawn_ && respawn_->on_end(worker.rank(), base::Clock::now());
    if (respawn_ && !departure.is_replaced)
        channel_.send(FrameType::note, departure.reason + "; " + std::to_string(short_lives_max) +
                                           " workers in a row have ended within " + std::to_string(short_life.count()) +
                                           " s of their start, so no other takes its place");
    broker_->peer_down(worker.rank(), std::move(departure));
}

void NodeLoop::report_exits(base::TimePoint now) {
    for (auto& exit : workers_.take_exits(now)) {
        if (phase_ == Phase::starting && !has_all_peers_) {
            const auto& printed = workers_.find(exit.rank)->error_tail();
            fail("worker", {"start rank " + std::to_string(exit.rank),
                            "it " + base::describe_wait_status(exit.wait_status) + " before it called scoop::run" +
                                (printed.empty() ? "" : " and printed last:\n" + printed),
                            "run the program by hand on this host", false});
        }
        if (respawn_) {
            respawn_->on_reported(exit.rank);
            exit.is_replaced = exit.rank != 0 && respawn_->will_replace(exit.rank);
        }
        channel_.send(FrameType::exited, control::to_payload(exit));
    }
}

void NodeLoop::start_replacements(base::TimePoint now) {
    if (!respawn_ || suspended_at_) return;
    for (const auto& [rank, incarnation] : respawn_->take_due(now)) {
        const auto started = workers_.replace(job_, {rank, incarnation}, broker_endpoint_, *this);
        if (started) continue;
        channel_.send(FrameType::note, with_shortage(started.error()).sentence());
        on_worker_gone(*workers_.find(rank), {name_of_rank(job_, rank) + " could not be started again"});
        respawn_->on_reported(rank);
    }
}

}  // namespace scoop::node
