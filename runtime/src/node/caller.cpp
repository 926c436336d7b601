// The caller: what the program is on a host whose starter gives a node no channel (pbs_tmrsh, flux exec). It connects
// to scoop-run, encrypted (CURVE), shows the token that it was given for this one call, and starts the guardian with a
// channel of its own making, whose bytes and whose stderr it carries over the connection (transport/relay).
//
// Its end is the end of the channel for both sides, so it has no more to do about the processes of the host than that.
// The connection breaks with scoop-run, or with the network; nobody connects again, for the token has served.
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/poll_set.hpp"
#include "base/private_memory.hpp"
#include "base/program_info.hpp"
#include "base/program_signals.hpp"
#include "node/address_probe.hpp"
#include "node/node.hpp"
#include "node/process_setup.hpp"
#include "node/spawn.hpp"
#include "protocol/start_text.hpp"
#include "transport/relay.hpp"
#include "transport/sockets.hpp"

namespace scoop::node {

namespace {

using control::FrameType;
using std::chrono::milliseconds;

constexpr int status_call_failed = 120;
constexpr std::chrono::seconds connect_timeout{10};
// For what was said last to go out.
constexpr milliseconds farewell{1000};
constexpr const char* advice =
    "hosts must reach scoop-run by TCP: --interface names the network and --port the ports that are open";

[[noreturn]] void give_up(const base::Failure& failure) {
    say_on_stderr(failure.sentence());
    ::_exit(status_call_failed);
}

// The text is a line of what comes before anything else on descriptor 3, be that a file or a pipe.
base::Result<protocol::CallText> read_call_text() {
    std::string line;
    for (char c = 0; line.size() <= protocol::start_text_max;) {
        const auto count = ::read(control::node_read_fd, &c, 1);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0 || c == '\n') break;
        line += c;
    }
    return protocol::parse_call_text(line);
}

base::Result<std::string> find_address(const protocol::StartText& start) {
    std::vector<std::string> endpoints;
    for (const auto& address : start.addresses)
        endpoints.push_back("tcp://" + address + ":" + std::to_string(start.port));
    const auto give_up_at = base::Clock::now() + connect_timeout;
    AddressProbe probe(endpoints, give_up_at);
    base::PollSet poll_set;
    while (!probe.answered()) {
        if (probe.has_failed(base::Clock::now())) return base::failure("reach it", probe.failure().reason, advice);
        probe.watch(poll_set);
        poll_set.wait(give_up_at - base::Clock::now());
        poll_set.clear();
    }
    return *probe.answered();
}

class Caller {
public:
    [[nodiscard]] base::Result<void> connect(const protocol::StartText& start);
    [[nodiscard]] base::Result<void> start_node();
    /// Says whose call this is.
    void greet(const std::string& token) { send(FrameType::note, token); }
    /// Until the node has ended. Returns how, as waitpid(2) gives it.
    [[nodiscard]] int carry();

private:
    void send(FrameType type, std::string_view payload) { dealer_->send(control::encode(type, payload)); }
    void receive();
    void turn(milliseconds limit);

    transport::Context context_;
    std::optional<transport::Dealer> dealer_;
    transport::Relay relay_{[this](FrameType type, std::string_view payload) { send(type, payload); }};
    control::FrameReader frames_;
    pid_t node_ = -1;
    base::UniqueFd node_ended_;  ///< readable then
    bool is_cut_ = false;        ///< the connection is over
    std::optional<base::TimePoint> ended_at_;
};

base::Result<void> Caller::connect(const protocol::StartText& start) {
    const auto endpoint = find_address(start);
    if (!endpoint) return tl::unexpected(endpoint.error());
    auto dealer = transport::Dealer::connect(context_, *endpoint, start.keys);
    if (!dealer) return tl::unexpected(std::move(dealer.error()));
    dealer_ = std::move(*dealer);
    if (auto watched = dealer_->watch_connection(context_); !watched) return watched;
    const auto give_up_at = base::Clock::now() + connect_timeout;
    while (base::Clock::now() < give_up_at) {
        transport::PollItem items[] = {dealer_->events()};
        transport::poll(items, std::chrono::ceil<milliseconds>(give_up_at - base::Clock::now()));
        const auto event = dealer_->try_take_event();
        if (!event) continue;
        if (*event == transport::ConnectionEvent::refused) break;
        // Under a flood of connections ours may be ended with them, and is made again.
        if (*event != transport::ConnectionEvent::connected) continue;
        send(FrameType::heartbeat, {});  // says at once that we have been let in
        return {};
    }
    return base::failure("connect to " + *endpoint, "it does not let us in: the job may be over");
}

base::Result<void> Caller::start_node() {
    auto channel = base::make_socket_pair();
    if (!channel) return tl::unexpected(std::move(channel.error()));
    auto errors = base::make_pipe();
    if (!errors) return tl::unexpected(std::move(errors.error()));
    const base::UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!nothing) return base::system_failure("open /dev/null");
    SpawnRequest request;
    request.program = base::program_path();
    request.arguments = base::program_arguments();
    request.environment = environment_for_role("node", current_environment());
    for (auto* fd : {&channel->first, &channel->second, &errors->first, &errors->second}) {
        auto moved = base::move_above(std::move(*fd), control::node_write_fd);
        if (!moved) return tl::unexpected(std::move(moved.error()));
        *fd = std::move(*moved);
    }
    request.descriptors = {{nothing.get(), STDIN_FILENO},
                           {errors->second.get(), STDOUT_FILENO},
                           {errors->second.get(), STDERR_FILENO},
                           {channel->second.get(), control::node_read_fd},
                           {channel->second.get(), control::node_write_fd}};
    const auto node = spawn(request);
    if (!node) return tl::unexpected(node.error());
    node_ = *node;
    node_ended_.reset(static_cast<int>(::syscall(SYS_pidfd_open, node_, 0)));
    if (!node_ended_) return base::system_failure("watch the guardian");
    for (const int fd : {channel->first.get(), errors->first.get()})
        if (auto done = base::set_nonblocking(fd); !done) return done;
    relay_.add(std::move(channel->first));
    relay_.add(std::move(errors->first));
    return {};
}

void Caller::receive() {
    while (const auto frame = dealer_->try_receive()) {
        frames_.push(frame->view());
        for (;;) {
            const auto message = frames_.next();
            if (message && !*message) break;
            if (!message || !relay_.on_message(**message)) {
                is_cut_ = true;
                return;
            }
        }
    }
    while (const auto event = dealer_->try_take_event())
        if (*event != transport::ConnectionEvent::connected) is_cut_ = true;
}

void Caller::turn(milliseconds limit) {
    base::PollSet others;
    relay_.watch(others);
    if (!ended_at_) others.watch(node_ended_.get(), POLLIN, [this] { ended_at_ = base::Clock::now(); });
    const transport::Socket* const sockets[] = {&*dealer_, &dealer_->events()};
    transport::poll(sockets, others, limit);
    receive();
}

int Caller::carry() {
    constexpr std::chrono::hours no_limit{1};
    while (!is_cut_) {
        // What has left the node behind may hold its stderr.
        const bool is_patient = !ended_at_ || base::Clock::now() < *ended_at_ + farewell;
        if (ended_at_ && (relay_.streams() == 0 || !is_patient)) break;
        turn(ended_at_ ? farewell : milliseconds(no_limit));
    }
    relay_.close();  // ends the node
    dealer_->close(farewell);
    int status = 0;
    while (::waitpid(node_, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

// Nothing is said to whoever started this process any more: what it has for us may be gone at any time.
void leave_starter() {
    ::close(control::node_read_fd);
    ::close(control::node_write_fd);
    const base::UniqueFd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nothing.get(), fd);
}

}  // namespace

void run_caller() {
    base::keep_memory_private();
    // What a batch system sends to all processes of a job is for the root.
    for (const int number : base::program_signals) std::signal(number, SIG_IGN);
    for (const int number : {SIGPIPE, SIGINT, SIGQUIT, SIGTSTP}) std::signal(number, SIG_IGN);
    if (auto prepared = prepare_descriptors(); !prepared) give_up(prepared.error());
    const std::string attempt(protocol::call_attempt);
    const auto text = read_call_text();
    if (!text) give_up(base::Failure(text.error()).within(attempt));
    Caller caller;
    if (auto connected = caller.connect(text->start); !connected) give_up(std::move(connected.error()).within(attempt));
    if (auto started = caller.start_node(); !started) give_up(std::move(started.error()).within(attempt));
    leave_starter();
    caller.greet(text->token);
    const int status = caller.carry();
    ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

}  // namespace scoop::node
