// JobLoop: what the broker says, the output of the workers and the input of the root.
#include <unistd.h>

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

}  // namespace scoop::launcher
