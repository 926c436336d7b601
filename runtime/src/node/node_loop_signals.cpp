// NodeLoop: what signals do, those that the launcher passes on and those to the node process itself; and suspension.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <string>

#include "base/process_tree.hpp"
#include "node/node_loop.hpp"
#include "node/process_setup.hpp"

namespace scoop::node {

namespace {

using control::FrameType;

// A key pressed at the terminal reaches the root directly and through the launcher within this time.
constexpr std::chrono::seconds terminal_key_time{1};
// From SIGTSTP, which the root may handle, to SIGSTOP.
constexpr std::chrono::milliseconds stop_grace{200};

bool is_terminal_key(int number) { return number == SIGINT || number == SIGQUIT || number == SIGTSTP; }

void signal_all(int number) {
    for (const auto& process : base::descendants_of(::getpid(), base::read_process_table()))
        ::kill(process.pid, number);
}

}  // namespace

void NodeLoop::on_signal_frame(int number) {
    if (number == SIGTSTP) return suspend();
    if (number == SIGCONT) return resume();
    pass_on(number);
    // While everything ends this is the user's second signal: nobody's grace counts any more.
    if (number == SIGKILL && end_) end_->hurry(base::Clock::now(), base::Clock::now());
}

void NodeLoop::pass_on(int number) {
    const bool has_terminal = job_.terminal_input || job_.terminal_output || job_.terminal_error;
    // A root on the terminal is in the foreground group, like this process, and the terminal has told it already.
    if (workers_.root() != nullptr && has_terminal && is_terminal_key(number) &&
        base::Clock::now() - terminal_key_at_ < terminal_key_time)
        return;
    workers_.signal(number);
}

void NodeLoop::on_own_signals() {
    for (auto signal = next_signal(signals_.get()); signal.number != 0; signal = next_signal(signals_.get())) {
        if (is_terminal_key(signal.number) && signal.is_from_terminal) terminal_key_at_ = base::Clock::now();
        if (signal.number == SIGTERM || signal.number == SIGHUP) {
            channel_.send(FrameType::note,
                          "the node process was asked to end by signal " + std::to_string(signal.number));
            begin_end(base::to_duration(job_.stop_grace_seconds));
        }
    }
}

void NodeLoop::suspend() {
    if (suspended_at_ || end_) return;
    const auto now = base::Clock::now();
    suspended_at_ = stop_at_ = now;
    liveness_.suspend();
    if (workers_.root() == nullptr) return;
    pass_on(SIGTSTP);
    *stop_at_ += stop_grace;
}

// The default action of SIGTSTP is not enough: it does nothing in a session that no shell controls.
void NodeLoop::stop_descendants() {
    stop_at_.reset();
    signal_all(SIGSTOP);
}

void NodeLoop::resume() {
    stop_at_.reset();
    signal_all(SIGCONT);
    if (!suspended_at_) return;
    const auto now = base::Clock::now();
    on_pause(now - *suspended_at_);
    suspended_at_.reset();
    liveness_.resume(now);
}

}  // namespace scoop::node
