// JobLoop: what other scoop-runs ask about the job.
#include <unistd.h>

#include <chrono>
#include <utility>

#include "launcher/job_loop.hpp"
#include "launcher/job_status.hpp"

namespace scoop::launcher {

namespace {

// A host that has not told by then is shown without. Who asks waits a little longer.
constexpr std::chrono::seconds usage_patience{2};

}  // namespace

void JobLoop::open_server() {
    const auto opened = server_.open();
    const std::string id = std::to_string(::getpid());
    if (opened)
        say(Level::detail, "scoop-run: job " + id + ": \"scoop-run --status " + id + "\" shows how it is\n");
    else  // a job that nobody can ask is better than none
        say(Level::note, "scoop-run: --status will not find this job: " + printable(opened.error().sentence()) + "\n");
}

void JobLoop::serve_requests() {
    server_.on_time(base::Clock::now());
    for (const auto& [client, request] : server_.take_asked()) {
        if (request.verb == JobVerb::summary) {
            server_.answer(client, {0, summary_text(status())});
            continue;
        }
        if (request.verb == JobVerb::leave) {
            tell_core(event::LeaveAsked{client, request.hosts, base::to_duration(request.limit.count())});
            continue;
        }
        if (request.verb == JobVerb::join) {
            on_join_request(client, request);
            continue;
        }
        status_askers_.push_back(client);
        if (!status_round_) begin_status_round();
    }
    go_on_with_status_round();
}

// Who asks while others are answered is answered with them. A job that is over has only its output left to write.
void JobLoop::begin_status_round() {
    status_round_.emplace(StatusRound{.deadline = base::Clock::now() + usage_patience});
    if (status_) return;
    if (auto* broker = root_broker_.broker()) {
        broker->ask_status();
        status_round_->awaits_broker = true;
    }
    const auto hosts = core_.status(base::Clock::now()).hosts;
    for (base::HostIndex host = 0; host < hosts.size(); ++host) {
        if (!hosts[host].has_node) continue;
        status_round_->awaited.insert(host);
        links_[host]->send(control::FrameType::usage);
    }
}

void JobLoop::go_on_with_status_round() {
    if (!status_round_) return;
    const bool is_complete = !status_round_->awaits_broker && status_round_->awaited.empty();
    if (!is_complete && !status_ && base::Clock::now() < status_round_->deadline) return;
    answer_status(*status_round_);
    status_round_.reset();
}

void JobLoop::on_tasks(const broker::CoreStatus& tasks) {
    if (!status_round_) return;
    status_round_->tasks = tasks;
    status_round_->awaits_broker = false;
}

void JobLoop::on_usage(base::HostIndex host, control::NodeUsage&& usage) {
    if (status_round_ && status_round_->awaited.erase(host) > 0) status_round_->usage[host] = std::move(usage);
}

void JobLoop::perform(const action::DrainHost& drain) {
    if (auto* broker = root_broker_.broker()) broker->drain(drain.host);
}

void JobLoop::perform(const action::Answer& answer) {
    joining_.erase(answer.client);
    server_.answer(answer.client, answer.answer);
}

JobStatus JobLoop::status() const {
    JobStatus status = core_.status(base::Clock::now());
    status.process_id = static_cast<std::uint32_t>(::getpid());
    status.command = setup_.arguments;
    status.since = since_;
    return status;
}

void JobLoop::answer_status(const StatusRound& round) {
    JobStatus job = status();
    for (const auto& [host, usage] : round.usage) job.hosts[host].usage = usage;
    const auto& tasks = round.tasks;
    if (tasks) job.tasks_waiting = tasks->tasks_waiting;
    for (std::size_t host = 0; tasks && host < job.hosts.size(); ++host) {
        const auto peer = tasks->peers.find(static_cast<std::uint32_t>(host));
        if (peer == tasks->peers.end() || job.hosts[host].ranks.empty()) continue;
        job.hosts[host].tasks = peer->second.tasks;
        if (peer->second.is_hungry && job.hosts[host].state == "runs") job.hosts[host].state = "wants work";
    }
    const std::string text = status_text(job);
    for (const auto client : std::exchange(status_askers_, {})) server_.answer(client, {0, text});
}

}  // namespace scoop::launcher
