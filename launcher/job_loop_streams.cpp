// JobLoop: what the broker says, the output of the workers and the input of the root.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "launcher/job_loop.hpp"
#include "transport/guarded_port.hpp"

namespace scoop::launcher {

using control::FrameType;

void JobLoop::take_broker_events() {
    if (const auto address = calls_.take_stranger()) on_stranger(*address);
    if (root_broker_.broker() == nullptr) return;
    for (const auto& event : root_broker_.broker()->take_events()) {
        if (const auto* note = std::get_if<broker::BrokerNote>(&event))
            say(Level::note, "scoop-run: " + printable(note->text) + "\n");
        else if (const auto* stranger = std::get_if<broker::StrangerSeen>(&event))
            on_stranger(stranger->address);
        else if (const auto* tasks = std::get_if<broker::CoreStatus>(&event))
            on_tasks(*tasks);
        else if (const auto* drained = std::get_if<broker::PeerDrained>(&event))
            tell_core(event::Drained{drained->peer});
    }
}

// One line tells the user.
void JobLoop::on_stranger(const std::string& address) {
    if (std::exchange(has_told_of_stranger_, true)) return;
    say(Level::note, "scoop-run: " + printable(transport::stranger_note(address)) + "\n");
}

void JobLoop::say_output_error(const WriteError& error) {
    say(Level::error, "scoop-run: the output cannot be written: " + error.sentence + "\n");
}

void JobLoop::on_output_progress() {
    output_.on_time(base::Clock::now());
    for (const auto& [source, bytes] : output_.take_credit())
        links_[source.host]->send(FrameType::credit,
                                  control::to_payload(control::Credit{source.rank, source.stream, bytes}));
    const auto error = output_.error();
    if (!error || is_output_broken_) return;
    is_output_broken_ = true;
    if (error->is_reader_gone) return tell_core(event::OutputBroken{});
    say_output_error(*error);
}

void JobLoop::on_input() {
    if (const auto bytes = input_.read()) links_[root_host_]->send(FrameType::input, *bytes);
}

void JobLoop::perform(const action::StartInput&) {
    is_running_ = true;
    output_.begin();
    if (setup_.timing) say(Level::note, times_.table());
    const bool has_terminal = is_root_here() && setup_.passes_input && ::isatty(STDIN_FILENO) != 0;
    if (has_terminal) return;
    if (setup_.passes_input)
        input_.open();
    else
        links_[root_host_]->send(FrameType::input);
}

void JobLoop::drain_output() {
    output_.flush();
    const auto limit = output_limit_ ? base::Clock::now() + *output_limit_ : base::TimePoint::max();
    while (!output_.is_idle() && base::Clock::now() < limit) {
        bool is_interrupted = false;
        base::PollSet poll_set;
        poll_set.watch(signals_.fd(), POLLIN, [&] { is_interrupted = is_end_asked_for(); });
        poll_set.watch(output_.progress_fd(), POLLIN, [] {});
        server_.watch(poll_set);
        const auto until = std::min(limit, server_.next_deadline());
        poll_set.wait(std::min<base::Duration>(std::chrono::hours(1), until - base::Clock::now()));
        serve_requests();
        output_.on_time(base::Clock::now());
        if (is_interrupted) return;
    }
}

}  // namespace scoop::launcher
