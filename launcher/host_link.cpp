#include "launcher/host_link.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <random>
#include <utility>

#include "launcher/program_file.hpp"

namespace scoop::launcher {

namespace {

constexpr std::size_t read_size = 64 * 1024;
constexpr std::size_t errors_size_max = 4096;
constexpr std::chrono::milliseconds restart_delay_first{200};
constexpr std::chrono::milliseconds restart_delay_max{3000};

enum class ReadResult { bytes, nothing, end };

ReadResult read_some(int fd, std::string& bytes) {
    bytes.resize(read_size);
    const auto count = ::read(fd, bytes.data(), bytes.size());
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    if (count > 0) return ReadResult::bytes;
    return count < 0 && (errno == EAGAIN || errno == EINTR) ? ReadResult::nothing : ReadResult::end;
}

}  // namespace

HostLink::HostLink(std::size_t index, std::unique_ptr<Session> session, std::unique_ptr<Stager> stager,
                   LinkListener& listener, std::optional<Restart> restart)
    : index_(index), stager_(std::move(stager)), listener_(listener), restart_(std::move(restart)) {
    begin(std::move(session));
}

void HostLink::begin(std::unique_ptr<Session> session) {
    ++starts_;
    session_ = std::move(session);
    stream_ = NodeStream();
    errors_.clear();
    is_open_ = session_->read_fd() >= 0;
    has_errors_open_ = session_->stderr_fd() >= 0;
    is_over_ = false;
    if (auto bytes = session_->first_input(); !bytes.empty()) queue_.push(std::move(bytes));
}

void HostLink::on_time(base::TimePoint now) {
    if (!restart_at_ || now < *restart_at_) return;
    restart_at_.reset();
    begin(restart_->start());
}

void HostLink::plan_restart() {
    // Up to twice the delay, so that the hosts behind one server do not all come back together.
    const auto delay = std::min(restart_delay_first * (1 << (starts_ - 1)), restart_delay_max);
    std::random_device random;
    restart_at_ = base::Clock::now() + delay + delay * (random() % 1000) / 1000;
}

void HostLink::watch(base::PollSet& poll_set) {
    if (is_gone_ || restart_at_) return;
    // stderr first: what a host said must be known when its end is reported.
    if (has_errors_open_) poll_set.watch(session_->stderr_fd(), POLLIN, [this] { (void)read_errors(); });
    // Once the session is over only the end of the channel is missing, or our own closing of it.
    if (!is_over_ || !is_open_) poll_set.watch(session_->over_fd(), POLLIN, [this] { on_over(); });
    if (is_open_) {
        poll_set.watch(session_->read_fd(), POLLIN, [this] { on_readable(); });
        if (!queue_.empty()) poll_set.watch(session_->write_fd(), POLLOUT, [this] { flush(); });
    }
}

void HostLink::send(control::FrameType type, std::string_view payload) {
    if (!is_open_) return;
    std::string bytes = control::encode(type, payload);
    if (type == control::FrameType::heartbeat)
        queue_.push_first(std::move(bytes));
    else
        queue_.push(std::move(bytes));
}

void HostLink::flush() {
    if (!is_open_) return;
    // A channel that cannot be written has ended, and reading says so with what the host still had to say.
    if (!queue_.write_to(session_->write_fd())) queue_.clear();
    if (stager_ && queue_.empty()) copy_on();
}

void HostLink::copy_on() {
    if (!stager_->has_bytes()) return;
    auto bytes = stager_->take_bytes();
    if (!bytes) return listener_.on_stage_problem(index_, bytes.error());
    queue_.push(std::move(*bytes));
    if (stager_->is_done()) return listener_.on_staged(index_, stager_->progress());
    listener_.on_staging(index_);
}

void HostLink::close() {
    flush();
    queue_.clear();
    is_open_ = false;
    restart_.reset();
    session_->close();
    if (std::exchange(restart_at_, std::nullopt)) be_gone();
}

void HostLink::kill() {
    close();
    session_->kill();
}

std::vector<StepTime> HostLink::step_times() const {
    auto times = session_->step_times();
    base::Duration rest = base::Clock::now() - begun_at_;
    for (const StepTime& time : times) rest -= time.time;
    times.push_back({"program", rest});
    return times;
}

StartEvidence HostLink::evidence() const {
    StartEvidence evidence;
    evidence.is_node = stream_.is_node();
    evidence.has_shell = stream_.has_shell();
    evidence.is_setup_done = stream_.is_setup_done();
    evidence.noise = stream_.noise();
    evidence.errors = errors_;
    if (const std::string said = session_->said_before_call(); !said.empty() && !evidence.is_node) {
        NodeStream stream;
        stream.push(said);
        [[maybe_unused]] const auto none = stream.next();
        evidence.has_shell = evidence.has_shell || stream.has_shell();
        evidence.is_setup_done = evidence.is_setup_done || stream.is_setup_done();
        evidence.errors += stream.noise();
    }
    if (!stager_) return evidence;
    evidence.is_staging = !stager_->is_done();
    evidence.stage_progress = stager_->progress();
    if (!stager_->program_there().empty()) {
        evidence.program = stager_->program_there();
        evidence.program_here = stager_->program_here();
        evidence.program_facts = facts_of_program(evidence.program_here);
    }
    return evidence;
}

bool HostLink::read_errors() {
    std::string bytes;
    const auto result = read_some(session_->stderr_fd(), bytes);
    if (result == ReadResult::end) has_errors_open_ = false;
    if (bytes.empty()) return false;
    errors_ += bytes;
    if (errors_.size() > errors_size_max) errors_.erase(0, errors_.size() - errors_size_max);
    listener_.on_host_errors(index_, bytes);
    return true;
}

void HostLink::on_readable() {
    if (!is_open_) return;
    std::string bytes;
    const auto result = read_some(session_->read_fd(), bytes);
    if (result == ReadResult::bytes) {
        stream_.push(bytes);
        return read_messages();
    }
    if (result == ReadResult::nothing) return;
    is_open_ = false;
    queue_.clear();
    if (is_over_)
        on_over();
    else if (!may_restart())  // else its end is awaited, which decides
        listener_.on_closed(index_);
}

void HostLink::read_stage_lines() {
    for (const std::string& line : stream_.take_stage_lines()) {
        if (!stager_ || !is_open_) return;
        if (auto done = stager_->on_line(line); !done) return listener_.on_stage_problem(index_, done.error());
    }
}

void HostLink::read_messages() {
    while (is_open_) {
        auto message = stream_.next();
        read_stage_lines();
        if (!message) return listener_.on_violation(index_, message.error());
        if (!*message) return;
        listener_.on_message(index_, **message);
    }
}

void HostLink::on_over() {
    is_over_ = true;
    while (has_errors_open_ && read_errors()) {
    }
    // Somebody it started may still speak for it: a program in the background of a script.
    if (is_open_ || is_gone_) return;
    if (may_restart() && restart_->is_worth_it(evidence())) return plan_restart();
    be_gone();
}

void HostLink::be_gone() {
    is_gone_ = true;
    listener_.on_gone(index_);
}

}  // namespace scoop::launcher
