// JobLoop: what other scoop-runs ask about the job.
#include <unistd.h>

#include <utility>

#include "launcher/job_loop.hpp"
#include "launcher/job_status.hpp"

namespace scoop::launcher {

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
        // A job that is over has only its output left to write.
        if (auto* broker = root_broker_.broker(); broker != nullptr && !status_)
            broker->ask_status();
        else
            answer_status(nullptr);
    }
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

void JobLoop::answer_status(const broker::CoreStatus* tasks) {
    JobStatus job = status();
    if (tasks != nullptr) job.tasks_waiting = tasks->tasks_waiting;
    for (std::size_t host = 0; tasks != nullptr && host < job.hosts.size(); ++host) {
        const auto peer = tasks->peers.find(static_cast<std::uint32_t>(host));
        if (peer == tasks->peers.end() || job.hosts[host].ranks.empty()) continue;
        job.hosts[host].tasks = peer->second.tasks;
        if (peer->second.is_hungry && job.hosts[host].state == "runs") job.hosts[host].state = "wants work";
    }
    const std::string text = status_text(job);
    for (const auto client : std::exchange(status_askers_, {})) server_.answer(client, {0, text});
}

}  // namespace scoop::launcher
